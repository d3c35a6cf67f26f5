package app_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/route"
)

const public = "https://id.example.com"

func TestEveryAnswerCarriesTheHeadersThatProtectIt(t *testing.T) {
	for _, base := range []string{"", public} {
		t.Run("at "+base, func(t *testing.T) {
			var settings []apptest.Setting
			if base != "" {
				settings = append(settings, apptest.At(base))
			}
			s := apptest.OnSQLite(t, settings...)
			c := gather(s)
			for _, r := range s.Table.Routes() {
				for _, name := range []string{"nobody", "half", "owner"} {
					a := c.ask(c.browser(name), r, "")
					protected(t, r.Method+" "+r.Pattern+" as "+name, a, base != "")
					private := r.Access.Level == route.SignedIn || r.Access.Level == route.Half
					if cache := a.Header.Get("Cache-Control"); private && cache != "no-store" || cache == "" {
						t.Errorf("%s %s as %s may be kept: %q", r.Method, r.Pattern, name, cache)
					}
				}
			}
		})
	}
}

func protected(t *testing.T, where string, a apptest.Answer, secure bool) {
	t.Helper()
	h := a.Header
	csp := h.Get("Content-Security-Policy")
	if !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") || len(h.Values("Content-Security-Policy")) != 1 {
		t.Errorf("%s: Content-Security-Policy %q", where, csp)
	}
	if !strings.HasPrefix(csp, "sandbox") {
		for _, part := range []string{"script-src 'self'", "style-src 'self'", "object-src 'none'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'"} {
			if !strings.Contains(csp, part) {
				t.Errorf("%s: Content-Security-Policy lacks %s", where, part)
			}
		}
	}
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Cross-Origin-Opener-Policy": "same-origin"} {
		if h.Get(name) != want {
			t.Errorf("%s: %s %q", where, name, h.Get(name))
		}
	}
	if p := h.Get("Referrer-Policy"); p != "same-origin" && p != "no-referrer" {
		t.Errorf("%s: Referrer-Policy %q", where, p)
	}
	if (h.Get("Strict-Transport-Security") != "") != secure {
		t.Errorf("%s: Strict-Transport-Security %q", where, h.Get("Strict-Transport-Security"))
	}
	if h.Get("X-Request-Id") == "" {
		t.Errorf("%s has no request id", where)
	}
	if a.Status != http.StatusNoContent && a.Status != http.StatusNotModified && a.Status < 300 && h.Get("Content-Type") == "" {
		t.Errorf("%s has no content type", where)
	}
	for _, cookie := range a.Cookies {
		guarded(t, where, cookie, secure)
	}
}

func guarded(t *testing.T, where string, c *http.Cookie, secure bool) {
	t.Helper()
	if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode && c.SameSite != http.SameSiteStrictMode || c.Secure != secure || c.Domain != "" {
		t.Errorf("%s sets a cookie carelessly: %s", where, c)
	}
	if secure && (c.Name == "np" || c.Name == "np-signup" || c.Name == "np-device") {
		t.Errorf("%s sets %s without its prefix", where, c.Name)
	}
}

func TestCookiesAreGuardedWhereverTheyAreSet(t *testing.T) {
	s := apptest.OnSQLite(t, apptest.At(public), apptest.SignUp("open"))
	owner := s.Browser()
	first := owner.JSON(http.MethodPost, "/v1/signup", map[string]string{"email": "a@example.com", "password": apptest.Password, "setup_token": s.SetUp()}).Want(201)
	b := s.Browser()
	answers := []apptest.Answer{
		first,
		b.Get("/sign-in?lang=de").Want(200),
		b.Form("/sign-up", "email", "b@example.com", "password", apptest.Password).Want(303),
		b.Form("/sign-up/code", "email", "b@example.com", "code", apptest.CodeIn(s.Letter("b@example.com"))).Want(303),
		b.Form("/settings/profile/picture/remove").Want(303),
		b.Get("/settings/profile").Want(200),
		b.Form("/sign-out").Want(303),
		b.Form("/sign-in", "email", "b@example.com", "password", apptest.Password).Want(303),
	}
	for i, a := range answers {
		if len(a.Cookies) == 0 {
			t.Errorf("answer %d sets no cookie", i)
		}
		protected(t, a.Header.Get("Location"), a, true)
	}
}

func TestSigningOutTakesWhatTheBrowserKeeps(t *testing.T) {
	s := apptest.OnSQLite(t)
	me := s.Join("ada@example.com")
	other := s.Enter(me.ID, session.Full)
	for _, a := range []apptest.Answer{me.Form("/sign-out").Want(303), other.Delete("/v1/session").Want(204)} {
		if a.Header.Get("Clear-Site-Data") == "" || a.Cookie("np") == nil || a.Cookie("np").MaxAge >= 0 {
			t.Errorf("%v", a.Header)
		}
	}
}

func TestRefusalsComeFromOneRenderer(t *testing.T) {
	s := apptest.OnSQLite(t)
	me := s.Join("ada@example.com")
	s.Join("bob@example.com")
	big := strings.Repeat("x", 70<<10)
	for name, c := range map[string]struct {
		path   string // below /v1, and as a page
		page   string
		status int
		code   string
		do     func(path string) apptest.Answer
	}{
		"unknown address": {"/v1/nothing", "/nothing", 404, "not_found", func(p string) apptest.Answer { return me.Get(p) }},
		"unknown method": {"/v1/me", "/settings/profile", 405, "method_not_allowed", func(p string) apptest.Answer {
			a := me.Do("PURGE", p, "", nil)
			if !strings.Contains(a.Header.Get("Allow"), "GET") {
				t.Errorf("405 without Allow: %v", a.Header)
			}
			return a
		}},
		"too many bytes": {"/v1/session", "/sign-in", 413, "too_large", func(p string) apptest.Answer {
			ct := "application/x-www-form-urlencoded"
			if route.IsAPI(p) {
				ct = "application/json"
			}
			return s.Browser().Do(http.MethodPost, p, ct, strings.NewReader(`{"email":"`+big+`"}`))
		}},
		"too many bytes without a length": {"/v1/session", "/sign-in", 413, "too_large", func(p string) apptest.Answer {
			ct := "application/x-www-form-urlencoded"
			if route.IsAPI(p) {
				ct = "application/json"
			}
			return s.Browser().Do(http.MethodPost, p, ct, io.MultiReader(strings.NewReader(`{"email":"`+big+`"}`)))
		}},
		"another host": {"/v1/me", "/sign-in", 421, "misdirected_request", func(p string) apptest.Answer {
			b := me.Copy()
			b.Host = "evil.example"
			return b.Get(p)
		}},
		"malformed host": {"/v1/me", "/sign-in", 400, "malformed_host", func(p string) apptest.Answer {
			b := me.Copy()
			b.Host, b.From = "a b", "127.0.0.1:9"
			return b.Get(p)
		}},
		"another site": {"/v1/session", "/sign-in", 403, "cross_site_request", func(p string) apptest.Answer {
			b := s.Browser()
			b.Header.Set("Sec-Fetch-Site", "cross-site")
			return b.Form(p, "email", "a")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			c.do(c.path).Refused(c.status, c.code)
			a := c.do(c.page).Want(c.status)
			page := a.Page()
			if !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") || !strings.Contains(page, a.Header.Get("X-Request-Id")) ||
				!strings.Contains(page, "<html") || a.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("not a page of ours: %v\n%s", a.Header, page)
			}
			protected(t, c.page, a, false)
		})
	}
	s.Browser().Do(http.MethodPost, "/v1/session", "text/plain", strings.NewReader(`{"email":"a","password":"b"}`)).Refused(415, "unsupported_media_type")
}
