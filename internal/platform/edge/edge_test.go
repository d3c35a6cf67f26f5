package edge_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"nameplate/internal/app/apptest"
)

const public = "https://id.example.com"

// raw sends bytes as they stand and returns the first line of the answer, and
// all of it.
func raw(t *testing.T, s *apptest.Server, request string) (status, answer string) {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	go io.WriteString(c, request)
	all, _ := io.ReadAll(c)
	line, _, _ := strings.Cut(string(all), "\r\n")
	return strings.TrimPrefix(line, "HTTP/1.1 "), string(all)
}

func TestAnotherHostIsMisdirectedAndAMalformedOneRefused(t *testing.T) {
	s := apptest.OnSQLite(t, apptest.At(public))
	for host, want := range map[string]int{
		"id.example.com": 200, "ID.Example.COM": 200, "id.example.com:443": 200, "localhost": 200, "127.0.0.1:8080": 200, "[::1]:1": 200, "localhost:1": 200,
		"evil.example": 421, "id.example.com.evil.example": 421, "id.example.com:80": 421, "id.example.com.": 421, "evil.id.example.com": 421, "localhost.evil.example": 421, "127.0.0.1.evil.example": 421, "10.0.0.1": 421,
		"": 400, "id.example.com:": 421, "id.example.com:x": 400, "user@id.example.com": 400, "id.example.com/x": 400, "a,b": 400, "[::1": 400, "[::1]x": 400, "[localhost]": 400, "[127.0.0.1]": 400, "[::1]:x": 400, "[::1]": 200, "::1": 400, "id.example.com:443:1": 400,
	} {
		status, all := raw(t, s, "GET /sign-in HTTP/1.1\r\nHost: "+host+"\r\nConnection: close\r\n\r\n")
		if !strings.HasPrefix(status, fmt.Sprint(want)) {
			t.Errorf("Host %q: %s, want %d", host, status, want)
		}
		if strings.Contains(all, "evil.example") {
			t.Errorf("Host %q stands in the answer", host)
		}
		if status, _ := raw(t, s, "GET /healthz HTTP/1.1\r\nHost: 10.1.2.3\r\nConnection: close\r\n\r\n"); !strings.HasPrefix(status, "200") {
			t.Errorf("health: %s", status)
		}
	}
	for name, c := range map[string][2]string{
		"two hosts":           {"GET /sign-in HTTP/1.1\r\nHost: id.example.com\r\nHost: evil.example\r\nConnection: close\r\n\r\n", "400"},
		"two equal hosts":     {"GET /sign-in HTTP/1.1\r\nHost: id.example.com\r\nHost: id.example.com\r\nConnection: close\r\n\r\n", "400"},
		"no host":             {"GET /sign-in HTTP/1.1\r\nConnection: close\r\n\r\n", "400"},
		"an absolute address": {"GET http://evil.example/sign-in HTTP/1.1\r\nHost: id.example.com\r\nConnection: close\r\n\r\n", "421"},
		"a folded header":     {"GET /sign-in HTTP/1.1\r\nHost: id.example.com\r\n X: y\r\nConnection: close\r\n\r\n", "400"},
		"both lengths":        {"POST /v1/session HTTP/1.1\r\nHost: id.example.com\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{}", "400"},
	} {
		if status, all := raw(t, s, c[0]); !strings.HasPrefix(status, c[1]) {
			t.Errorf("%s: %s, want %s\n%s", name, status, c[1], all)
		}
	}
}

func TestAListenerThatIsNotLoopbackTakesItsOwnNameAlone(t *testing.T) {
	s := apptest.OnSQLite(t, apptest.At(public))
	b := s.Browser()
	b.From, b.Host = "203.0.113.9:1", "id.example.com"
	b.Get("/sign-in").Want(200)
}

func TestLinksBeginWithThePublicAddressWhateverTheRequestSays(t *testing.T) {
	forged := map[string]string{
		"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "javascript", "Forwarded": "host=evil.example;proto=javascript", "X-Original-Url": "http://evil.example/",
		"X-Host": "evil.example", "X-Forwarded-Server": "evil.example", "X-Forwarded-Prefix": "//evil.example", "X-Rewrite-Url": "//evil.example", "Referer": "https://evil.example/", "Via": "evil.example",
	}
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		b := s.Browser()
		for name, value := range forged {
			b.Header.Set(name, value)
		}
		b.JSON(http.MethodPost, "/v1/signup", map[string]string{"email": "ada@example.com", "password": apptest.Password, "setup_token": s.SetUp()}).Want(201)
		me := b.Get("/v1/me").Want(200)
		b.JSON(http.MethodPost, "/v1/signup", map[string]string{"email": "bob@example.com", "password": apptest.Password}).Want(201)
		b.JSON(http.MethodPost, "/v1/signup", map[string]string{"email": "ada@example.com", "password": apptest.Password}).Want(201)
		for _, to := range []string{"bob@example.com", "ada@example.com"} {
			letter := s.Letter(to)
			if !strings.HasPrefix(apptest.LinkIn(letter), public+"/") || strings.Contains(letter.Text+letter.HTML, "evil") || strings.Contains(letter.HTML, "javascript:") {
				t.Errorf("%s\n%s", letter.Text, letter.HTML)
			}
		}
		id := me.Map()["id"].(string)
		for _, path := range []string{"/v1/me", "/v1/cards/" + id, "/c/" + id, "/settings/profile", "/sign-in", "/nothing", "/openapi.json", "/embed.js"} {
			a := b.Get(path)
			if strings.Contains(a.Page(), "evil") || strings.Contains(fmt.Sprint(a.Header), "evil") {
				t.Errorf("%s repeats what was forged", path)
			}
		}
		if url := me.Map()["avatar"].(map[string]any)["url"].(string); !strings.HasPrefix(url, public+"/avatars/") {
			t.Errorf("picture at %s", url)
		}
		for _, mode := range []string{"evil.example", "id.example.com.evil.example"} {
			b.Host = mode
			before := len(s.Letters("eve@example.com"))
			b.JSON(http.MethodPost, "/v1/signup", map[string]string{"email": "eve@example.com", "password": apptest.Password}).Refused(421, "misdirected_request")
			if len(s.Letters("eve@example.com")) != before {
				t.Error("a misdirected request has sent a mail")
			}
		}
	}, apptest.At(public), apptest.SignUp("open"))
}

// network is what the journal keeps of where the last act came from.
func network(t *testing.T, s *apptest.Server, b *apptest.Browser) string {
	t.Helper()
	b.JSON(http.MethodPatch, "/v1/me", map[string]string{"bio": fmt.Sprint(s.Log.Mark())}).Want(200)
	last, latest := "", ""
	rows := s.Rows()
	for _, r := range append(rows["journal"], rows["journal_inbox"]...) {
		_, id, _ := strings.Cut(r, " id=")
		if strings.HasPrefix(r, "id=") {
			id = r[3:]
		}
		if id > latest && strings.Contains(r, "profile.updated") {
			_, origin, _ := strings.Cut(r, "origin=")
			latest, last, _ = id, "", ""
			last, _, _ = strings.Cut(origin, " hash=")
		}
	}
	return strings.TrimSpace(last)
}

func TestTheClientIsWhoeverTheTrustedProxySaysAndNobodyElse(t *testing.T) {
	for name, c := range map[string]struct {
		proxies   []string
		from      string
		forwarded []string
		want      string
	}{
		"nobody is trusted":           {nil, "203.0.113.9:1", []string{"198.51.100.1"}, "203.0.113.0/24"},
		"a proxy is trusted":          {[]string{"10.0.0.0/8"}, "10.0.0.1:1", []string{"198.51.100.1"}, "198.51.100.0/24"},
		"the right-most that is none": {[]string{"10.0.0.0/8"}, "10.0.0.1:1", []string{"1.1.1.1, 198.51.100.1, 10.0.0.2"}, "198.51.100.0/24"},
		"over several headers":        {[]string{"10.0.0.0/8"}, "10.0.0.1:1", []string{"1.1.1.1", "198.51.100.1", "10.0.0.2"}, "198.51.100.0/24"},
		"a stranger beside the proxy": {[]string{"10.0.0.0/8"}, "203.0.113.9:1", []string{"198.51.100.1"}, "203.0.113.0/24"},
		"the proxy says nothing":      {[]string{"10.0.0.0/8"}, "10.0.0.1:1", nil, "10.0.0.0/24"},
		"the proxy says nonsense":     {[]string{"10.0.0.0/8"}, "10.0.0.1:1", []string{"198.51.100.1, unknown"}, "10.0.0.0/24"},
		"IPv4 in IPv6":                {[]string{"10.0.0.0/8"}, "[::ffff:10.0.0.1]:1", []string{"::ffff:198.51.100.1"}, "198.51.100.0/24"},
		"IPv6":                        {[]string{"fd00::/8"}, "[fd00::1]:1", []string{"2001:db8:1:2:3:4:5:6"}, "2001:db8:1::/48"},
	} {
		t.Run(name, func(t *testing.T) {
			s := apptest.OnSQLite(t, apptest.Proxies(c.proxies...))
			me := s.Member("ada@example.com", "", "")
			me.From = c.from
			me.Host = s.Config.Base.Host
			me.Header["X-Forwarded-For"] = c.forwarded
			me.Header.Set("X-Real-Ip", "9.9.9.9")
			me.Header.Set("Forwarded", "for=8.8.8.8")
			if got := network(t, s, me.Browser); !strings.HasSuffix(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestHeadersOverTheLimitAreRefused(t *testing.T) {
	s := apptest.OnSQLite(t)
	if status, _ := raw(t, s, "GET /sign-in HTTP/1.1\r\nHost: localhost\r\nX: "+strings.Repeat("x", 100<<10)+"\r\nConnection: close\r\n\r\n"); !strings.HasPrefix(status, "431") {
		t.Error(status)
	}
	if status, _ := raw(t, s, "GET /sign-in?"+strings.Repeat("a=b&", 100<<10)+" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"); !strings.HasPrefix(status, "431") {
		t.Error(status)
	}
}

func TestAClientThatSendsItsHeadersSlowlyIsLetGo(t *testing.T) {
	s := apptest.OnSQLite(t)
	elapsed := time.Now()
	c, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, "GET /sign-in HTTP/1.1\r\nHost: localhost\r\n")
	if err := c.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	bufio.NewReader(c).ReadString(0)
	if took := time.Since(elapsed); took < 2*time.Second || took > 10*time.Second {
		t.Errorf("it was let go after %v", took)
	}
}

func TestEndlessBodiesAreCutOff(t *testing.T) {
	s := apptest.OnSQLite(t)
	me := s.Join("ada@example.com")
	var group sync.WaitGroup
	for i := range 20 {
		b := me.Copy()
		group.Go(func() {
			path, kind := "/v1/session", "application/json"
			if i%2 == 0 {
				path, kind = "/sign-in", "application/x-www-form-urlencoded"
			}
			sent := &endless{}
			a, err := b.Try(b.Request(http.MethodPost, path, kind, sent))
			if err == nil && a.Status != 413 {
				t.Errorf("%s: %d", path, a.Status)
			}
			if n := sent.sent(); n > 64<<20 {
				t.Errorf("%s took %d bytes", path, n)
			}
		})
	}
	group.Wait()
	me.Get("/v1/me").Want(200)
}

// endless is a gigabyte of spaces.
type endless struct {
	mu sync.Mutex
	n  int
}

func (e *endless) Read(b []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.n > 1<<30 {
		return 0, io.EOF
	}
	for i := range b {
		b[i] = ' '
	}
	e.n += len(b)
	return len(b), nil
}

func (e *endless) sent() int { e.mu.Lock(); defer e.mu.Unlock(); return e.n }
