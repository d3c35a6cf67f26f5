package factor_test

import (
	"encoding/base32"
	"encoding/hex"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"nameplate/internal/access/factor"
	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/errs"
)

const (
	ada  = "ada@example.com"
	step = 30 * time.Second
	base = "/v1/me/factors"
)

type fields map[string]string

// app is an authenticator app.
type app struct {
	t          *testing.T
	ID, Secret string
}

func (a app) at(moment time.Time) string {
	a.t.Helper()
	code, err := totp.GenerateCode(a.Secret, moment)
	if err != nil {
		a.t.Fatal(err)
	}
	return code
}

func begin(t *testing.T, b *apptest.Browser) app {
	t.Helper()
	made := b.JSON(http.MethodPost, base+"/totp", fields{}).Want(201).Map()
	return app{t, made["id"].(string), made["secret"].(string)}
}

func confirm(b *apptest.Browser, code string) apptest.Answer {
	return b.JSON(http.MethodPost, base+"/totp/confirm", fields{"code": code})
}

func codesIn(a apptest.Answer) []string {
	var out struct {
		Codes []string `json:"backup_codes"`
	}
	a.Want(200).To(&out)
	return out.Codes
}

// enrol turns an app on and waits until its next code.
func enrol(t *testing.T, s *apptest.Server, b *apptest.Browser) (app, []string) {
	t.Helper()
	a := begin(t, b)
	codes := codesIn(confirm(b, a.at(s.Clock.Now())))
	s.Clock.Advance(2 * step)
	return a, codes
}

type listed struct {
	Items []struct {
		ID, Kind, Name string
		Confirmed      bool
		LastUsedAt     *time.Time `json:"last_used_at"`
	}
	Codes struct{ Remaining int } `json:"backup_codes"`
}

func list(b *apptest.Browser) (l listed) {
	b.Get(base).Want(200).To(&l)
	return l
}

func offered(t *testing.T, s *apptest.Server, userID string) string {
	t.Helper()
	methods, err := s.Factors.Offer(t.Context(), s.DB, userID)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(methods, " ")
}

// check says what became of a code: "taken" or why not.
func check(t *testing.T, s *apptest.Server, userID, method, code string) string {
	t.Helper()
	user, err := identity.Get(t.Context(), s.DB, userID)
	if err != nil {
		t.Fatal(err)
	}
	err = s.Factors.Check(t.Context(), session.Caller{User: user}, method, code)
	var known *errs.Error
	switch {
	case err == nil:
		return "taken"
	case errors.As(err, &known):
		return known.Code
	}
	return err.Error()
}

func want(t *testing.T, what, got, wanted string) {
	t.Helper()
	if got != wanted {
		t.Errorf("%s: %q, want %q", what, got, wanted)
	}
}

// together does the same in 16 goroutines and counts those that worked.
func together(do func() string) (taken int) {
	var all sync.WaitGroup
	answers := make(chan string, 16)
	for range 16 {
		all.Go(func() { answers <- do() })
	}
	all.Wait()
	close(answers)
	for a := range answers {
		if a == "taken" {
			taken++
		}
	}
	return taken
}

func TestAnAppCountsOnceACodeOfItWasVerified(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		a := begin(t, me.Browser)
		want(t, "offered before", offered(t, s, me.ID), "")
		if l := list(me.Browser); len(l.Items) != 1 || l.Items[0].Confirmed || l.Codes.Remaining != 0 {
			t.Errorf("before: %+v", l)
		}
		want(t, "before it counts", check(t, s, me.ID, factor.TOTP, a.at(s.Clock.Now())), "wrong_second_factor")
		confirm(me.Browser, "000000").Refused(422, "validation_failed", "code")
		code := a.at(s.Clock.Now())
		codes := codesIn(confirm(me.Browser, code[:3]+" "+code[3:]))
		if len(codes) != 10 || !regexp.MustCompile(`^[0-9a-hj-km-np-tv-z]{12}$`).MatchString(codes[0]) {
			t.Errorf("codes %v", codes)
		}
		want(t, "offered after", offered(t, s, me.ID), "totp backup_code")
		want(t, "the code that confirmed", check(t, s, me.ID, factor.TOTP, code), "wrong_second_factor")
		s.Clock.Advance(step)
		want(t, "the next code", check(t, s, me.ID, factor.TOTP, a.at(s.Clock.Now())), "taken")
		l := list(me.Browser)
		if len(l.Items) != 1 || !l.Items[0].Confirmed || l.Items[0].LastUsedAt == nil || l.Codes.Remaining != 10 {
			t.Errorf("after: %+v", l)
		}
		confirm(me.Browser, a.at(s.Clock.Now())).Refused(409, "factor_setup_expired")
		want(t, "mail", s.Letter(ada).Kind, "factor.added")
	})
}

func TestASetUpThatIsLeftForAnHourEnds(t *testing.T) {
	s := apptest.OnSQLite(t)
	me := s.Member(ada, "", "")
	a := begin(t, me.Browser)
	s.Clock.Advance(time.Hour)
	fresh := s.Enter(me.ID, session.Full)
	confirm(fresh, a.at(s.Clock.Now())).Refused(409, "factor_setup_expired")
	if l := list(fresh); len(l.Items) != 0 {
		t.Errorf("%+v", l)
	}
}

func TestACodeIsTakenOneStepEarlyOrLateAndNotTwo(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Member(ada, "", "")
		a, _ := enrol(t, s, me.Browser)
		for _, c := range []struct {
			off  time.Duration
			want string
		}{{-2 * step, "wrong_second_factor"}, {2 * step, "wrong_second_factor"}, {-step, "taken"}, {step, "taken"}, {0, "wrong_second_factor"}} {
			want(t, c.off.String(), check(t, s, me.ID, factor.TOTP, a.at(s.Clock.Now().Add(c.off))), c.want)
		}
	})
}

var left = regexp.MustCompile(`(\d+) backup codes? (?:are|is) left`)

func TestCodesThatAreUsedAtOnceAreCountedOneByOne(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Member(ada, "", "")
		_, codes := enrol(t, s, me.Browser)
		var all sync.WaitGroup
		start := make(chan struct{})
		for _, code := range codes[:8] {
			all.Go(func() {
				<-start
				want(t, "a code", check(t, s, me.ID, factor.BackupCode, code), "taken")
			})
		}
		close(start)
		all.Wait()
		var told []string
		for _, m := range s.Letters(ada) {
			if m.Kind == "backup_code.used" {
				told = append(told, left.FindStringSubmatch(m.Text)[1])
			}
		}
		slices.Sort(told)
		if got := strings.Join(told, " "); got != "2 3 4 5 6 7 8 9" {
			t.Errorf("the mails tell that %s are left", got)
		}
	})
}

func TestOfManyWhoBringTheSameCodeAtOnceOneGetsIn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Member(ada, "", "")
		a, codes := enrol(t, s, me.Browser)
		other := s.Member("bob@example.com", "", "")
		enrol(t, s, other.Browser)
		for what, do := range map[string]func() string{
			factor.TOTP:       func() string { return check(t, s, me.ID, factor.TOTP, a.at(s.Clock.Now())) },
			factor.BackupCode: func() string { return check(t, s, me.ID, factor.BackupCode, codes[0]) },
		} {
			s.Clock.Advance(30 * time.Minute) // for a whole budget
			if n := together(do); n != 1 {
				t.Errorf("%s was taken %d times", what, n)
			}
		}
		s.Clock.Advance(30 * time.Minute)
		want(t, "somebody else's code", check(t, s, other.ID, factor.BackupCode, codes[1]), "wrong_second_factor")
		want(t, "another", check(t, s, me.ID, factor.BackupCode, strings.ToUpper(codes[1][:4]+"-"+codes[1][4:8]+" "+codes[1][8:])), "taken")
		if l := list(s.Enter(me.ID, session.Full)); l.Codes.Remaining != 8 {
			t.Errorf("%d are left", l.Codes.Remaining)
		}
	})
}

func TestGuessesByWhicheverMethodDrawOnOneBudget(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Member(ada, "", "")
		a, codes := enrol(t, s, me.Browser)
		for range 5 {
			want(t, "guess", check(t, s, me.ID, factor.TOTP, "000000"), "wrong_second_factor")
			want(t, "guess", check(t, s, me.ID, factor.BackupCode, "000000000000"), "wrong_second_factor")
		}
		want(t, "right app", check(t, s, me.ID, factor.TOTP, a.at(s.Clock.Now())), "too_many_requests")
		want(t, "right backup code", check(t, s, me.ID, factor.BackupCode, codes[0]), "too_many_requests")
		s.Clock.Advance(30 * time.Minute)
		want(t, "later", check(t, s, me.ID, factor.BackupCode, codes[0]), "taken")
	})
}

func TestNewBackupCodesEndTheOldOnes(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Member(ada, "", "")
		me.JSON(http.MethodPost, base+"/backup-codes", fields{}).Refused(409, "no_factor_on")
		_, old := enrol(t, s, me.Browser)
		fresh := codesIn(me.JSON(http.MethodPost, base+"/backup-codes", fields{}))
		if len(fresh) != 10 || slices.Contains(fresh, old[0]) {
			t.Errorf("%v", fresh)
		}
		want(t, "old", check(t, s, me.ID, factor.BackupCode, old[0]), "wrong_second_factor")
		want(t, "mail", s.Letter(ada).Kind, "backup_codes.renewed")
		want(t, "new", check(t, s, me.ID, factor.BackupCode, fresh[9]), "taken")
	})
}

func TestTheSecondAppLeavesTheFirstAndItsBackupCodes(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Member(ada, "", "")
		first, codes := enrol(t, s, me.Browser)
		second := begin(t, me.Browser)
		replaced := second
		second = begin(t, me.Browser)
		want(t, "first, while the second waits", check(t, s, me.ID, factor.TOTP, first.at(s.Clock.Now())), "taken")
		confirm(me.Browser, replaced.at(s.Clock.Now())).Refused(422, "validation_failed", "code")
		if more := codesIn(confirm(me.Browser, second.at(s.Clock.Now()))); len(more) != 0 {
			t.Errorf("codes again: %v", more)
		}
		s.Clock.Advance(step)
		want(t, "first", check(t, s, me.ID, factor.TOTP, first.at(s.Clock.Now())), "taken")
		want(t, "second", check(t, s, me.ID, factor.TOTP, second.at(s.Clock.Now())), "taken")
		want(t, "backup", check(t, s, me.ID, factor.BackupCode, codes[0]), "taken")
		me.Delete(base + "/" + first.ID).Want(204)
		s.Clock.Advance(step)
		want(t, "removed", check(t, s, me.ID, factor.TOTP, first.at(s.Clock.Now())), "wrong_second_factor")
		want(t, "offered", offered(t, s, me.ID), "totp backup_code")
		me.Delete(base + "/" + second.ID).Want(204)
		want(t, "offered after the last", offered(t, s, me.ID), "")
		want(t, "mail", s.Letter(ada).Kind, "factor.removed")
		if rows := s.Rows(); len(rows["factors"])+len(rows["backup_codes"]) != 0 {
			t.Errorf("left: %v %v", rows["factors"], rows["backup_codes"])
		}
	})
}

func TestChangingFactorsNeedsAFreshProof(t *testing.T) {
	s := apptest.OnSQLite(t)
	me := s.Member(ada, "", "")
	a, _ := enrol(t, s, me.Browser)
	s.Clock.Advance(session.ProofLife)
	for _, c := range []struct {
		method, path string
		body         fields
	}{
		{http.MethodPost, "/totp", fields{}}, {http.MethodPost, "/totp/confirm", fields{"code": "123456"}},
		{http.MethodPost, "/backup-codes", fields{}}, {http.MethodPatch, "/" + a.ID, fields{"name": "Phone"}},
	} {
		me.JSON(c.method, base+c.path, c.body).Refused(403, "reauthentication_required")
	}
	me.Delete(base+"/"+a.ID).Refused(403, "reauthentication_required")
	if l := list(me.Browser); len(l.Items) != 1 || l.Codes.Remaining != 10 {
		t.Errorf("%+v", l)
	}
}

func TestAHalfSignInSeesAndChangesNoFactor(t *testing.T) {
	s := apptest.OnSQLite(t)
	me := s.Member(ada, "", "")
	a, _ := enrol(t, s, me.Browser)
	half := s.Enter(me.ID, session.Half)
	half.Get(base).Refused(401, "unauthenticated")
	half.Delete(base+"/"+a.ID).Refused(401, "unauthenticated")
	for _, path := range []string{"/totp", "/totp/confirm", "/backup-codes"} {
		half.JSON(http.MethodPost, base+path, fields{"code": "123456"}).Refused(401, "unauthenticated")
	}
	half.Get("/settings/security/authenticator").Want(303)
	half.Form("/settings/security/factors/" + a.ID + "/remove").Want(401)
}

func TestNobodyTouchesAnothersFactor(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me, other := s.Member(ada, "", ""), s.Member("bob@example.com", "", "")
		a, _ := enrol(t, s, me.Browser)
		other.JSON(http.MethodPatch, base+"/"+a.ID, fields{"name": "Mine"}).Refused(404, "no_such_factor")
		other.Delete(base+"/"+a.ID).Refused(404, "no_such_factor")
		other.Get("/settings/security/factors/" + a.ID).Want(404)
		me.JSON(http.MethodPatch, base+"/"+a.ID, fields{"name": " Pixel "}).Want(204)
		me.JSON(http.MethodPatch, base+"/"+a.ID, fields{"name": " "}).Refused(422, "validation_failed", "name")
		want(t, "name", list(me.Browser).Items[0].Name, "Pixel")
	})
}

func TestAChangeOfFactorsSignsOutOtherDevices(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Member(ada, "", "")
		other, old := s.Enter(me.ID, session.Full), me.Copy()
		a, _ := enrol(t, s, me.Browser)
		other.Get("/v1/me").Want(401)
		old.Get("/v1/me").Want(401)
		me.Get("/v1/me").Want(200)
		other = s.Enter(me.ID, session.Full)
		codesIn(me.JSON(http.MethodPost, base+"/backup-codes", fields{}))
		other.Get("/v1/me").Want(401)
		other = s.Enter(me.ID, session.Full)
		me.Delete(base + "/" + a.ID).Want(204)
		other.Get("/v1/me").Want(401)
		me.Get("/v1/me").Want(200)
	})
}

func TestTheDatabaseHoldsNoSecretOfAFactor(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Member(ada, "", "")
		a, codes := enrol(t, s, me.Browser)
		raw, err := base32.StdEncoding.DecodeString(a.Secret)
		if err != nil {
			t.Fatal(err)
		}
		secrets := append([]string{a.Secret, hex.EncodeToString(raw), hex.EncodeToString([]byte(a.Secret))}, codes...)
		for table, rows := range s.Rows() {
			for _, secret := range secrets {
				if text := strings.Join(rows, "\n"); strings.Contains(text, secret) || strings.Contains(text, hex.EncodeToString([]byte(secret))) {
					t.Errorf("%s holds %s", table, secret)
				}
			}
		}
		for _, secret := range secrets {
			if strings.Contains(s.Log.String(), secret) {
				t.Errorf("the log holds %s", secret)
			}
		}
	})
}

func TestEachChangeIsInTheJournalAndOnlyThoseThatMatterAreMailed(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Member(ada, "", "")
		a, _ := enrol(t, s, me.Browser)
		me.JSON(http.MethodPatch, base+"/"+a.ID, fields{"name": "Phone"}).Want(204)
		codesIn(me.JSON(http.MethodPost, base+"/backup-codes", fields{}))
		me.Delete(base + "/" + a.ID).Want(204)
		rows := s.Rows()
		written := strings.Join(append(rows["journal"], rows["journal_inbox"]...), "\n")
		for _, action := range []string{"factor.added", "factor.renamed", "backup_codes.renewed", "factor.removed"} {
			if n := strings.Count(written, "action="+action+" "); n < 1 {
				t.Errorf("%s is not in the journal", action)
			}
		}
		var kinds []string
		for _, m := range s.Letters(ada) {
			kinds = append(kinds, m.Kind)
		}
		slices.Sort(kinds)
		want(t, "mails", strings.Join(kinds, " "), "backup_codes.renewed factor.added factor.removed")
	})
}
