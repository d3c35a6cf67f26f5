package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"nameplate/internal/platform/clock"
)

const (
	password = "Quiet-Lantern7-Harbour"
	patience = 20 * time.Second // for the server to start
)

// world is the server under attack.
type world struct {
	folder, program, url string
	server               *exec.Cmd
	long                 bool
	people               atomic.Int64
}

func begin(ctx context.Context, long bool) (w *world, err error) {
	w = &world{long: long}
	if w.folder, err = os.MkdirTemp("", "nameplate-attack"); err != nil {
		return nil, err
	}
	w.program = filepath.Join(w.folder, "nameplate")
	build := exec.CommandContext(ctx, "go", "build", "-tags", "nodynamic", "-trimpath", "-ldflags", "-s -w", "-o", w.program, "./cmd/nameplate")
	build.Env, build.Stderr = append(os.Environ(), "CGO_ENABLED=0"), os.Stderr
	if err := build.Run(); err != nil {
		w.end()
		return nil, err
	}
	if err := w.start(ctx); err != nil {
		w.end()
		return nil, err
	}
	return w, nil
}

func (w *world) start(ctx context.Context) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil {
		return err
	}
	w.url = "http://" + addr
	w.server = exec.CommandContext(ctx, w.program, "serve", "--addr", addr, "--data", filepath.Join(w.folder, "data"), "--log", "error")
	w.server.Cancel = func() error { return w.server.Process.Signal(syscall.SIGTERM) }
	w.server.Stderr = os.Stderr
	if err := w.server.Start(); err != nil {
		return err
	}
	for elapsed := clock.Stopwatch(); elapsed() < patience; time.Sleep(5 * time.Millisecond) {
		if res, err := http.Get(w.url + "/readyz"); err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return nil
			}
		}
	}
	return errors.New("the server does not answer")
}

func (w *world) end() {
	if w.server != nil && w.server.Process != nil {
		w.server.Process.Signal(syscall.SIGTERM) //nolint:errcheck // it may have ended
		w.server.Wait()                          //nolint:errcheck // how it ended is of no matter
	}
	os.RemoveAll(w.folder)
}

// command runs one of the operator's commands.
func (w *world) command(stdin string, to any, args ...string) error {
	cmd := exec.Command(w.program, append(args, "--data", filepath.Join(w.folder, "data"), "--json")...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("%s: %w", strings.Join(args, " "), err)
	}
	return json.Unmarshal(out, to)
}

// person adds somebody who can sign in and returns the address.
func (w *world) person() (string, error) {
	address := fmt.Sprintf("person%d@example.com", w.people.Add(1))
	var made any
	return address, w.command(password, &made, "user", "create", "--email", address, "--password-stdin")
}

// letter returns the text of the newest mail to an address.
func (w *world) letter(address string) (string, error) {
	var list struct{ Items []struct{ ID, To string } }
	if err := w.command("", &list, "mail", "list"); err != nil {
		return "", err
	}
	for _, m := range list.Items {
		if m.To == address {
			var mail struct{ Text string }
			err := w.command("", &mail, "mail", "show", m.ID)
			return mail.Text, err
		}
	}
	return "", fmt.Errorf("no mail to %s", address)
}

// answer is what the server said, and after how long.
type answer struct {
	status int
	header http.Header
	body   []byte
	took   time.Duration
}

// connections are shared, so that none of them is what is measured.
var connections = &http.Transport{MaxIdleConnsPerHost: 512}

// client keeps the cookies of one browser.
func client() *http.Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		panic(err) // it fails for no reason that there is
	}
	return &http.Client{Jar: jar, Transport: connections}
}

// post sends v as JSON.
func (w *world) post(c *http.Client, path string, v any, header ...string) (answer, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return answer{}, err
	}
	return w.send(c, http.MethodPost, path, body, header...)
}

func (w *world) send(c *http.Client, method, path string, body []byte, header ...string) (a answer, err error) {
	r, err := http.NewRequest(method, w.url+path, bytes.NewReader(body))
	if err != nil {
		return a, err
	}
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	elapsed := clock.Stopwatch()
	res, err := c.Do(r)
	if err != nil {
		return a, err
	}
	defer res.Body.Close()
	a.body, err = io.ReadAll(res.Body)
	a.status, a.header, a.took = res.StatusCode, res.Header, elapsed()
	return a, err
}

// signIn returns a browser that is signed in.
func (w *world) signIn(address string) (*http.Client, error) {
	c := client()
	a, err := w.post(c, "/v1/session", map[string]string{"email": address, "password": password})
	if err == nil && a.status != http.StatusOK {
		err = fmt.Errorf("sign-in: %d %s", a.status, a.body)
	}
	return c, err
}

// memory is RssAnon of the server, in bytes.
func (w *world) memory() (int64, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", w.server.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, "RssAnon:"); ok {
			kib, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kib << 10, err
		}
	}
	return 0, errors.New("no RssAnon in the status of the process")
}

// choose returns few, or many in a long run.
func (w *world) choose(few, many int) int {
	if w.long {
		return many
	}
	return few
}
