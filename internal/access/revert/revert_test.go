package revert_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/notice"
	"nameplate/internal/platform/mail"
)

const (
	ada   = "ada@example.com"
	thief = "thief@example.net"
	fresh = "Violet-Kettle-Storm-41"
)

type fields = map[string]string

// keyTo returns the token of the newest mail of a kind to an address.
func keyTo(t *testing.T, s *apptest.Server, address, kind string) string {
	t.Helper()
	for _, m := range s.Letters(address) {
		if m.Kind == kind {
			return apptest.TokenIn(m)
		}
	}
	t.Fatalf("no mail %s to %s", kind, address)
	return ""
}

// moves changes the primary address of somebody.
func moves(s *apptest.Server, who *apptest.Browser, from, to string) {
	who.JSON(http.MethodPost, "/v1/me/email-change", fields{"new_email": to}).Want(202)
	who.JSON(http.MethodPost, "/v1/me/email-change/confirm", fields{
		"new_code": apptest.CodeIn(s.Letter(to)), "current_code": apptest.CodeIn(s.Letter(from)),
	}).Want(200)
}

// adds gives somebody a further address.
func adds(t *testing.T, s *apptest.Server, who apptest.Somebody, address string) {
	t.Helper()
	id := who.JSON(http.MethodPost, "/v1/me/emails", fields{"email": address}).Want(201).Map()["id"].(string)
	who.JSON(http.MethodPost, "/v1/me/emails/"+id+"/verify", fields{"code": apptest.CodeIn(s.Letter(address))}).Want(200)
}

func changes(who *apptest.Browser, password, next string) {
	who.JSON(http.MethodPut, "/v1/me/password", fields{"current_password": password, "new_password": next}).Want(204)
}

func uses(s *apptest.Server, token string) apptest.Answer {
	return s.Browser().Form(notice.Path, "token", token)
}

func signIn(s *apptest.Server, address, password string) apptest.Answer {
	return s.Browser().JSON(http.MethodPost, "/v1/session", fields{"email": address, "password": password})
}

// resets asks for a link and sets a password by it.
func resets(s *apptest.Server, address, previous string) apptest.Answer {
	s.Browser().JSON(http.MethodPost, "/v1/password-reset", fields{"email": address}).Want(202)
	in := fields{"token": apptest.TokenIn(s.Letter(address)), "new_password": fresh}
	if previous != "" {
		in["previous_password"] = previous
	}
	return s.Browser().JSON(http.MethodPost, "/v1/password-reset/confirm", in)
}

func TestAMovedAddressIsPutBackAndTheAccountLocked(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		moves(s, me.Browser, ada, thief)
		key := keyTo(t, s, ada, "email.changed")
		uses(s, key).Want(200).Contains("put back")
		me.Get("/v1/me").Refused(401, "unauthenticated")
		for _, address := range []string{ada, thief} {
			signIn(s, address, apptest.Password).Refused(401, "invalid_credentials")
		}
		for _, address := range []string{ada, thief} {
			if last := s.Letter(address); last.Kind != "account.reverted" || strings.Contains(last.Text, "token=") {
				t.Errorf("the last mail to %s is %s:\n%s", address, last.Kind, last.Text)
			}
		}
		s.Browser().JSON(http.MethodPost, "/v1/password-reset", fields{"email": thief}).Want(202)
		if last := s.Letter(thief); last.Kind != "account.reverted" {
			t.Errorf("the address that went got %s", last.Kind)
		}
	})
}

func TestTheMailboxAloneDoesNotOpenAnAccountThatWasPutBack(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		moves(s, me.Browser, ada, thief)
		changes(me.Browser, apptest.Password, fresh)
		uses(s, keyTo(t, s, ada, "email.changed")).Want(200)
		resets(s, ada, "").Refused(422, "validation_failed", "previous_password")
		resets(s, ada, fresh).Refused(422, "validation_failed", "previous_password")
		resets(s, ada, apptest.Password).Want(204)
		signIn(s, ada, fresh).Want(200)
		resets(s, ada, "").Want(204)
	})
}

func TestASecondFactorStandsInForThePasswordOfThen(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		phone := s.Protect(me)
		s.Clock.Advance(time.Minute)
		moves(s, me.Browser, ada, thief)
		uses(s, keyTo(t, s, ada, "email.changed")).Want(200)
		resets(s, ada, "").Want(204)
		b := s.Browser()
		if got := b.JSON(http.MethodPost, "/v1/session", fields{"email": ada, "password": fresh}).Want(200).Map()["status"]; got != "second_factor_required" {
			t.Fatalf("the factor of before is gone: %v", got)
		}
		b.JSON(http.MethodPost, "/v1/session/second-factor", fields{"method": "totp", "code": phone.Code()}).Want(200)
	})
}

func TestAPasswordThatAThiefHasSetIsWorthNothing(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		changes(me.Browser, apptest.Password, "Thief-Kettle-Storm-41")
		uses(s, keyTo(t, s, ada, "password.changed")).Want(200)
		signIn(s, ada, apptest.Password).Refused(401, "invalid_credentials")
		signIn(s, ada, "Thief-Kettle-Storm-41").Refused(401, "invalid_credentials")
		resets(s, ada, "").Want(204)
		signIn(s, ada, fresh).Want(200)
	})
}

func TestWhatWasAddedSinceGoes(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		changes(me.Browser, apptest.Password, fresh)
		key := keyTo(t, s, ada, "password.changed")
		s.Clock.Advance(time.Minute)
		s.Protect(me)
		uses(s, key).Want(200)
		resets(s, ada, "").Want(204)
		if got := signIn(s, ada, fresh).Want(200).Map()["status"]; got != "signed_in" {
			t.Errorf("a factor that was added since is still there: %v", got)
		}
	})
}

func TestALinkTakesBackWhatItsOwnMailTellsOf(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		s.Clock.Tick(time.Microsecond)
		for _, c := range []struct {
			kind, table string
			do          func(me apptest.Somebody)
		}{
			{"email.added", "emails", func(me apptest.Somebody) { adds(t, s, me, "thief+"+me.Address) }},
			{"factor.added", "factors", func(me apptest.Somebody) { s.Protect(me) }},
			{"factor.added", "passkeys", func(me apptest.Somebody) { me.Own() }},
			{"factor.added", "backup_codes", func(me apptest.Somebody) { me.Own() }},
			{"email.changed", "emails", func(me apptest.Somebody) { moves(s, me.Browser, me.Address, "thief."+me.Address) }},
		} {
			me := s.Join(c.kind + c.table + "@example.com")
			before := len(s.Rows()[c.table])
			c.do(me)
			uses(s, keyTo(t, s, me.Address, c.kind)).Want(200)
			if rows := s.Rows()[c.table]; len(rows) != before || strings.Contains(strings.Join(rows, "\n"), "thief") {
				t.Errorf("the link of %s leaves of %s\n%s", c.kind, c.table, strings.Join(rows, "\n"))
			}
		}
	})
}

func TestAKeyWorksOnceForSevenDays(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		changes(me.Browser, apptest.Password, fresh)
		key := keyTo(t, s, ada, "password.changed")
		uses(s, key).Want(200)
		uses(s, key).Want(422)
		resets(s, ada, "").Want(204)
		late := keyTo(t, s, ada, "password.changed")
		s.Clock.Advance(notice.Life)
		uses(s, late).Want(422)
		signIn(s, ada, fresh).Want(200)
	})
}

func TestLookingAtTheLinkChangesNothing(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		changes(me.Browser, apptest.Password, fresh)
		path := notice.Path + "?token=" + keyTo(t, s, ada, "password.changed")
		before := s.Rows()
		s.Browser().Get(path).Want(200).Contains("Put my account back").Contains(ada)
		if rows := apptest.Changed(before, s.Rows(), apptest.BySealer...); len(rows) > 0 {
			t.Errorf("a look has changed %v", rows)
		}
		s.Browser().Get(notice.Path + "?token=none").Want(422)
	})
}

func TestOfManyOneUsesAKey(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		changes(me.Browser, apptest.Password, fresh)
		key := keyTo(t, s, ada, "password.changed")
		answers := make(chan int, 64)
		for range cap(answers) {
			go func() { answers <- s.Browser().Form(notice.Path, "token", key).Status }()
		}
		good := 0
		for range cap(answers) {
			if <-answers == 200 {
				good++
			}
		}
		if good != 1 {
			t.Errorf("%d of 64 have used it", good)
		}
	})
}

// A thief who has added an address gets keys too, but the owner's is older.
func TestTheOlderKeyWins(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		moves(s, me.Browser, ada, thief)
		owners := keyTo(t, s, ada, "email.changed")
		s.Clock.Advance(time.Minute)
		changes(me.Browser, apptest.Password, fresh)
		thiefs := keyTo(t, s, thief, "password.changed")
		uses(s, owners).Want(200)
		uses(s, thiefs).Want(422)
	})
}

func TestAYoungerKeyLeavesTheOlderOne(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		moves(s, me.Browser, ada, thief)
		owners := keyTo(t, s, ada, "email.changed")
		s.Clock.Advance(time.Minute)
		changes(me.Browser, apptest.Password, fresh)
		uses(s, keyTo(t, s, thief, "password.changed")).Want(200)
		resets(s, thief, "").Want(204)
		uses(s, owners).Want(200)
		resets(s, ada, apptest.Password).Want(204)
		signIn(s, ada, fresh).Want(200)
	})
}

func TestAnAddressThatIsSomebodyElsesStaysTheirsAndTheAccountIsHeld(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		moves(s, me.Browser, ada, thief)
		key := keyTo(t, s, ada, "email.changed")
		other := s.Join(ada)
		uses(s, key).Want(200)
		other.Get("/v1/me").Want(200)
		resets(s, thief, "").Refused(422, "validation_failed", "previous_password")
		resets(s, thief, apptest.Password).Want(204)
	})
}

func TestWhatWasAddedSinceGoesWhereTheAddressIsSomebodyElsesToo(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		moves(s, me.Browser, ada, thief)
		key := keyTo(t, s, ada, "email.changed")
		s.Join(ada)
		adds(t, s, me, "second@example.net")
		uses(s, key).Want(200)
		if emails := strings.Join(s.Rows()["emails"], "\n"); strings.Contains(emails, "second@") || !strings.Contains(emails, thief) {
			t.Errorf("the addresses are\n%s", emails)
		}
	})
}

func TestEveryAddressGetsANoticeWithAKeyOfItsOwn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		adds(t, s, me, "second@example.com")
		changes(me.Browser, apptest.Password, fresh)
		keys := map[string]bool{}
		for _, address := range []string{ada, "second@example.com"} {
			var m mail.Message = s.Letter(address)
			if m.Kind != "password.changed" {
				t.Errorf("the last mail to %s is %s", address, m.Kind)
			}
			keys[apptest.TokenIn(m)] = true
		}
		if len(keys) != 2 || keys[""] {
			t.Errorf("keys %v", keys)
		}
	})
}
