package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"nameplate/internal/config"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db/dbtest"
	"nameplate/internal/platform/geo/geotest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"nameplate": Main})
}

func TestScripts(t *testing.T) {
	scripts(t, "testdata/script", "")
}

func TestScriptsOnPostgreSQL(t *testing.T) {
	scripts(t, "testdata/postgres", dbtest.PostgresURL(t))
}

func scripts(t *testing.T, dir, database string) {
	testscript.Run(t, testscript.Params{
		Dir:                dir,
		RequireUniqueNames: true,
		Setup: func(e *testscript.Env) error {
			tmp := filepath.Join(e.WorkDir, "tmp")
			e.Setenv("TMPDIR", tmp)
			e.Setenv("NAMEPLATE_ADDR", "127.0.0.1:0")
			e.Setenv("NAMEPLATE_DATABASE", database)
			e.Values["servers"] = map[string]*server{}
			return os.Mkdir(tmp, 0o700)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "server": startServer, "end": endServer, "crash": crashServer, "impatient": endTwice,
			"race": race, "fetch": fetch, "hold": hold, "mode": mode, "atlas": atlas,
		},
	})
}

// server is one that a script has started.
type server struct {
	cmd    *exec.Cmd
	url    string
	stdout string
}

func servers(ts *testscript.TestScript) map[string]*server {
	return ts.Value("servers").(map[string]*server)
}

func take(ts *testscript.TestScript, name string) *server {
	s := servers(ts)[name]
	if s == nil {
		ts.Fatalf("no server %s runs", name)
	}
	delete(servers(ts), name)
	return s
}

// exits CODE COMMAND…: runs a command that ends with the code.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	err, code := ts.Exec(args[1], args[2:]...), 0
	var ended *exec.ExitError
	if errors.As(err, &ended) {
		code = ended.ExitCode()
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d, want %s (%v)", code, args[0], err)
	}
}

var (
	prints  = regexp.MustCompile(`(?m)Listening on +(\S+)$|"listening":"([^"]+)"|Open +http://localhost:(\d+)$`)
	lastOne = regexp.MustCompile(`^\{|^Stop with `)
)

func command(ts *testscript.TestScript, args []string) *exec.Cmd {
	cmd := exec.Command("nameplate", args...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "TMPDIR=" + ts.Getenv("TMPDIR"), "HOME=" + ts.Getenv("HOME")}
	for _, s := range config.Settings() {
		for _, name := range []string{s.Env(), s.Env() + "_FILE"} {
			if value := ts.Getenv(name); value != "" {
				cmd.Env = append(cmd.Env, name+"="+value)
			}
		}
	}
	return cmd
}

var deferring sync.Mutex

// launch starts nameplate and waits until it has told where it listens, or has
// ended. What it says goes to NAME.out and NAME.err.
func launch(ts *testscript.TestScript, name string, args []string) *server {
	s := &server{cmd: command(ts, args)}
	log, err := os.Create(ts.MkAbs(name + ".err"))
	ts.Check(err)
	s.cmd.Stderr = log
	out, err := s.cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(s.cmd.Start())
	log.Close()
	deferring.Lock() // two may be launched at once
	ts.Defer(func() { s.cmd.Process.Kill() })
	deferring.Unlock()
	for lines := bufio.NewScanner(out); lines.Scan(); {
		s.stdout += lines.Text() + "\n"
		if lastOne.MatchString(lines.Text()) {
			break
		}
	}
	if m := prints.FindStringSubmatch(s.stdout); m != nil {
		s.url = "http://" + m[1] + m[2]
		if m[3] != "" {
			s.url = "http://127.0.0.1:" + m[3]
		}
	}
	ts.Check(os.WriteFile(ts.MkAbs(name+".out"), []byte(s.stdout), 0o600))
	return s
}

// server NAME ARGUMENT…: starts one and puts its address into the variable NAME.
func startServer(ts *testscript.TestScript, _ bool, args []string) {
	s := launch(ts, args[0], args[1:])
	if s.url == "" {
		s.cmd.Wait()
		ts.Fatalf("it did not start:\n%s", ts.ReadFile(args[0]+".err"))
	}
	servers(ts)[args[0]] = s
	ts.Setenv(args[0], s.url)
}

// end NAME: stops one in order.
func endServer(ts *testscript.TestScript, _ bool, args []string) {
	s := take(ts, args[0])
	elapsed := clock.Stopwatch()
	ts.Check(s.cmd.Process.Signal(syscall.SIGTERM))
	if err := s.cmd.Wait(); err != nil || elapsed() > 8*time.Second {
		ts.Fatalf("stopped with %v after %v:\n%s", err, elapsed(), ts.ReadFile(args[0]+".err"))
	}
}

// crash NAME: takes one off its feet.
func crashServer(ts *testscript.TestScript, _ bool, args []string) {
	s := take(ts, args[0])
	ts.Check(s.cmd.Process.Kill())
	s.cmd.Wait()
}

// impatient NAME: signals one twice while a request holds it up.
func endTwice(ts *testscript.TestScript, _ bool, args []string) {
	s := take(ts, args[0])
	address := strings.TrimPrefix(s.url, "http://")
	conn, err := net.Dial("tcp", address)
	ts.Check(err)
	defer conn.Close()
	fmt.Fprintf(conn, "POST /v1/signup HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n")
	answer, err := bufio.NewReader(conn).ReadString('\n') // comes when the request's body is asked for
	if ts.Check(err); !strings.Contains(answer, "100 Continue") {
		ts.Fatalf("the request does not hang: %s", answer)
	}
	elapsed := clock.Stopwatch()
	ts.Check(s.cmd.Process.Signal(syscall.SIGTERM))
	for err == nil {
		var other net.Conn
		if other, err = net.Dial("tcp", address); err == nil {
			other.Close()
		}
	}
	ts.Check(s.cmd.Process.Signal(syscall.SIGTERM))
	s.cmd.Wait()
	if s.cmd.ProcessState.ExitCode() != exitFailed || elapsed() > 2*time.Second {
		ts.Fatalf("ended with %v after %v", s.cmd.ProcessState, elapsed())
	}
}

// race NAME NAME: starts two at once on the same folder. One of them serves and
// the other ends with code 1.
func race(ts *testscript.TestScript, _ bool, args []string) {
	ended := make(chan *server)
	for _, name := range args {
		go func() { ended <- launch(ts, name, nil) }()
	}
	first, second := <-ended, <-ended
	if first.url == "" {
		first, second = second, first
	}
	err := second.cmd.Wait()
	if first.url == "" || second.url != "" || second.cmd.ProcessState.ExitCode() != 1 {
		ts.Fatalf("one serves on %q, the other on %q and ended with %v", first.url, second.url, err)
	}
	servers(ts)["winner"] = first
	ts.Setenv("winner", first.url)
}

// fetch STATUS METHOD URL [BODY [HOST]]: asks a server; the answer is in the
// file body.
func fetch(ts *testscript.TestScript, _ bool, args []string) {
	args = append(args, "", "")
	req, err := http.NewRequest(args[1], args[2], strings.NewReader(args[3]))
	ts.Check(err)
	req.Host = args[4]
	if args[3] != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(req)
	ts.Check(err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs("body"), body, 0o600))
	if strconv.Itoa(res.StatusCode) != args[0] {
		ts.Fatalf("status %s, want %s:\n%s", res.Status, args[0], body)
	}
}

// hold FILE SUFFIX: opens the stream whose address is in the file, with the
// suffix behind it, until the script ends.
func hold(ts *testscript.TestScript, _ bool, args []string) {
	res, err := http.Get(strings.TrimSpace(ts.ReadFile(args[0])) + args[1])
	ts.Check(err)
	ts.Defer(func() { res.Body.Close() })
	if kind := res.Header.Get("Content-Type"); !strings.HasPrefix(kind, "text/event-stream") {
		ts.Fatalf("%s: %s", res.Status, kind)
	}
}

// atlas FILE TYPE: writes a file of places.
func atlas(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), geotest.File(args[1], 1, geotest.Berlin), 0o600))
}

// mode MODE FILE: a file has these rights.
func mode(ts *testscript.TestScript, _ bool, args []string) {
	info, err := os.Lstat(ts.MkAbs(args[1]))
	ts.Check(err)
	if got := fmt.Sprintf("%04o", info.Mode().Perm()); got != args[0] {
		ts.Fatalf("%s has mode %s, want %s", args[1], got, args[0])
	}
}
