package signup_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"nameplate/internal/access/signup"
	"nameplate/internal/app/apptest"
	"nameplate/internal/platform/pace"
)

const (
	ada     = "ada@example.com"
	another = "Other-Meadow4-Window"
	public  = "https://id.example.com"
)

type fields map[string]string

func start(b *apptest.Browser, address, password string) apptest.Answer {
	return b.JSON(http.MethodPost, "/v1/signup", fields{"email": address, "password": password, "display_name": "Ada"})
}

func verify(b *apptest.Browser, f fields) apptest.Answer {
	return b.JSON(http.MethodPost, "/v1/signup/verify", f)
}

func signIn(b *apptest.Browser, address, password string) apptest.Answer {
	return b.JSON(http.MethodPost, "/v1/session", fields{"email": address, "password": password})
}

// owned has its first owner, so that further people sign up as usual.
func owned(s *apptest.Server) *apptest.Server { s.Join("first@example.com"); return s }

func TestASignUpIsWaitingUntilItsCodeIsTyped(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		b := owned(s).Browser()
		a := start(b, "Ada@Example.com", apptest.Password).Want(201)
		if a.Map()["status"] != "verification_required" || a.Cookie("np") != nil {
			t.Errorf("%s %v", a.Body, a.Cookies)
		}
		b.Get("/v1/me").Want(401)
		signIn(b.Copy(), ada, apptest.Password).Refused(401, "invalid_credentials")
		verify(b, fields{"email": ada, "code": apptest.CodeIn(s.Letter(ada))}).Want(200)
		me := b.Get("/v1/me").Want(200).Map()
		if me["display_name"] != "Ada" || len(me["memberships"].([]any)) != 0 {
			t.Errorf("%v", me)
		}
		if b.Cookies["np-signup"] != "" {
			t.Error("the mark stays after the sign-up")
		}
	})
}

func TestAPageAndTheAPIFinishTheSameSignUp(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		b := owned(s).Browser()
		b.Form("/sign-up", "email", ada, "password", apptest.Password, "display_name", "Ada", "organization", "Engines").Want(303)
		if page := b.Get("/sign-up/code").Want(200).Page(); !strings.Contains(page, ada) {
			t.Error("the page has forgotten the address")
		}
		verify(b, fields{"email": ada, "code": apptest.CodeIn(s.Letter(ada))}).Want(200)
		m := b.Get("/v1/me").Map()["memberships"].([]any)[0].(map[string]any)
		if m["role"] != "owner" || m["organization"].(map[string]any)["name"] != "Engines" {
			t.Errorf("%v", m)
		}

		start(b, "bob@example.com", apptest.Password).Want(201)
		b.Form("/sign-up/code", "email", "bob@example.com", "code", apptest.CodeIn(s.Letter("bob@example.com"))).Want(303)
		if got := b.Get("/v1/me").Map()["email"]; got != "bob@example.com" {
			t.Errorf("signed in as %v", got)
		}
	})
}

func TestTheLinkSignsInOnlyWhereTheSignUpCameFrom(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		b := owned(s).Browser()
		start(b, ada, apptest.Password).Want(201)
		token := apptest.TokenIn(s.Letter(ada))
		if page := b.Get("/verify?token=" + token).Want(200).Page(); strings.Contains(page, `name="password"`) {
			t.Error("the browser that signed up is asked for a password")
		}
		b.Get("/v1/me").Want(401) // looking changes nothing
		b.Form("/verify", "token", token).Want(303)
		b.Get("/v1/me").Want(200)
	})
}

func TestAStrangersPasswordNeverOpensAnAccountThatSomebodyElseProved(t *testing.T) {
	const strangers = "Stranger-Knows9-This"
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		stranger := owned(s).Browser()
		start(stranger, ada, strangers).Want(201)
		token, code := apptest.TokenIn(s.Letter(ada)), apptest.CodeIn(s.Letter(ada))

		owner := s.Browser()
		if page := owner.Get("/verify?token=" + token).Want(200).Page(); !strings.Contains(page, `name="password"`) {
			t.Error("the page elsewhere asks for no password")
		}
		owner.Form("/verify", "token", token).Want(422)
		verify(owner, fields{"token": token}).Refused(422, "validation_failed", "password")
		owner.Form("/sign-up/code", "email", ada, "code", code).Want(422)
		marked := s.Browser()
		start(marked, "else@example.com", apptest.Password).Want(201) // has a mark, of another sign-up
		verify(marked, fields{"email": ada, "code": code}).Refused(422, "validation_failed", "password")
		owner.Get("/v1/me").Want(401)

		owner.Form("/verify", "token", token, "password", another).Want(303)
		owner.Get("/v1/me").Want(200)
		signIn(s.Browser(), ada, strangers).Refused(401, "invalid_credentials")
		verify(stranger, fields{"email": ada, "code": code}).Want(422)
		stranger.Get("/v1/me").Want(401)
		signIn(s.Browser(), ada, another).Want(200)
	})
}

func TestANewerSignUpReplacesTheOlder(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		older, newer := owned(s).Browser(), s.Browser()
		start(older, ada, apptest.Password).Want(201)
		first := s.Letter(ada)
		start(newer, "ADA@example.com", another).Want(201)
		verify(older, fields{"email": ada, "code": apptest.CodeIn(first)}).Want(422)
		verify(older, fields{"token": apptest.TokenIn(first)}).Refused(422, "invalid_token")
		older.Get("/verify?token=" + apptest.TokenIn(first)).Want(422)
		verify(newer, fields{"email": ada, "code": apptest.CodeIn(s.Letter(ada))}).Want(200)
		signIn(s.Browser(), ada, apptest.Password).Want(401)
		signIn(s.Browser(), ada, another).Want(200)
	})
}

func TestASignUpDiesAfterADayAndItsCodeAfterTenMinutes(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		b := owned(s).Browser()
		start(b, ada, apptest.Password).Want(201)
		letter := s.Letter(ada)
		s.Clock.Advance(10 * time.Minute)
		verify(b, fields{"email": ada, "code": apptest.CodeIn(letter)}).Refused(422, "validation_failed", "code")
		s.Clock.Advance(signup.Lifetime - 10*time.Minute - time.Second)
		b.Get("/verify?token=" + apptest.TokenIn(letter)).Want(200)
		s.Clock.Advance(time.Second)
		b.Get("/verify?token=" + apptest.TokenIn(letter)).Want(422)
		verify(b, fields{"token": apptest.TokenIn(letter)}).Refused(422, "invalid_token")
	})
}

func TestDeadLinksLookAlike(t *testing.T) {
	s := owned(apptest.OnSQLite(t))
	b := s.Browser()
	start(b, ada, apptest.Password).Want(201)
	used := apptest.TokenIn(s.Letter(ada))
	verify(b, fields{"token": used}).Want(200)
	start(b, "bob@example.com", apptest.Password).Want(201)
	replaced := apptest.TokenIn(s.Letter("bob@example.com"))
	start(b, "bob@example.com", apptest.Password).Want(201)
	var bodies []string
	for _, token := range []string{used, replaced, "npln_nothing", ""} {
		a := verify(s.Browser(), fields{"token": token}).Refused(422, "invalid_token")
		bodies = append(bodies, strings.ReplaceAll(string(a.Body), a.Header.Get("X-Request-Id"), ""))
	}
	if len(slices.Compact(bodies)) != 1 {
		t.Errorf("%q", bodies)
	}
}

func TestFiveGuessesAreLookedAtHoweverManyComeAtOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		b := owned(s).Browser()
		start(b, ada, apptest.Password).Want(201)
		right := apptest.CodeIn(s.Letter(ada))
		var group sync.WaitGroup
		answers := make([]int, 200)
		for i := range answers {
			guess := b.Copy()
			group.Go(func() {
				a, err := guess.Try(guess.Request(http.MethodPost, "/v1/signup/verify", "application/json",
					strings.NewReader(fmt.Sprintf(`{"email":%q,"code":"%06d"}`, ada, i))))
				if err != nil {
					t.Error(err)
				}
				answers[i] = a.Status
			})
		}
		group.Wait()
		for i, status := range answers {
			if status != 422 && status != 429 {
				t.Fatalf("guess %d: %d", i, status)
			}
		}
		if attempts := s.Rows()["one_time"]; !slices.ContainsFunc(attempts, func(r string) bool { return strings.Contains(r, "attempts=5 ") }) {
			t.Errorf("not five tries: %v", attempts)
		}
		s.Clock.Advance(time.Minute)
		if a := verify(b, fields{"email": ada, "code": right}); a.Status != 422 && a.Status != 429 {
			t.Errorf("after the burst the right code gives %d", a.Status)
		}
		b.Get("/v1/me").Want(401)
	})
}

func TestTheRightCodeSentManyTimesAtOnceMakesOneAccount(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		b := owned(s).Browser()
		for round := range 5 {
			address := fmt.Sprintf("p%d@example.com", round)
			start(b, address, apptest.Password).Want(201)
			letter := s.Letter(address)
			good := burst(t, 16, func(i int) apptest.Answer {
				proof := fields{"email": address, "code": apptest.CodeIn(letter)}
				if i%2 == 0 {
					proof = fields{"token": apptest.TokenIn(letter)}
				}
				return verify(b.Copy(), proof)
			}, 200, 422, 429)
			if good[200] != 1 {
				t.Errorf("round %d: %v", round, good)
			}
		}
	})
}

// burst calls ask n times at once and counts the answers by status.
func burst(t *testing.T, n int, ask func(i int) apptest.Answer, allowed ...int) map[int]int {
	t.Helper()
	var mu sync.Mutex
	var group sync.WaitGroup
	count := map[int]int{}
	for i := range n {
		group.Go(func() {
			a := ask(i)
			mu.Lock()
			defer mu.Unlock()
			count[a.Status]++
			if !slices.Contains(allowed, a.Status) {
				t.Errorf("%d: %s", a.Status, a.Body)
			}
		})
	}
	group.Wait()
	return count
}

func TestManySignUpsForOneAddressAtOnceLeaveOneThatWorks(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		owned(s)
		for round := range 5 {
			address := fmt.Sprintf("p%d@example.com", round)
			burst(t, 5, func(int) apptest.Answer { return start(s.Browser(), address, apptest.Password) }, 201)
			if n := len(s.Rows()["signups"]); n != 1 {
				t.Errorf("%d sign-ups wait", n)
			}
			worked := 0
			for _, letter := range s.Letters(address) {
				if verify(s.Browser(), fields{"token": apptest.TokenIn(letter), "password": another}).Status == 200 {
					worked++
				}
			}
			if worked != 1 {
				t.Errorf("round %d: %d letters worked", round, worked)
			}
		}
	})
}

func owners(s *apptest.Server) (n int) {
	for _, m := range s.Rows()["memberships"] {
		if strings.Contains(m, "role=owner ") {
			n++
		}
	}
	return n
}

func TestOfManyFirstSignUpsOnThisMachineOneBecomesTheOwner(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		signedIn := 0
		var mu sync.Mutex
		burst(t, 16, func(i int) apptest.Answer {
			b := s.Browser()
			a := start(b, fmt.Sprintf("p%d@example.com", i), apptest.Password)
			mu.Lock()
			defer mu.Unlock()
			if a.Status == 201 && a.Map()["status"] == "signed_in" {
				signedIn++
			}
			return a
		}, 201)
		if signedIn != 1 || owners(s) != 1 || len(s.Rows()["users"]) != 1 {
			t.Errorf("%d were signed in unproved, %d are owners, %d have accounts", signedIn, owners(s), len(s.Rows()["users"]))
		}
	})
}

func TestOfManyFirstSignUpsByTheSetUpLinkOneBecomesTheOwner(t *testing.T) {
	for _, mode := range []string{"", "closed"} {
		t.Run("sign-up "+mode, func(t *testing.T) {
			apptest.Each(t, func(t *testing.T, s *apptest.Server) {
				link := s.SetUp()
				var waiting []*apptest.Browser
				for i := range 8 {
					b := s.Browser()
					b.JSON(http.MethodPost, "/v1/signup", fields{"email": fmt.Sprintf("p%d@example.com", i), "password": apptest.Password, "setup_token": link}).Want(201)
					waiting = append(waiting, b)
				}
				letters := map[int]string{}
				for i := range waiting {
					letters[i] = apptest.TokenIn(s.Letter(fmt.Sprintf("p%d@example.com", i)))
				}
				got := burst(t, 8, func(i int) apptest.Answer { return verify(waiting[i], fields{"token": letters[i]}) }, 200, 403)
				if got[200] != 1 || owners(s) != 1 || len(s.Rows()["users"]) != 1 {
					t.Errorf("%v, %d owners, %d users", got, owners(s), len(s.Rows()["users"]))
				}
				b := s.Browser()
				b.JSON(http.MethodPost, "/v1/signup", fields{"email": "late@example.com", "password": apptest.Password, "setup_token": link}).Refused(403, "signup_closed")
			}, apptest.At(public), apptest.SignUp(mode), apptest.Mailed())
		})
	}
}

func TestElsewhereTheFirstSignUpNeedsTheSetUpLink(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		link, b := s.SetUp(), s.Browser()
		start(b, ada, apptest.Password).Refused(403, "setup_link_required")
		b.Get("/sign-up").Want(403)
		b.Get("/set-up?token=npsu_wrong").Want(403)
		b.JSON(http.MethodPost, "/v1/signup", fields{"email": ada, "password": apptest.Password, "setup_token": link + "x"}).Want(403)
		a := b.Get("/set-up?token=" + link).Want(200)
		if a.Header.Get("Referrer-Policy") != "no-referrer" || a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%v", a.Header)
		}
		b.Form("/sign-up", "email", ada, "password", apptest.Password, "setup", link).Want(303)
		if owners(s) != 1 {
			t.Errorf("%d owners", owners(s))
		}
		start(s.Browser(), "bob@example.com", apptest.Password).Refused(403, "signup_closed")
	}, apptest.At(public))
}

func TestAProxyOnThisMachineIsNotThisMachine(t *testing.T) {
	for _, header := range []string{"X-Forwarded-For", "Forwarded", "X-Real-Ip", "Via", "X-Forwarded-Host"} {
		s := apptest.OnSQLite(t)
		b := s.Browser()
		b.Header.Set(header, "203.0.113.7")
		start(b, ada, apptest.Password).Refused(403, "setup_link_required")
	}
}

func TestNobodyLearnsWhetherAnAddressIsKnown(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		owned(s)
		s.Join(ada)
		known, unknown := start(s.Browser(), ada, another), start(s.Browser(), "new@example.com", another)
		alike(t, known.Want(201), unknown.Want(201))
		pageKnown := s.Browser().Form("/sign-up", "email", ada, "password", another).Want(303)
		pageUnknown := s.Browser().Form("/sign-up", "email", "nah@example.com", "password", another).Want(303)
		alike(t, pageKnown, pageUnknown)
		if len(s.Waits.All()) == 0 { // an answer that was slow by itself is not
			t.Error("no answer was held back")
		}
		for _, d := range s.Waits.All() {
			if d <= 0 || d > pace.Least+100*time.Millisecond {
				t.Errorf("held back for %v", d)
			}
		}
		letter := s.Letter(ada)
		if apptest.CodeIn(letter) != "" || !strings.HasSuffix(apptest.LinkIn(letter), "/sign-in") {
			t.Errorf("the owner is told:\n%s", letter.Text)
		}
		signIn(s.Browser(), ada, another).Want(401)
		signIn(s.Browser(), ada, apptest.Password).Want(200)

		wrong := func(address string) apptest.Answer {
			return verify(s.Browser(), fields{"email": address, "code": "000000"})
		}
		alike(t, wrong(ada), wrong("nowhere@example.com"))
		alike(t, wrong("new@example.com"), wrong("nowhere2@example.com"))
	})
}

// alike fails the test unless two answers say the same, all but what is made
// anew for each.
func alike(t *testing.T, a, b apptest.Answer) {
	t.Helper()
	for name := range a.Header {
		if fresh := name == "X-Request-Id" || name == "Date" || name == "Set-Cookie"; !fresh && a.Header.Get(name) != b.Header.Get(name) {
			t.Errorf("%s: %q and %q", name, a.Header.Get(name), b.Header.Get(name))
		}
	}
	body := func(x apptest.Answer) string {
		return strings.ReplaceAll(string(x.Body), x.Header.Get("X-Request-Id"), "")
	}
	if a.Status != b.Status || len(a.Header) != len(b.Header) || len(a.Cookies) != len(b.Cookies) || body(a) != body(b) {
		t.Errorf("%d %v\n%s\nand %d %v\n%s", a.Status, a.Header, a.Body, b.Status, b.Header, b.Body)
	}
	for i := range min(len(a.Cookies), len(b.Cookies)) {
		if a.Cookies[i].Name != b.Cookies[i].Name {
			t.Errorf("cookies %s and %s", a.Cookies[i].Name, b.Cookies[i].Name)
		}
	}
}

func TestSpellingsOfOneAddressAreOneAccountAndOneCount(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		b := owned(s).Browser()
		start(b, "jo@bücher.example", apptest.Password).Want(201)
		verify(b, fields{"token": apptest.TokenIn(s.Letter("jo@xn--bcher-kva.example"))}).Want(200)
		for _, same := range []string{"JO@xn--bcher-kva.example", " jo@BÜCHER.example ", "Jo@bücher.example", "jo@bu\u0308cher.example"} {
			start(s.Browser(), same, another).Want(201)
			if n := len(s.Rows()["signups"]); n != 0 {
				t.Errorf("%q signs up anew", same)
			}
			signIn(s.Browser(), same, apptest.Password).Want(200)
		}
		signIn(s.Browser(), "jo＠bücher.example", apptest.Password).Want(200)
	})
}

func TestAddressesThatAreNoneAreRefused(t *testing.T) {
	s := owned(apptest.OnSQLite(t))
	before := s.Sum(append([]string{"throttles"}, apptest.BySealer...)...)
	for _, bad := range []string{
		"", "ada", "@example.com", "ada@", "a@b@example.com", "ada@example.com\r\nBcc: eve@example.com", "ada\x00@example.com",
		"ada@example.com, eve@example.com", "Ada <ada@example.com>", `"ada eve"@example.com`, "ada(comment)@example.com", "ada@[127.0.0.1]",
		strings.Repeat("a", 10_000) + "@example.com", "ada@exam ple.com", "ada@localhost", "ada\n@example.com", "ada@example.com%0d%0aX: y",
	} {
		start(s.Browser(), bad, apptest.Password).Refused(422, "validation_failed", "email")
	}
	if s.Sum(append([]string{"throttles"}, apptest.BySealer...)...) != before {
		t.Error("a refused address has left something")
	}
}

func TestAllThatIsWrongWithASignUpIsToldAtOnce(t *testing.T) {
	s := owned(apptest.OnSQLite(t))
	s.Browser().JSON(http.MethodPost, "/v1/signup", fields{
		"email": "x", "password": "short", "display_name": strings.Repeat("n", 65), "organization": "a\u202eb",
	}).Refused(422, "validation_failed", "email", "password", "display_name", "organization")
	page := s.Browser().Form("/sign-up", "email", "x", "password", "short").Want(422).Page()
	if strings.Contains(page, `value="short"`) || !strings.Contains(page, `value="x"`) {
		t.Error("the form keeps the password, or forgets the address")
	}
}

func TestAFewMailsAreSentToAnAddressThatStrangersType(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		owned(s)
		for range 20 {
			start(s.Browser(), ada, apptest.Password).Want(201)
		}
		if n := len(s.Letters(ada)); n != 5 {
			t.Errorf("%d mails within the hour", n)
		}
	})
}

func TestTheLetterHoldsTheCodeOnALineBeforeAnyLink(t *testing.T) {
	s := owned(apptest.OnSQLite(t))
	start(s.Browser(), ada, apptest.Password).Want(201)
	letter := s.Letter(ada)
	code := strings.Index(letter.Text, "\n"+apptest.CodeIn(letter)+"\n")
	link := strings.Index(letter.Text, "http")
	if code < 0 || link < code || !strings.HasPrefix(apptest.LinkIn(letter), s.Config.Base.String()+"/verify?token=") {
		t.Errorf("%s", letter.Text)
	}
}
