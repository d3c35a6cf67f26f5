package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"html"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"
)

// patience is how long a test waits for what must come.
const patience = 10 * time.Second

// server is a running Nameplate.
type server struct {
	URL      string
	settings []string // environment
	command  *exec.Cmd
	ended    chan error
	said     *lines
	client   *http.Client // whoever runs the machine
}

// start runs the program on a free port of this machine, with further settings.
func start(data string, settings ...string) (*server, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	jar, _ := cookiejar.New(nil)
	s := &server{
		URL: "http://localhost:" + port, said: &lines{}, client: &http.Client{Jar: jar, Timeout: patience},
		settings: append([]string{
			"PATH=" + os.Getenv("PATH"), "HOME=" + data, "NAMEPLATE_ADDR=127.0.0.1:" + port, "NAMEPLATE_DATA=" + data,
		}, settings...),
	}
	return s, s.again()
}

// again starts a stopped server at the same place.
func (s *server) again() error {
	s.command, s.ended = exec.Command(program, "serve"), make(chan error, 1)
	s.command.Env, s.command.Stdout, s.command.Stderr = s.settings, s.said, s.said
	if err := s.command.Start(); err != nil {
		return err
	}
	go func(command *exec.Cmd, ended chan error) { ended <- command.Wait() }(s.command, s.ended)
	if err := s.ready(); err != nil {
		s.command.Process.Kill() //nolint:errcheck // it may have ended
		return fmt.Errorf("the server does not start: %w\n%s", err, s.said)
	}
	return nil
}

func (s *server) ready() error {
	return soon(func() error {
		select {
		case err := <-s.ended:
			s.ended <- err
			return fmt.Errorf("it ended: %w", err)
		default:
		}
		r, err := s.client.Get(s.URL + "/readyz")
		if err != nil {
			return err
		}
		r.Body.Close()
		if r.StatusCode != http.StatusOK {
			return errors.New(r.Status)
		}
		return nil
	})
}

// stop ends the server as an operator does, and says how that went.
func (s *server) stop() error {
	if err := s.command.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("the server had ended before: %w\n%s", err, s.said)
	}
	select {
	case err := <-s.ended:
		if err != nil {
			return fmt.Errorf("the server did not stop in order: %w\n%s", err, s.said)
		}
		return nil
	case <-time.After(patience):
		s.command.Process.Kill() //nolint:errcheck // it may have ended
		return fmt.Errorf("the server did not stop\n%s", s.said)
	}
}

var mailboxLink = regexp.MustCompile(`http://\S+/dev/mailbox\?key=[\w-]+`)

// mail returns the newest letter to an address, as text.
func (s *server) mail(to string) (string, error) {
	link := mailboxLink.FindString(s.said.String())
	if link == "" {
		return "", errors.New("the start printed no link to the mailbox")
	}
	page, err := read(s.client.Get(link))
	if err != nil {
		return "", err
	}
	letters := strings.Split(page, `<article class="letter">`)
	for _, l := range letters[1:] {
		if strings.Contains(l, "<bdi>"+to+"</bdi>") {
			_, text, _ := strings.Cut(l, `<pre class="letter-text">`)
			text, _, _ = strings.Cut(text, "</pre>")
			return html.UnescapeString(text), nil
		}
	}
	return "", fmt.Errorf("no mail to %s", to)
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

// soon asks until there is no error, or patience ends, and returns the last one.
func soon(ask func() error) error {
	late := time.After(patience)
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		err := ask()
		if err == nil {
			return nil
		}
		select {
		case <-again.C:
		case <-late:
			return err
		}
	}
}

// lines keeps what a program prints, for several writers and readers.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
