package app_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"nameplate/internal/app"
	"nameplate/internal/app/apptest"
	"nameplate/internal/config"
	"nameplate/internal/platform/db/dbtest"
	"nameplate/internal/platform/secret"
)

// child names the variable that makes the test binary a server.
const child = "NAMEPLATE_TEST_SERVE"

const childCode = "700700"

func TestMain(m *testing.M) {
	if os.Getenv(child) != "" {
		if err := serve(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// serve is the child: a server that says where it listens.
func serve() error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	c, err := config.Config{
		Addr: listener.Addr().String(), Data: os.Getenv("DATA"), Database: secret.Secret(os.Getenv("DATABASE")), Key: secret.Secret(os.Getenv("KEY")), Log: "error", Menu: "left",
	}.Check()
	if err != nil {
		return err
	}
	a, err := app.New(context.Background(), c, app.Options{
		Log: slog.New(slog.DiscardHandler), Hashes: apptest.Cheap, Unsafe: true, Listener: listener, Code: func() secret.Secret { return childCode },
		Pause: func(context.Context, time.Duration) {},
	})
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr())
	return a.Run(context.Background())
}

// process is a child that runs.
type process struct {
	*exec.Cmd
	url string
}

func spawn(t *testing.T, env []string) process {
	t.Helper()
	p := process{Cmd: exec.Command(os.Args[0])}
	p.Env = append(append(os.Environ(), child+"=1"), env...)
	p.Stderr = os.Stderr
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Process.Kill(); p.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal("the child did not start")
	}
	p.url = "http://" + strings.TrimSpace(line)
	return p
}

func (p process) kill() {
	p.Process.Kill()
	p.Wait()
}

// writer is a person who saves one number after another.
type writer struct {
	*http.Client
	started int64        // where this round began
	told    atomic.Int64 // the last number that was said to be saved
}

func (w *writer) send(method, url, body string) (int, string, error) {
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	res, err := w.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return res.StatusCode, string(text), err
}

func join(t *testing.T, url, address string) *writer {
	t.Helper()
	jar, _ := cookiejar.New(nil)
	w := &writer{Client: &http.Client{Jar: jar, Transport: &http.Transport{}}}
	status, text, err := w.send("POST", url+"/v1/signup", fmt.Sprintf(`{"email":%q,"password":%q,"display_name":"x"}`, address, apptest.Password))
	if err != nil || status != 201 {
		t.Fatal(status, text, err)
	}
	if strings.Contains(text, "verification") {
		if status, text, err := w.send("POST", url+"/v1/signup/verify", fmt.Sprintf(`{"email":%q,"code":%q}`, address, childCode)); err != nil || status != 200 {
			t.Fatal(status, text, err)
		}
	}
	return w
}

// write saves until the server is gone.
func (w *writer) write(url string) {
	for n := w.told.Load() + 1; ; n++ {
		status, _, err := w.send("PATCH", url+"/v1/me", fmt.Sprintf(`{"bio":"%d"}`, n))
		if err != nil || status != 200 {
			return
		}
		w.told.Store(n)
	}
}

// reach waits until so many were said to be saved.
func (w *writer) reach(t *testing.T, n int64) {
	t.Helper()
	tick, late := time.NewTicker(5*time.Millisecond), time.NewTimer(30*time.Second)
	defer tick.Stop()
	defer late.Stop()
	for w.told.Load() < n {
		select {
		case <-tick.C:
		case <-late.C:
			t.Fatal("nothing is saved")
		}
	}
}

// saved asks what is there now. Cookies belong to a host, whatever its port.
func (w *writer) saved(t *testing.T, url string) (n int64) {
	t.Helper()
	status, text, err := w.send("GET", url+"/v1/me", "")
	if err != nil || status != 200 {
		t.Fatal(status, text, err)
	}
	_, bio, _ := strings.Cut(text, `"bio":"`)
	fmt.Sscan(bio[:strings.IndexByte(bio, '"')], &n)
	return n
}

func TestWhatWasSaidToBeSavedOutlivesAKill(t *testing.T) {
	stores := map[string]func() []string{
		"sqlite":   func() []string { return []string{"DATA=" + filepath.Dir(dbtest.SQLiteFile(t))} },
		"postgres": func() []string { return []string{"DATA=" + t.TempDir(), "DATABASE=" + dbtest.PostgresURL(t)} },
	}
	for name, store := range stores {
		t.Run(name, func(t *testing.T) {
			env := append(store(), "KEY="+secret.GenerateKey().Reveal())
			p := spawn(t, env)
			var writers []*writer
			for i := range 4 {
				writers = append(writers, join(t, p.url, fmt.Sprintf("w%d@example.com", i)))
			}
			for round := range 3 {
				var group sync.WaitGroup
				for _, w := range writers {
					group.Go(func() { w.write(p.url) })
				}
				for _, w := range writers {
					w.reach(t, w.started+int64(2+5*round))
				}
				p.kill()
				group.Wait()
				p = spawn(t, env)
				for i, w := range writers {
					told, saved := w.told.Load(), w.saved(t, p.url)
					if told == 0 || saved < told || saved > told+1 {
						t.Errorf("round %d, writer %d: %d was said to be saved, %d is", round, i, told, saved)
					}
					w.told.Store(saved)
					w.started = saved
				}
			}
		})
	}
}

func TestAClientThatHangsUpInASaveUndoesNobodyElses(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		const people = 24
		var all []apptest.Somebody
		for i := range people {
			all = append(all, s.Member(fmt.Sprintf("p%d@example.com", i), "", ""))
		}
		for round := range 5 {
			var group sync.WaitGroup
			for i, me := range all {
				group.Go(func() {
					ctx, hangUp := context.WithCancel(t.Context())
					defer hangUp()
					r := me.Request(http.MethodPatch, "/v1/me", "application/json", strings.NewReader(fmt.Sprintf(`{"bio":"%d"}`, round))).WithContext(ctx)
					if i%2 == 0 {
						time.AfterFunc(time.Duration(i*200)*time.Microsecond, hangUp)
					}
					if a, err := me.Try(r); i%2 == 1 && (err != nil || a.Status != 200) {
						t.Errorf("who stayed was told %d %v", a.Status, err)
					}
				})
			}
			group.Wait()
			for i, me := range all {
				if bio := me.Get("/v1/me").Want(200).Map()["bio"]; i%2 == 1 && bio != fmt.Sprint(round) {
					t.Errorf("round %d: the save of %d is %v", round, i, bio)
				}
			}
		}
	})
}
