package signin_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
)

// owner is somebody with a passkey.
func owner(s *apptest.Server) (apptest.Somebody, *apptest.Key) {
	me := s.Join(ada)
	return me, me.Own()
}

func TestAPasskeySignsInAlone(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me, k := owner(s)
		b := s.Browser()
		before := s.Enter(me.ID, session.Full)
		if got := b.Enter(k.Prove(b.AskPasskey())).Want(200).Map()["status"]; got != "signed_in" {
			t.Errorf("status %v", got)
		}
		if id := b.Get("/v1/me").Want(200).Map()["id"]; id != me.ID {
			t.Errorf("signed in as %v", id)
		}
		b.NewPasskey().Want(200) // it is a fresh proof
		before.Get("/v1/me").Want(200)
		journal := func() string { r := s.Rows(); return strings.Join(append(r["journal"], r["journal_inbox"]...), "\n") }
		if !strings.Contains(journal(), "session.opened") {
			t.Error("the journal does not know")
		}
		if rows := strings.Join(s.Rows()["sessions"], "\n"); !strings.Contains(rows, "proof_method=webauthn") {
			t.Errorf("%s", rows)
		}
	})
}

func TestASignInByPasskeyEndsTheSessionBeforeIt(t *testing.T) {
	s := apptest.OnSQLite(t)
	_, k := owner(s)
	mallory := s.Join("mallory@example.com")
	planted := mallory.Copy()
	mallory.Enter(k.Prove(s.Browser().AskPasskey())).Want(200)
	if planted.Session() == mallory.Session() {
		t.Error("the token stays")
	}
	planted.Get("/v1/me").Want(401)
}

func TestTheOptionsToSignInAreTheSameForEverybody(t *testing.T) {
	s := apptest.OnSQLite(t)
	me, _ := owner(s)
	shape := func(a apptest.Answer) string {
		var o struct{ PublicKey map[string]any }
		a.Want(200).To(&o)
		delete(o.PublicKey, "challenge")
		return fmt.Sprint(o.PublicKey)
	}
	want := "map[allowCredentials:[] rpId:localhost timeout:300000 userVerification:required]"
	if got := shape(s.Browser().AskPasskey()); got != want {
		t.Errorf("a stranger gets %s", got)
	}
	for who, b := range map[string]*apptest.Browser{"half": s.HalfWay(ada), "signed in": me.Browser} {
		if got := shape(b.JSON(http.MethodPost, "/v1/session/passkey/options", `{"for":"sign_in"}`)); got != want {
			t.Errorf("%s, to sign in: %s", who, got)
		}
		if got := shape(b.AskPasskey()); !strings.Contains(got, "type:public-key") || !strings.Contains(got, "userVerification:preferred") {
			t.Errorf("%s, to prove: %s", who, got)
		}
	}
	s.Browser().Do(http.MethodPost, "/v1/session/passkey/options", "", nil).Want(200)
	s.Enter(s.Member("bob@example.com", "", "").ID, session.Full).AskPasskey().Refused(409, "no_passkey")
}

func TestWhatDoesNotSignInByPasskeyIsRefusedAlike(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me, k := owner(s)
		bob := s.Join("bob@example.com")
		other := bob.Own()
		refused := func(what string, answer json.RawMessage) {
			t.Helper()
			b := s.Browser()
			if a := b.Enter(answer); a.Status != 401 || a.Problem().Code != "invalid_credentials" || b.Session() != "" {
				t.Errorf("%s: %d %s", what, a.Status, a.Body)
			}
		}
		fresh := func() apptest.Answer { return s.Browser().AskPasskey() }
		answer := k.Prove(fresh())
		s.Browser().Enter(answer).Want(200)
		refused("again", answer)
		options := fresh()
		s.Clock.Advance(5 * time.Minute)
		refused("too late", k.Prove(options))
		refused("a challenge for a proof", k.Prove(me.AskPasskey()))
		refused("a challenge for a new passkey", k.Prove(s.Enter(bob.ID, session.Full).NewPasskey()))
		refused("not known", s.Key().Prove(fresh()))
		refused("nothing", json.RawMessage("{}"))
		k.Device.Options.UserHandle = []byte(bob.ID)
		refused("another's handle", k.Prove(fresh()))
		k.Device.Options.UserHandle = nil
		refused("no handle", k.Prove(fresh()))
		k.Device.Options.UserHandle = []byte(me.ID)
		mixed := *k
		mixed.Secret.Key = other.Secret.Key
		refused("another's signature", mixed.Prove(fresh()))
		k.At.Origin = "https://evil.example"
		refused("another site", k.Prove(fresh()))
		k.At.Origin, k.At.ID = s.Config.Base.String(), "evil.example"
		refused("another party", k.Prove(fresh()))
		k.At.ID = "localhost"
		k.Device.Options.UserNotVerified = true
		refused("not verified", k.Prove(fresh()))
		k.Device.Options.UserNotVerified = false
		k.Secret.Counter = 0
		refused("a counter that went backwards", k.Prove(fresh()))
		k.Secret.Counter = 1000
		s.Browser().Enter(k.Prove(fresh())).Want(200)
		err := s.DB.Tx(t.Context(), func(tx *db.Tx) error {
			_, err := deactivate.Run(t.Context(), tx, me.ID, identity.Deactivated)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		refused("deactivated", k.Prove(fresh()))
	})
}

var deactivate = db.Exec(`UPDATE users SET state = $2 WHERE id = $1`)

func TestACounterThatGoesBackwardsIsTold(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		_, k := owner(s)
		k.Secret.Counter = 40
		s.Browser().Enter(k.Prove(s.Browser().AskPasskey())).Want(200)
		k.Secret.Counter = 7
		s.Browser().Enter(k.Prove(s.Browser().AskPasskey())).Want(401)
		if m := s.Letter(ada); m.Kind != "factor.suspected" || !strings.Contains(m.Text, "counted backwards") {
			t.Errorf("%+v", m)
		}
		rows := s.Rows()
		if !strings.Contains(strings.Join(append(rows["journal"], rows["journal_inbox"]...), "\n"), "factor.suspected") {
			t.Error("the journal does not know")
		}
		half := s.HalfWay(ada)
		half.SecondPasskey(k.Prove(half.AskPasskey())).Refused(422, "validation_failed", "credential")
	})
}

func TestAKeyThatBecomesOneThatIsBackedUpIsTakenAndRemembered(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		_, k := owner(s)
		k.Device.Options.BackupEligible, k.Device.Options.BackupState = true, true
		s.Browser().Enter(k.Prove(s.Browser().AskPasskey())).Want(200)
		k.Device.Options.BackupEligible, k.Device.Options.BackupState = false, false
		s.Browser().Enter(k.Prove(s.Browser().AskPasskey())).Want(401)
	})
}

func TestAKeyThatDidNotVerifyIsASecondFactorUntilItDidBesideThePassword(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		k := s.Key()
		k.Device.Options.UserNotVerified = true
		me.AddPasskey("", k.Make(me.NewPasskey())).Want(201)
		second := func() {
			t.Helper()
			b := s.HalfWay(ada)
			b.SecondPasskey(k.Prove(b.AskPasskey())).Want(200)
			b.Get("/v1/me").Want(200)
		}
		second()
		k.Device.Options.UserNotVerified = false // whoever found it has set a PIN
		s.Browser().Enter(k.Prove(s.Browser().AskPasskey())).Want(401)
		me.ProveByPasskey(k.Prove(me.AskPasskey())).Want(204)
		s.Browser().Enter(k.Prove(s.Browser().AskPasskey())).Want(401)
		second()
		s.Browser().Enter(k.Prove(s.Browser().AskPasskey())).Want(200)
	})
}

func TestAPasskeyIsASecondFactor(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me, k := owner(s)
		bob := s.Join("bob@example.com")
		other := bob.Own()
		b := s.HalfWay(ada)
		waiting := s.HalfWay(ada)
		refused := func(what string, a apptest.Answer) {
			t.Helper()
			if p := a.Problem(); a.Status != 422 || len(p.Errors) != 1 || p.Errors[0].Code != "wrong_passkey" {
				t.Errorf("%s: %d %s", what, a.Status, a.Body)
			}
		}
		refused("nothing", b.JSON(http.MethodPost, second, fields{"method": "webauthn"}))
		refused("a code", b.JSON(http.MethodPost, second, fields{"method": "webauthn", "code": "123456"}))
		refused("another session's challenge", b.SecondPasskey(k.Prove(waiting.AskPasskey())))
		refused("a stranger's challenge", b.SecondPasskey(k.Prove(s.Browser().AskPasskey())))
		refused("another's passkey", b.SecondPasskey(other.Prove(b.AskPasskey())))
		k.Device.Options.UserHandle = []byte(bob.ID)
		refused("another's handle", b.SecondPasskey(k.Prove(b.AskPasskey())))
		k.Device.Options.UserHandle = nil // a key that keeps none
		answer := k.Prove(b.AskPasskey())
		before := b.Copy()
		b.SecondPasskey(answer).Want(200)
		b.Get("/v1/me").Want(200)
		before.SecondPasskey(answer).Refused(401, "unauthenticated")
		refused("again", waiting.SecondPasskey(answer))
		me.Get("/v1/me").Want(200)
	})
}

func TestOfManyWhoSendTheSameAnswerOfAPasskeyOneGetsIn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		_, k := owner(s)
		answer := k.Prove(s.Browser().AskPasskey())
		if got := s.Browser().AtOnce(64, "/v1/session/passkey", map[string]any{"credential": answer}); got[200] != 1 || got[401] != 63 {
			t.Errorf("alone: %v", got)
		}
		half := s.HalfWay(ada)
		answer = k.Prove(half.AskPasskey())
		if got := half.AtOnce(8, second, map[string]any{"method": "webauthn", "credential": answer}); got[200] != 1 {
			t.Errorf("second factor: %v", got)
		}
	})
}

func TestGuessesDontKeepAPasskeyOut(t *testing.T) {
	s := apptest.OnSQLite(t)
	_, k := owner(s)
	waiting := s.HalfWay(ada)
	for range 10 {
		wrong(give(s.HalfWay(ada), "backup_code", "0123456789ab"))
	}
	for range 11 {
		signIn(s.Browser(), ada, "wrong")
	}
	signIn(s.Browser(), ada, apptest.Password).Want(429)
	waiting.SecondPasskey(k.Prove(waiting.AskPasskey())).Refused(429, "too_many_requests")
	s.Browser().Enter(k.Prove(s.Browser().AskPasskey())).Want(200)
}

func TestOrganizationsDecideWhetherAPasskeySignsInAlone(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me, k := owner(s)
		mild, strict := s.Organization("Mild"), s.Organization("Strict")
		set := func(organization, value string) {
			t.Helper()
			err := s.DB.Tx(t.Context(), func(tx *db.Tx) error {
				p := policy.Policies{Clock: s.Clock, Journal: s.Journal}
				return p.Set(t.Context(), tx, identity.Actor{Operator: true, Origin: identity.Command}, policy.Scope{OrganizationID: organization}, "passkey.as", []byte(value))
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		join := func(organization string) {
			t.Helper()
			err := s.DB.Tx(t.Context(), func(tx *db.Tx) error {
				return identity.AddMember(t.Context(), tx, identity.Membership{OrganizationID: organization, UserID: me.ID, Role: identity.Agent}, s.Clock.Now())
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		set(mild, `"full_sign_in"`)
		set(strict, `"second_factor"`)
		join(mild)
		s.Browser().Enter(k.Prove(s.Browser().AskPasskey())).Want(200)
		join(strict)
		b := s.Browser()
		b.Enter(k.Prove(s.Browser().AskPasskey())).Refused(401, "passkey_not_alone")
		page := b.Form("/sign-in/passkey", "credential", string(k.Prove(s.Browser().AskPasskey()))).Want(422).Page()
		if !strings.Contains(page, "Your organization wants your password first.") || b.Session() != "" {
			t.Error("the page does not say so")
		}
		half := s.HalfWay(ada)
		half.SecondPasskey(k.Prove(half.AskPasskey())).Want(200)
	})
}

func TestThePagesSignInByPasskey(t *testing.T) {
	s := apptest.OnSQLite(t)
	_, k := owner(s)
	b := s.Browser()
	page := b.Get("/sign-in?return_to=/settings/sessions").Want(200).Page()
	for _, want := range []string{`autocomplete="username webauthn"`, "data-conditional", `data-for="sign_in"`, "Sign in with a passkey", "<noscript>"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %s", want)
		}
	}
	if page := b.Form("/sign-in/passkey", "credential", "x").Want(422).Page(); !strings.Contains(page, "This passkey doesn’t sign you in here") && !strings.Contains(page, "This passkey doesn&#39;t sign you in here") {
		t.Error("the page does not say what is wrong")
	}
	for asked, want := range map[string]string{"/settings/sessions": "/settings/sessions", "//evil.example": "/settings/profile"} {
		b := s.Browser()
		if to := b.Form("/sign-in/passkey", "credential", string(k.Prove(b.AskPasskey())), "return_to", asked).Want(303).Header.Get("Location"); to != want {
			t.Errorf("%s led to %s", asked, to)
		}
		b.Get("/v1/me").Want(200)
	}
	half := s.HalfWay(ada)
	page = half.Get("/sign-in/second-factor").Want(200).Page()
	if !strings.Contains(page, "Use your passkey or security key") || !strings.Contains(page, "method=backup_code") || strings.Contains(page, "data-conditional") {
		t.Error("the page does not ask for the passkey first")
	}
	half.Form("/sign-in/second-factor", "method", "webauthn", "credential", "{}").Want(422)
	half.Form("/sign-in/second-factor", "method", "webauthn", "credential", string(k.Prove(half.AskPasskey()))).Want(303)
	half.Get("/v1/me").Want(200)
}
