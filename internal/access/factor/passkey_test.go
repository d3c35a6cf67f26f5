package factor_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
)

const late = 5 * time.Minute // a challenge is

type made struct {
	ID, Kind, Name string
	Confirmed      bool
	Codes          []string `json:"backup_codes"`
}

func add(t *testing.T, b *apptest.Browser, name string, k *apptest.Key) (m made) {
	t.Helper()
	b.AddPasskey(name, k.Make(b.NewPasskey())).Want(201).To(&m)
	return m
}

func TestAPasskeyIsAddedWithBackupCodesAndListedFirst(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		other := s.Enter(me.ID, session.Full)
		phone := s.Protect(me)
		m := add(t, me.Browser, " Desk key ", s.Key())
		if m.Kind != "webauthn" || m.Name != "Desk key" || !m.Confirmed || len(m.Codes) != 0 {
			t.Errorf("%+v", m)
		}
		l := list(me.Browser)
		if len(l.Items) != 2 || l.Items[0].ID != m.ID || l.Items[1].Kind != "totp" || l.Items[0].LastUsedAt != nil {
			t.Errorf("%+v", l)
		}
		want(t, "offered", offered(t, s, me.ID), "webauthn totp backup_code")
		other.Get("/v1/me").Want(401)
		want(t, "mail", s.Letter(ada).Subject, "A passkey was added")
		me.Delete(base + "/" + m.ID).Want(204)
		want(t, "mail", s.Letter(ada).Subject, "A passkey was removed")
		want(t, "offered after", offered(t, s, me.ID), "totp backup_code")
		if rows := s.Rows()["passkeys"]; len(rows) != 0 {
			t.Errorf("left: %v", rows)
		}
		_ = phone
	})
}

func TestThePasskeyThatIsTheFirstFactorBringsBackupCodes(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		k := s.Key()
		m := add(t, me.Browser, "", k)
		if len(m.Codes) != 10 || m.Name != "Security key" {
			t.Errorf("%+v", m)
		}
		want(t, "offered", offered(t, s, me.ID), "webauthn backup_code")
		synced := s.Key()
		synced.Device.Options.BackupEligible = true
		if m := add(t, me.Browser, "", synced); len(m.Codes) != 0 || m.Name != "Passkey" {
			t.Errorf("%+v", m)
		}
		me.JSON(http.MethodPatch, base+"/"+m.ID, fields{"name": "Blue key"}).Want(204)
		want(t, "renamed", list(me.Browser).Items[0].Name, "Blue key")
		for _, item := range list(me.Browser).Items {
			me.Delete(base + "/" + item.ID).Want(204)
		}
		want(t, "offered after", offered(t, s, me.ID), "")
		if rows := s.Rows(); len(rows["passkeys"])+len(rows["factors"])+len(rows["backup_codes"]) != 0 {
			t.Errorf("left: %v", rows)
		}
	})
}

func TestTheOptionsOfANewPasskeySayWhoAndWhatIsThere(t *testing.T) {
	s := apptest.OnSQLite(t)
	me := s.Join(ada)
	k := me.Own()
	var o struct {
		PublicKey struct {
			RP                     struct{ ID, Name string }
			User                   struct{ ID, Name, DisplayName string }
			Challenge              string
			ExcludeCredentials     []struct{ ID string }
			AuthenticatorSelection struct{ ResidentKey, UserVerification string }
			Attestation            string
		}
	}
	me.NewPasskey().Want(200).To(&o)
	p := o.PublicKey
	challenge, err := base64.RawURLEncoding.DecodeString(p.Challenge)
	if err != nil || len(challenge) < 32 {
		t.Errorf("challenge of %d bytes, %v", len(challenge), err)
	}
	want(t, "party", p.RP.ID+" "+p.RP.Name, "localhost Nameplate")
	want(t, "user", p.User.ID+" "+p.User.Name+" "+p.User.DisplayName, base64.RawURLEncoding.EncodeToString([]byte(me.ID))+" "+ada+" Somebody")
	want(t, "selection", p.AuthenticatorSelection.ResidentKey+" "+p.AuthenticatorSelection.UserVerification+" "+p.Attestation, "preferred preferred none")
	if len(p.ExcludeCredentials) != 1 || p.ExcludeCredentials[0].ID != base64.RawURLEncoding.EncodeToString(k.Secret.ID) {
		t.Errorf("%+v", p.ExcludeCredentials)
	}
}

func TestWhatAPasskeyMakesCountsOnceInItsSessionAndForFiveMinutes(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me, bob := s.Join(ada), s.Join("bob@example.com")
		refused := func(what string, a apptest.Answer) {
			t.Helper()
			if p := a.Problem(); a.Status != 422 || len(p.Errors) != 1 || p.Errors[0].Code != "passkey_not_added" || p.Errors[0].Field != "credential" {
				t.Errorf("%s: %d %s", what, a.Status, a.Body)
			}
		}
		k := s.Key()
		answer := k.Make(me.NewPasskey())
		refused("somebody else", bob.AddPasskey("", answer))
		refused("after somebody else", me.AddPasskey("", answer))
		second := s.Enter(me.ID, session.Full)
		refused("another session", second.AddPasskey("", k.Make(me.NewPasskey())))
		older := k.Make(me.NewPasskey())
		me.NewPasskey().Want(200)
		refused("options that were replaced", me.AddPasskey("", older))
		answer = k.Make(me.NewPasskey())
		s.Clock.Advance(late)
		refused("too late", me.AddPasskey("", answer))
		refused("of a proof", me.AddPasskey("", k.Make(s.Browser().AskPasskey())))
		refused("nothing", me.AddPasskey("", json.RawMessage("{}")))
		k.At.Origin = "https://evil.example"
		refused("another site", me.AddPasskey("", k.Make(me.NewPasskey())))
		k.At.Origin, k.At.ID = s.Config.Base.String(), "evil.example"
		refused("another party", me.AddPasskey("", k.Make(me.NewPasskey())))
		k = s.Key()
		answer = k.Make(me.NewPasskey())
		me.AddPasskey("", answer).Want(201)
		refused("again", me.AddPasskey("", answer))
		me.AddPasskey("", k.Make(me.NewPasskey())).Refused(409, "passkey_taken")
		bob.AddPasskey("", k.Make(bob.NewPasskey())).Refused(409, "passkey_taken")
		me.AddPasskey(strings.Repeat("x", 61), s.Key().Make(me.NewPasskey())).Refused(422, "validation_failed", "name")
		if n := len(list(me.Browser).Items); n != 1 {
			t.Errorf("%d factors", n)
		}
	})
}

func TestOfManyWhoSendTheSameNewPasskeyAtOnceOneAddsIt(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		answer := s.Key().Make(me.NewPasskey())
		if got := me.AtOnce(64, base+"/passkeys", map[string]any{"credential": answer}); got[201] != 1 {
			t.Errorf("%v", got)
		}
	})
}

func TestTwentyPasskeysAreEnough(t *testing.T) {
	s := apptest.OnSQLite(t)
	me := s.Join(ada)
	for range 20 {
		me.Own()
	}
	me.NewPasskey().Refused(409, "too_many_factors")
	s.Protect(me) // apps have a budget of their own
}

func TestPasskeysNeedAFreshProofAndAWholeSignIn(t *testing.T) {
	s := apptest.OnSQLite(t)
	me := s.Join(ada)
	half := s.Enter(me.ID, session.Half)
	half.NewPasskey().Refused(401, "unauthenticated")
	half.AddPasskey("", json.RawMessage("{}")).Refused(401, "unauthenticated")
	answer := s.Key().Make(me.NewPasskey())
	s.Clock.Advance(session.ProofLife)
	me.NewPasskey().Refused(403, "reauthentication_required")
	me.AddPasskey("", answer).Refused(403, "reauthentication_required")
}

func TestPasskeysAreOffWhereBrowsersDontAllowThem(t *testing.T) {
	for at, want := range map[string][2]string{
		"http://127.0.0.1:8080": {"ip_address", "passkeys_off_ip"}, "https://192.0.2.7": {"ip_address", "passkeys_off_ip"}, "http://np.example": {"plain_http", "passkeys_off"},
	} {
		s := apptest.OnSQLite(t, apptest.At(at))
		me := s.Member(ada, "", "")
		var l struct {
			Passkeys struct {
				Available bool
				Reason    string
			}
		}
		if me.Get(base).Want(200).To(&l); l.Passkeys.Available || l.Passkeys.Reason != want[0] {
			t.Errorf("%s: %+v", at, l)
		}
		me.NewPasskey().Refused(409, want[1])
		s.Browser().AskPasskey().Refused(409, want[1])
		page := me.Get(security + "/passkey").Want(200).Page()
		has(t, page, "Passkeys are off here")
		has(t, me.Get(security).Want(200).Page(), "Passkeys are off here")
		if strings.Contains(page, "np-passkey") || strings.Contains(s.Browser().Get("/sign-in").Want(200).Page(), "np-passkey") {
			t.Errorf("%s: they are offered", at)
		}
	}
	s := apptest.OnSQLite(t, apptest.At("https://np.example"))
	me := s.Member(ada, "", "")
	k := me.Own()
	if !strings.Contains(string(me.Get(base).Want(200).Body), `"passkeys":{"available":true}`) {
		t.Error("they are not told to be available")
	}
	s.Browser().Enter(k.Prove(s.Browser().AskPasskey())).Want(200)
}

func TestThePagesAddAPasskeyAndShowTheCodesOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		has(t, me.Get(security).Want(200).Page(), "Add passkey")
		has(t, me.Get(security+"/passkey").Want(200).Page(), `data-options="/v1/me/factors/passkeys/options"`, "1. Choose what to use", "2. Give it a name", "Continue in the browser", "<noscript>")
		refused := me.Form(security+"/passkey", "name", "Mine & co", "credential", "{}").Want(422).Page()
		has(t, refused, "Nothing was added", "Mine & co")
		k := s.Key()
		page := me.Form(security+"/passkey", "name", "Desk", "credential", string(k.Make(me.NewPasskey()))).Want(200).Page()
		if len(line.FindAllString(page, -1)) != 10 {
			t.Error("no codes are shown")
		}
		if to := me.Form(security+"/passkey", "credential", string(s.Key().Make(me.NewPasskey()))).Want(303).Header.Get("Location"); to != security+"#factors" {
			t.Errorf("led to %s", to)
		}
		page = me.Get(security).Want(200).Page()
		has(t, page, "Passkey added. Other devices are signed out.", "Desk", "Security key", "Not used yet")
		path := security + "/factors/" + list(me.Browser).Items[0].ID
		has(t, me.Get(path).Want(200).Page(), "Remove this passkey", "For signing in, after your password or in its place.")
		me.Form(path + "/remove").Want(303)
		if n := len(list(me.Browser).Items); n != 1 {
			t.Errorf("%d are left", n)
		}
	})
}

func TestWhatSomebodyAddedIsDroppedByItsDay(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		drop := func(me apptest.Somebody, since time.Time) {
			t.Helper()
			if err := s.DB.Tx(t.Context(), func(tx *db.Tx) error { return s.Factors.DropSince(t.Context(), tx, me.ID, since) }); err != nil {
				t.Fatal(err)
			}
		}
		me, bob := s.Join(ada), s.Join("bob@example.com")
		kept := me.Own()
		bob.Own()
		s.Clock.Advance(time.Minute)
		taken := s.Clock.Now()
		me.Own()
		s.Protect(me)
		begin(t, me.Browser)
		drop(me, taken)
		l := list(me.Browser)
		if len(l.Items) != 1 || l.Items[0].Kind != "webauthn" || l.Codes.Remaining != 10 {
			t.Errorf("after others were added: %+v", l)
		}
		s.Browser().Enter(kept.Prove(s.Browser().AskPasskey())).Want(200)
		codesIn(me.JSON(http.MethodPost, base+"/backup-codes", fields{}))
		drop(me, taken)
		if l := list(me.Browser); len(l.Items) != 1 || l.Codes.Remaining != 0 {
			t.Errorf("after codes were renewed: %+v", l)
		}
		codesIn(me.JSON(http.MethodPost, base+"/backup-codes", fields{}))
		s.Clock.Advance(time.Minute)
		late := s.Clock.Now()
		me.Own()
		me.Delete(base + "/" + l.Items[0].ID).Want(204)
		if l := list(me.Browser); len(l.Items) != 1 || l.Codes.Remaining != 10 {
			t.Fatalf("before the last one goes: %+v", l)
		}
		drop(me, late)
		want(t, "offered after all went", offered(t, s, me.ID), "")
		want(t, "offered to another", offered(t, s, bob.ID), "webauthn backup_code")
		if l := list(me.Browser); l.Codes.Remaining != 0 {
			t.Errorf("codes without a factor: %+v", l)
		}
	})
}

func TestNoChallengeIsKeptReadable(t *testing.T) {
	s := apptest.OnSQLite(t)
	me := s.Join(ada)
	var o struct{ PublicKey struct{ Challenge string } }
	me.NewPasskey().Want(200).To(&o)
	raw, err := base64.RawURLEncoding.DecodeString(o.PublicKey.Challenge)
	if err != nil {
		t.Fatal(err)
	}
	for table, rows := range s.Rows() {
		for _, form := range []string{string(raw), hex.EncodeToString(raw), o.PublicKey.Challenge} {
			if strings.Contains(strings.Join(rows, "\n"), form) {
				t.Errorf("%s holds the challenge", table)
			}
		}
	}
	if strings.Contains(s.Log.String(), string(raw)) {
		t.Error("the log holds the challenge")
	}
}
