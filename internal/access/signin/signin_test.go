package signin_test

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/hashpool"
)

const ada = "ada@example.com"

type fields map[string]string

func signIn(b *apptest.Browser, address, password string) apptest.Answer {
	return b.JSON(http.MethodPost, "/v1/session", fields{"email": address, "password": password})
}

func TestAPageAndTheAPIOpenAndEndTheSameSessions(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		s.Join(ada)
		b := s.Browser()
		if a := b.Form("/sign-in", "email", ada, "password", apptest.Password).Want(303); a.Header.Get("Location") != "/settings/profile" {
			t.Errorf("led to %s", a.Header.Get("Location"))
		}
		b.Get("/v1/me").Want(200)
		b.Delete("/v1/session").Want(204)
		b.Get("/settings/profile").Want(303)
		if got := signIn(b, ada, apptest.Password).Want(200).Map()["status"]; got != "signed_in" {
			t.Errorf("status %v", got)
		}
		b.Get("/settings/profile").Want(200)
		b.Form("/sign-out").Want(303)
		b.Get("/v1/me").Refused(401, "unauthenticated")
	})
}

func TestTheTokenIsAnotherAfterSigningInAndTheOldOneIsDead(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		victim := s.Join(ada)
		s.Join("mallory@example.com")
		for name, enter := range map[string]func(b *apptest.Browser) apptest.Answer{
			"page": func(b *apptest.Browser) apptest.Answer {
				return b.Form("/sign-in", "email", ada, "password", apptest.Password).Want(303)
			},
			"API": func(b *apptest.Browser) apptest.Answer { return signIn(b, ada, apptest.Password).Want(200) },
		} {
			for what, planted := range map[string]*apptest.Browser{
				"mallory's": s.Member(name+"m@example.net", "", "").Browser,
				"a half":    s.Enter(victim.ID, session.Half),
				"her own":   s.Enter(victim.ID, session.Full),
			} {
				before := planted.Copy()
				a := enter(planted)
				if planted.Session() == before.Session() || planted.Session() == "" {
					t.Errorf("%s over %s: the token stays", name, what)
				}
				before.Get("/v1/me").Want(401)
				planted.Get("/v1/me").Want(200)
				if strings.Contains(string(a.Body), planted.Session()) {
					t.Errorf("%s: the token stands in the body", name)
				}
			}
			invented := s.Browser()
			invented.Cookies["np"] = "npse_chosen-by-somebody-else"
			enter(invented)
			if invented.Cookies["np"] == "npse_chosen-by-somebody-else" {
				t.Errorf("%s: the token of somebody else stays", name)
			}
		}
	})
}

func TestAfterSigningOutTheTokenIsWorthNothing(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		kept, other := me.Copy(), s.Enter(me.ID, session.Full)
		me.Form("/sign-out").Want(303)
		kept.Get("/v1/me").Want(401)
		kept.JSON(http.MethodPatch, "/v1/me", fields{"bio": "x"}).Want(401)
		kept.Delete("/v1/session").Want(401)
		other.Get("/v1/me").Want(200)
	})
}

func TestAWrongPasswordAndAnUnknownAddressAreAnsweredAlike(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		s.Join(ada)
		s.Member("nopassword@example.com", "", "")
		var first apptest.Answer
		for i, address := range []string{ada, "unknown@example.com", "nopassword@example.com", "", "no address", strings.Repeat("x", 9000)} {
			a := signIn(s.Browser(), address, "wrong").Refused(401, "invalid_credentials")
			if i == 0 {
				first = a
			}
			if !same(first, a) {
				t.Errorf("%q: %v\n%s", address, a.Header, a.Body)
			}
		}
		known := s.Browser().Form("/sign-in", "email", ada, "password", "wrong").Want(422)
		unknown := s.Browser().Form("/sign-in", "email", "unknown@example.com", "password", "wrong").Want(422)
		known.Body = []byte(strings.ReplaceAll(known.Page(), ada, "unknown@example.com"))
		if !same(known, unknown) {
			t.Error("the pages differ")
		}
	})
}

func same(a, b apptest.Answer) bool {
	for name := range a.Header {
		fresh := name == "X-Request-Id" || name == "Date" || name == "Content-Length"
		if !fresh && !slices.Equal(a.Header[name], b.Header[name]) {
			return false
		}
	}
	body := func(x apptest.Answer) string {
		return strings.ReplaceAll(string(x.Body), x.Header.Get("X-Request-Id"), "")
	}
	return a.Status == b.Status && len(a.Header) == len(b.Header) && body(a) == body(b)
}

func TestAnUnknownAddressCostsAsManyHashesAsAKnownOne(t *testing.T) {
	// A hash takes about 30 ms here, all else a tenth of that.
	s := apptest.OnSQLite(t, apptest.Hashes(hashpool.Minimum))
	s.Join(ada)
	took := func(address string) time.Duration {
		began := s.Log.Mark()
		signIn(s.Browser(), address, "wrong").Want(401)
		return s.Log.Took(began)
	}
	// The quickest of each: whatever else the machine does only adds. Where it
	// does much, more tries are needed to see them.
	least, same := time.Hour, time.Hour
	alike := func() bool { return same < least*7/4 && least < same*7/4 }
	for i := 0; i < 9 || i < 90 && !alike(); i++ {
		s.Clock.Advance(time.Hour) // so that none is throttled
		least = min(least, took(ada))
		same = min(same, took(fmt.Sprintf("p%d@example.com", i)))
	}
	if !alike() {
		t.Errorf("known %v, unknown %v", least, same)
	}
}

func TestTenPasswordsAreComparedForAnAddressHoweverItIsSpelled(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		s.Join(ada)
		spellings := []string{ada, "ADA@example.com", " ada@example.com", "ada@EXAMPLE.com ", "ada＠example.com", "ａda@example.com", "ada@example。com", "ada@ｅxample.com"}
		status := map[int]int{}
		for i := range 24 {
			b := s.Browser()
			b.From = fmt.Sprintf("203.0.113.%d:99", i)
			b.Header.Set("X-Forwarded-For", fmt.Sprintf("198.51.100.%d", i))
			status[signIn(b, spellings[i%len(spellings)], "wrong").Status]++
		}
		if status[401] != 10 || status[429] != 14 {
			t.Errorf("%v", status)
		}
		a := signIn(s.Browser(), ada, apptest.Password).Refused(429, "too_many_requests")
		if wait, err := strconv.Atoi(a.Header.Get("Retry-After")); err != nil || wait < 1 || wait > 1800 {
			t.Errorf("Retry-After %q", a.Header.Get("Retry-After"))
		}
		page := s.Browser().Form("/sign-in", "email", ada, "password", apptest.Password).Want(429)
		if page.Header.Get("Retry-After") == "" || !strings.Contains(page.Page(), `action="/sign-in"`) {
			t.Error("the page does not say when to try again")
		}
		s.Clock.Advance(31 * time.Minute)
		signIn(s.Browser(), ada, apptest.Password).Want(200)
	})
}

func TestUnknownAddressesAreCountedLikeKnownOnes(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		for range 10 {
			signIn(s.Browser(), "unknown@example.com", "wrong").Want(401)
		}
		signIn(s.Browser(), "unknown@example.com", "wrong").Want(429)
	})
}

func TestABurstOfGuessesIsCountedOneByOne(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		s.Join(ada)
		var mu sync.Mutex
		var group sync.WaitGroup
		status := map[int]int{}
		for i := range 100 {
			b := s.Browser()
			group.Go(func() {
				a, err := b.Try(b.Request(http.MethodPost, "/v1/session", "application/json", strings.NewReader(fmt.Sprintf(`{"email":%q,"password":"%d"}`, ada, i))))
				mu.Lock()
				defer mu.Unlock()
				if status[a.Status]++; err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if status[401]+status[503] != 10 || status[429] != 90 {
			t.Errorf("%v", status)
		}
	})
}

func TestASuccessForgetsTheTriesBefore(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		s.Join(ada)
		for range 3 {
			for range 9 {
				signIn(s.Browser(), ada, "wrong").Want(401)
			}
			signIn(s.Browser(), ada, apptest.Password).Want(200)
		}
	})
}

func TestAnAddressOfTheNetIsBoundedAndForgedHeadersChangeNothing(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		status := map[int]int{}
		for i := range 310 {
			b := s.Browser()
			b.From = fmt.Sprintf("[2001:db8::%x]:99", i) // all of one subscriber
			b.Header.Set("X-Forwarded-For", fmt.Sprintf("198.51.100.%d", i%250))
			b.Header.Set("X-Real-Ip", "127.0.0.1")
			b.Header.Set("Forwarded", "for=127.0.0.1")
			status[signIn(b, fmt.Sprintf("p%d@example.com", i), "wrong").Status]++
		}
		if status[401] != 300 || status[429] != 10 {
			t.Errorf("%v", status)
		}
	})
}

func TestAGiantPasswordIsRefusedWithoutBeingHashed(t *testing.T) {
	// At this cost a hash takes a second, so that one would show.
	s := apptest.OnSQLite(t, apptest.Hashes(hashpool.Params{Memory: 64 << 10, Time: 8, Threads: 1}))
	for _, address := range []string{ada, "unknown@example.com"} {
		least := time.Minute
		for range 3 {
			began := s.Log.Mark()
			signIn(s.Browser(), address, strings.Repeat("x", 4097)).Refused(413, "password_oversized")
			least = min(least, s.Log.Took(began))
		}
		if least > 300*time.Millisecond {
			t.Errorf("it took %v", least)
		}
	}
	signIn(s.Browser(), ada, strings.Repeat("x", 10<<20)).Refused(413, "too_large")
}

func TestLongPasswordsAreTakenWholeAndAsTyped(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		s.Join("first@example.com")
		for i, password := range []string{
			" Lantern-Harbour7 spaced ", strings.Repeat("Ab7-Žluťoučký-", 18) + "2026", "Кораблик-Под-Парусом7", "Lantern-\u0041\u030a7-Harbour",
		} {
			b, address := s.Browser(), fmt.Sprintf("p%d@example.org", i)
			b.JSON(http.MethodPost, "/v1/signup", fields{"email": address, "password": password}).Want(201)
			b.JSON(http.MethodPost, "/v1/signup/verify", fields{"token": apptest.TokenIn(s.Letter(address))}).Want(200)
			signIn(s.Browser(), address, password).Want(200)
			for _, near := range []string{strings.TrimSpace(password) + "\t", password[:len(password)-1], password + " ", strings.ToLower(password)} {
				if near != password {
					signIn(s.Browser(), address, near).Want(401)
				}
			}
			if near := strings.ReplaceAll(password, "A\u030a", "\u00c5"); near != password {
				signIn(s.Browser(), address, near).Want(401)
			}
		}
	})
}

func TestAFloodOfPasswordsIsTurnedAwayInTime(t *testing.T) {
	s := apptest.OnSQLite(t, apptest.Hashes(hashpool.Params{Memory: 19 << 10, Time: 12, Threads: 1}))
	var mu sync.Mutex
	var group sync.WaitGroup
	status := map[int]int{}
	for i := range 120 {
		b := s.Browser()
		group.Go(func() {
			a, err := b.Try(b.Request(http.MethodPost, "/v1/session", "application/json", strings.NewReader(fmt.Sprintf(`{"email":"p%d@example.com","password":"x"}`, i))))
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
				return
			}
			status[a.Status]++
			if a.Status == 503 && (a.Header.Get("Retry-After") == "" || a.Problem().Code != "busy") {
				t.Errorf("%v %s", a.Header, a.Body)
			}
		})
	}
	group.Wait()
	if status[401]+status[503] != 120 || status[503] == 0 || status[401] == 0 {
		t.Errorf("%v", status)
	}
	signIn(s.Browser(), ada, "x").Want(401)
}

func TestSigningInLeadsToPathsOfOursAlone(t *testing.T) {
	s := apptest.OnSQLite(t)
	s.Join(ada)
	enter := func(to string) string {
		return s.Browser().Form("/sign-in", "email", ada, "password", apptest.Password, "return_to", to).Want(303).Header.Get("Location")
	}
	if got := enter("/settings/profile?part=1#about"); got != "/settings/profile?part=1#about" {
		t.Errorf("led to %q", got)
	}
	signed := s.Enter(s.Member("b@example.com", "", "").ID, session.Full)
	for _, bad := range []string{
		"//evil.example", "///evil.example", `/\evil.example`, `\\evil.example`, `/\/evil.example`, "/%5Cevil.example", "/%5c%5cevil.example", "https:evil.example",
		"https://evil.example", "HTTPS://evil.example", "http:/evil.example", "\t//evil.example", "/\t/evil.example", "/%09/evil.example", "/\n/evil.example", "/%0a/evil.example",
		"/%0d%0aLocation:%20//evil.example", "/..//evil.example", "/.//evil.example", "/./\\evil.example", "@evil.example", "evil.example", "javascript:alert(1)", "JaVaScRiPt:alert(1)",
		"java\tscript:alert(1)", "data:text/html,x", "vbscript:x", " //evil.example", "/ /evil.example", "/%2F/evil.example", "/%2f%2fevil.example", "//evil.example/%2f..", "/;@evil.example/..//evil.example",
		"/\u0000/evil.example", "/\u2028/evil.example/../..//e", "//[::1]", "//evil.example:80", "?x=//evil", "#//evil", "", ".", "..", "/..", "/%2e%2e//evil.example", "ftp://evil.example",
		"//evil。example", "/\u3000/evil.example/..//", "http://localhost@evil.example", "https://evil.example\\@localhost", "blob:https://evil.example", "mailto:a@b", strings.Repeat("/a", 600),
	} {
		if got := enter(bad); got != "/settings/profile" && !harmless(got) {
			t.Errorf("%q led to %q", bad, got)
		}
		a := signed.Get("/sign-in?return_to=" + escape(bad)).Want(303)
		if got := a.Header.Get("Location"); got != "/settings/profile" && !harmless(got) {
			t.Errorf("%q led to %q", bad, got)
		}
		page := s.Browser().Get("/sign-in?return_to=" + escape(bad)).Want(200).Page()
		if strings.Contains(page, "evil.example") && !strings.Contains(page, `value="/`) {
			t.Errorf("%q stands in the page", bad)
		}
	}
}

// harmless reports whether every browser reads a Location as a path of ours.
func harmless(to string) bool {
	return strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "//") && !strings.ContainsAny(to, "\\\t\r\n\x00") &&
		!strings.Contains(to, "/../") && !strings.Contains(to, "/./")
}

func escape(text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		fmt.Fprintf(&b, "%%%02X", c)
	}
	return b.String()
}

func TestOtherSitesCanSignNobodyInOrOut(t *testing.T) {
	s := apptest.OnSQLite(t)
	me := s.Join(ada)
	before := s.Sum(apptest.BySealer...)
	for name, header := range map[string][2]string{
		"Origin": {"Origin", "https://evil.example"}, "null Origin": {"Origin", "null"}, "another port": {"Origin", "http://127.0.0.1:1"},
		"cross-site": {"Sec-Fetch-Site", "cross-site"}, "same-site": {"Sec-Fetch-Site", "same-site"},
	} {
		b := me.Copy()
		b.Header.Set(header[0], header[1])
		for _, a := range []apptest.Answer{
			b.Form("/sign-in", "email", ada, "password", apptest.Password), b.Form("/sign-out"), b.Form("/settings/profile/about", "version", "1", "bio", "x"),
			b.Form("/sign-up", "email", "x@example.com", "password", apptest.Password), b.Form("/settings/profile/picture/remove"), b.Form("/verify", "token", "x"),
		} {
			if a.Status != 403 || len(a.Cookies) != 0 {
				t.Errorf("%s: %d %v", name, a.Status, a.Cookies)
			}
		}
		b.JSON(http.MethodPatch, "/v1/me", fields{"bio": "x"}).Refused(403, "cross_site_request")
		b.Delete("/v1/session").Refused(403, "cross_site_request")
	}
	for _, kind := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "", "text/json", "application/merge-patch+json"} {
		s.Browser().Do(http.MethodPost, "/v1/session", kind, strings.NewReader(fmt.Sprintf(`{"email":%q,"password":%q}`, ada, apptest.Password))).Refused(415, "unsupported_media_type")
	}
	for _, kind := range []string{"text/plain", "application/x-www-form-urlencoded"} {
		me.Do(http.MethodPatch, "/v1/me", kind, strings.NewReader(`{"bio":"x"}`)).Refused(415, "unsupported_media_type")
	}
	if s.Sum(apptest.BySealer...) != before {
		t.Error("another site has changed something")
	}
}
