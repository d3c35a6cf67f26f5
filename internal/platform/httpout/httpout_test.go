package httpout

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"nameplate/internal/platform/dns"
	"nameplate/internal/platform/dns/dnstest"
)

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

// bad are addresses of every class that no name may lead to.
var bad = map[string]string{
	"loopback": "127.0.0.1", "far loopback": "127.255.255.254", "unspecified": "0.0.0.0", "this network": "0.1.2.3",
	"private 10": "10.0.0.1", "private 172.16": "172.31.255.1", "private 192.168": "192.168.1.1",
	"link-local": "169.254.1.1", "metadata": "169.254.169.254", "carrier": "100.64.0.1", "protocol": "192.0.0.1",
	"documentation": "192.0.2.1", "6to4 relay": "192.88.99.1", "benchmark": "198.18.0.1", "documentation 2": "198.51.100.1",
	"documentation 3": "203.0.113.1", "multicast": "224.0.0.1", "reserved": "240.0.0.1", "broadcast": "255.255.255.255",
	"v6 loopback": "::1", "v6 unspecified": "::", "mapped loopback": "::ffff:127.0.0.1", "mapped private": "::ffff:10.0.0.1",
	"compatible": "::7f00:1", "NAT64": "64:ff9b::7f00:1", "local NAT64": "64:ff9b:1::7f00:1", "6to4": "2002:7f00:1::", "Teredo": "2001::1",
	"unique local": "fd00::1", "v6 link-local": "fe80::1", "zoned": "fe80::1%lo", "v6 multicast": "ff02::1", "v6 documentation": "2001:db8::1",
	"discard": "100::1", "site-local": "fec0::1",
}

func TestNoBadAddressIsReachedInAnyWay(t *testing.T) {
	c := New(nil)
	for class, ip := range bad {
		for _, u := range []string{"https://%s/", "http://%s/", "https://%s:8443/"} {
			target := fmt.Sprintf(u, host(ip))
			if _, err := c.Check(t.Context(), target); !errors.Is(err, ErrTarget) && !errors.Is(err, ErrURL) && !errors.Is(err, ErrUnknownHost) {
				t.Errorf("%s: %s is taken: %v", class, target, err)
			}
			if err := call(t, c, target); !errors.Is(err, ErrTarget) && !errors.Is(err, ErrURL) {
				t.Errorf("%s: %s is called: %v", class, target, err)
			}
		}
	}
}

func host(ip string) string {
	if strings.Contains(ip, ":") {
		return "[" + strings.ReplaceAll(ip, "%", "%25") + "]"
	}
	return ip
}

func TestAPublicAddressIsReachedInHTTPSAlone(t *testing.T) {
	c := New(nil)
	for target, good := range map[string]bool{
		"https://9.9.9.9/": true, "https://[2620:fe::fe]/": true, "https://9.9.9.9:443/x?y": true,
		"https://9.9.9.9:8443/": false, "http://9.9.9.9/": false, "http://9.9.9.9:443/": false,
	} {
		if _, err := c.Check(t.Context(), target); (err == nil) != good {
			t.Errorf("%s: %v", target, err)
		}
	}
}

func TestAnAddressIsWrittenAsOneIs(t *testing.T) {
	c := New(loopback)
	for _, target := range []string{
		"", "here", "//9.9.9.9/", "ftp://9.9.9.9/", "file:///etc/passwd", "https:///x", "https://u:p@9.9.9.9/", "https://u@9.9.9.9/", "https://9.9.9.9/#x",
		"https://127.1/", "https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/", "https://127.0.0.1./", "https://0x7f.1/", "https://1/",
		"https://./", "https://a..0x1/", "https://9.9.9.9:99999/", "https://9.9.9.9/" + strings.Repeat("x", longestURL), "gopher://9.9.9.9/", "https://[::1/",
	} {
		if _, err := c.Check(t.Context(), target); !errors.Is(err, ErrURL) && !errors.Is(err, ErrUnknownHost) {
			t.Errorf("%s: %v", target, err)
		}
		if err := call(t, c, target); err == nil {
			t.Errorf("%s was called", target)
		}
	}
}

func TestANameIsWhereItLeads(t *testing.T) {
	for name, test := range map[string]struct {
		leads []string
		want  error
	}{
		"public.test":   {[]string{"9.9.9.9"}, nil},
		"private.test":  {[]string{"10.1.2.3"}, ErrTarget},
		"both.test":     {[]string{"9.9.9.9", "127.0.0.1"}, ErrTarget},
		"nowhere.test":  {nil, ErrUnknownHost},
		"mapped.test":   {[]string{"::ffff:192.168.0.1"}, ErrTarget},
		"metadata.test": {[]string{"169.254.169.254"}, ErrTarget},
	} {
		c := New(nil)
		c.resolver = names(t, name, test.leads...)
		if _, err := c.Check(t.Context(), "https://"+name+"/"); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestANameThatLeadsElsewhereByNowIsNotCalled(t *testing.T) {
	s := canary(t)
	c := New(nil)
	c.resolver = names(t, "rebound.test", "9.9.9.9")
	if _, err := c.Check(t.Context(), "https://rebound.test/"); err != nil {
		t.Fatal(err)
	}
	c.resolver = names(t, "rebound.test", "127.0.0.1")
	_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
	for _, scheme := range []string{"http", "https"} {
		if err := call(t, c, scheme+"://rebound.test:"+port+"/"); !errors.Is(err, ErrTarget) {
			t.Errorf("%s: %v", scheme, err)
		}
	}
}

// canary is a server that nothing may reach.
func canary(t *testing.T) *httptest.Server {
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the canary was reached") }))
	t.Cleanup(s.Close)
	return s
}

func TestAnAllowedRangeIsReachedInHTTPAndOnAnyPort(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "here") }))
	defer s.Close()
	c := New(loopback)
	if _, err := c.Check(t.Context(), s.URL); err != nil {
		t.Error(err)
	}
	if err := call(t, c, s.URL); err != nil {
		t.Error(err)
	}
	if err := call(t, New([]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}), s.URL); !errors.Is(err, ErrTarget) {
		t.Errorf("another range opens this one: %v", err)
	}
}

func TestARedirectIsAnAnswer(t *testing.T) {
	target := canary(t)
	s := httptest.NewServer(http.RedirectHandler(target.URL, http.StatusTemporaryRedirect))
	defer s.Close()
	res, err := get(t, New(loopback), s.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusTemporaryRedirect {
		t.Errorf("status %d", res.StatusCode)
	}
}

func TestAnAnswerIsReadUpToItsLimitHoweverItIsPacked(t *testing.T) {
	for _, packed := range []bool{false, true} {
		for size, good := range map[int]bool{MaxAnswer: true, MaxAnswer + 1: false, 64 * MaxAnswer: false} {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				body := io.Writer(w)
				if packed {
					w.Header().Set("Content-Encoding", "gzip")
					z := gzip.NewWriter(w)
					defer z.Close()
					body = z
				}
				io.CopyN(body, zeros{}, int64(size))
			}))
			if err := call(t, New(loopback), s.URL); (err == nil) != good || err != nil && !errors.Is(err, ErrTooLong) {
				t.Errorf("%d bytes, packed %v: %v", size, packed, err)
			}
			s.Close()
		}
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestNoProxyOfTheEnvironmentIsAsked(t *testing.T) {
	proxy := canary(t)
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"} {
		t.Setenv(name, proxy.URL)
	}
	if err := call(t, New(nil), "http://proxied.example.test/"); err == nil {
		t.Error("answered")
	}
}

func TestACertificateIsChecked(t *testing.T) {
	s := httptest.NewTLSServer(http.NotFoundHandler())
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	defer s.Close()
	if err := call(t, New(loopback), s.URL); err == nil {
		t.Error("a certificate that nobody knows is taken")
	}
}

func call(t *testing.T, c *Client, target string) error {
	t.Helper()
	res, err := get(t, c, target)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	return err
}

func get(t *testing.T, c *Client, target string) (*http.Response, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, target, nil)
	if err != nil {
		return nil, err
	}
	return c.Do(r)
}

// names is a resolver that knows where a name leads.
func names(t *testing.T, name string, leads ...string) *net.Resolver {
	s := dnstest.New(t)
	s.Lead(name, leads...)
	return &dns.New(s.Addr).Resolver
}
