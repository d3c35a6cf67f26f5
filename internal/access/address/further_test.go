package address_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"nameplate/internal/access/address"
	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
)

const more = "more@example.net"

func TestAFurtherAddressCountsOnceItsCodeIsTyped(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		id := add(me.Browser, more).Want(201).Map()["id"].(string)
		want(t, "while it waits", book(me.Browser), ada+"* ("+more+")")
		verify(me.Browser, id, wrong).Refused(422, "validation_failed", "code")
		if n := len(owned(s, me.ID)); n != 1 {
			t.Errorf("%d addresses", n)
		}
		a := verify(me.Browser, id, codeFor(s, more, "email.code_further")).Want(200).Map()
		if a["id"] != id || a["verified"] != true || a["primary"] != false || a["verified_at"] == nil {
			t.Errorf("%v", a)
		}
		want(t, "afterwards", book(me.Browser), ada+"* "+more)
		want(t, "mails to the primary", kinds(s, ada), "email.added")
		verify(me.Browser, id, codeFor(s, more, "email.code_further")).Refused(404, "no_such_email")

		signIn(s, more).Want(401)
		forget(s, more).Want(202)
		want(t, "mails to the further one", kinds(s, more), "email.code_further")
		want(t, "newest", s.Letter(more).Kind, "email.code_further")

		me.Delete(emails+"/"+idOf(me.Browser, ada)).Refused(409, "primary_email")
		me.Delete(emails + "/" + id).Want(204)
		want(t, "after it was removed", book(me.Browser), ada+"*")
		for _, to := range []string{ada, more} {
			want(t, "newest to "+to, s.Letter(to).Kind, "email.removed")
		}
		me.Delete(emails+"/"+id).Refused(404, "no_such_email")
		for _, action := range []string{"email.added", "email.removed"} {
			if !strings.Contains(written(s), "action="+action+" ") {
				t.Errorf("%s is not in the journal", action)
			}
		}
	})
}

func TestFiveAddressesAreTheMostAlsoAtOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		has(s, me.Browser, more)
		_, count := burst(12, func(i int) apptest.Answer { return add(me.Copy(), fmt.Sprintf("m%d@example.net", i)) })
		if count[201] != 3 || count[409] != 9 {
			t.Errorf("%v", count)
		}
		add(me.Browser, "late@example.net").Refused(409, "too_many_emails")
		page := me.Get("/settings/security").Want(200).Page()
		if strings.Contains(page, "Add address") || !strings.Contains(page, "5 addresses are the most.") {
			t.Error("the page offers a sixth")
		}
	})
}

func TestATakenFurtherAddressWaitsLikeAFreeOneAndNeverCounts(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		s.Join(bob)
		free, taken := add(me.Browser, more).Want(201), add(me.Browser, "Bob@example.com").Want(201)
		f, k := free.Map(), taken.Map()
		for _, same := range []string{"primary", "verified", "verified_at", "created_at", "expires_at", "resend_at"} {
			want(t, same, fmt.Sprint(k[same]), fmt.Sprint(f[same]))
		}
		want(t, "the list", book(me.Browser), ada+"* ("+more+") (Bob@example.com)")
		want(t, "the owner's mail", s.Letter(bob).Kind, "email.known")
		alike(t, verify(me.Browser, f["id"].(string), wrong), verify(me.Browser, k["id"].(string), wrong))
		for _, row := range s.Rows()["one_time"] {
			if strings.Contains(row, "flow="+k["id"].(string)+" ") {
				t.Errorf("there is a code that could be right: %s", row)
			}
		}
		s.Clock.Advance(address.Wait)
		add(me.Browser, bob).Want(201)
		add(me.Browser, bob).Refused(429, "too_many_requests")
		signIn(s, bob).Want(200)

		digits := codeFor(s, more, "email.code_further")
		s.Join(more)
		verify(me.Browser, f["id"].(string), digits).Refused(422, "validation_failed", "code")
		want(t, "the list", book(me.Browser), ada+"* (bob@example.com)")
		want(t, "mails", kinds(s, ada), "")
	})
}

func TestACodeForAFurtherAddressIsBounded(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		id := add(me.Browser, more).Want(201).Map()["id"].(string)
		add(me.Browser, more).Refused(429, "too_many_requests")
		for i := range 200 {
			verify(me.Browser, id, fmt.Sprintf("%06d", i)).Refused(422, "validation_failed", "code")
		}
		first := codeFor(s, more, "email.code_further")
		verify(me.Browser, id, first).Refused(422, "validation_failed", "code")
		for range 4 {
			s.Clock.Advance(address.Wait)
			if again := add(me.Browser, "MORE@example.net").Want(201).Map()["id"]; again != id {
				t.Errorf("it waits as %v and as %v", again, id)
			}
		}
		s.Clock.Advance(address.Wait)
		add(me.Browser, more).Refused(429, "too_many_requests")
		verify(me.Browser, id, first).Want(422)
		s.Clock.Advance(address.Life)
		b := s.Enter(me.ID, session.Full)
		verify(b, id, codeFor(s, "MORE@example.net", "email.code_further")).Want(422)
		want(t, "the list", book(b), ada+"* (MORE@example.net)")
		s.Clock.Advance(address.PendingLife)
		want(t, "a day later", book(s.Enter(me.ID, session.Full)), ada+"*")
	})
}

func TestOfManyWhoVerifyAtOnceOneAddsTheAddress(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		id := add(me.Browser, more).Want(201).Map()["id"].(string)
		digits := codeFor(s, more, "email.code_further")
		answers, count := burst(64, func(int) apptest.Answer { return verify(me.Copy(), id, digits) })
		for _, a := range answers {
			if a.Status >= 500 {
				t.Errorf("%s", a.Body)
			}
		}
		if count[200] != 1 {
			t.Errorf("%v", count)
		}
		want(t, "mails", kinds(s, ada), "email.added")
	})
}

func TestANewPasswordEndsAddressesThatWait(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		id := add(me.Browser, more).Want(201).Map()["id"].(string)
		me.JSON("PUT", "/v1/me/password", fields{"new_password": "Violet-Kettle-Storm-41"}).Want(204)
		want(t, "the list", book(me.Browser), ada+"*")
		verify(me.Browser, id, codeFor(s, more, "email.code_further")).Refused(404, "no_such_email")
		add(me.Browser, more).Want(201)
	})
}

func TestAFurtherAddressBecomesThePrimaryOneByBothCodes(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		has(s, me.Browser, more)
		has(s, me.Browser, "third@example.net")
		start(me.Browser, "More@example.net").Want(202)
		confirm(me.Browser, fields{"current_code": codeFor(s, ada, "email.code_current")}).Want(200)
		want(t, "half way", book(me.Browser), ada+"* "+more+" third@example.net")
		if a := confirm(me.Browser, fields{"new_code": codeFor(s, more, "email.code_new")}).Want(200).Map(); a["done"] != true {
			t.Errorf("%v", a)
		}
		want(t, "afterwards", book(me.Browser), "More@example.net* third@example.net")
		for _, to := range []string{ada, more, "third@example.net"} {
			if !strings.Contains(kinds(s, to), "email.changed") {
				t.Errorf("%s was not told: %s", to, kinds(s, to))
			}
		}
		signIn(s, more).Want(200)
		signIn(s, ada).Want(401)
		s.Join(ada) // it is free again
	})
}

func TestAnAddressThatWaitsAndBecomesThePrimaryOneWaitsNoMore(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		add(me.Browser, more).Want(201)
		changed(s, me.Browser, ada, more)
		if left := s.Rows()["pending_emails"]; len(left) != 0 {
			t.Errorf("left: %v", left)
		}
		want(t, "addresses", book(me.Browser), more+"*")
	})
}

func TestNobodyTouchesAnothersAddress(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me, other := s.Join(ada), s.Join(bob)
		id := has(s, me.Browser, more)
		waiting := add(me.Browser, "third@example.net").Want(201).Map()["id"].(string)
		for _, one := range []string{id, waiting, idOf(me.Browser, ada)} {
			other.Delete(emails+"/"+one).Refused(404, "no_such_email")
			verify(other.Browser, one, codeFor(s, "third@example.net", "email.code_further")).Refused(404, "no_such_email")
			other.Form("/settings/security/addresses/" + one + "/remove").Want(404)
		}
		start(me.Browser, fresh).Want(202)
		confirm(other.Browser, codes(s, ada, fresh)).Want(422)
		other.Get(change).Want(404)
		want(t, "addresses", book(me.Browser), ada+"* "+more+" (third@example.net)")
		me.Delete(emails + "/" + waiting).Want(204)
		want(t, "mails", kinds(s, ada), "email.code_current email.added")
	})
}

func restore(t *testing.T, s *apptest.Server, userID, to string, primary bool, since time.Time) error {
	t.Helper()
	return s.DB.Tx(t.Context(), func(tx *db.Tx) error { return s.Address.Restore(t.Context(), tx, userID, to, primary, since) })
}

// changed makes an address the primary one.
func changed(s *apptest.Server, b *apptest.Browser, from, to string) {
	start(b, to).Want(202)
	confirm(b, codes(s, from, to)).Want(200)
}

func TestWhatWasAddedSinceIsDroppedWhenAnAddressIsPutBack(t *testing.T) {
	for name, c := range map[string]struct {
		address string
		primary bool
		want    string
	}{
		"the primary one": {ada, true, ada + "* " + more},
		"a further one":   {more, false, more + "*"}, // nothing else is left to sign in with
		"one that stayed": {more, true, more + "*"},
	} {
		t.Run(name, func(t *testing.T) {
			apptest.Each(t, func(t *testing.T, s *apptest.Server) {
				me := s.Join(ada)
				has(s, me.Browser, more)
				s.Clock.Advance(time.Hour)
				since, b := s.Clock.Now(), s.Enter(me.ID, session.Full)
				changed(s, b, ada, fresh)
				has(s, b, "evil@example.net")
				add(b, "waits@example.net").Want(201)
				start(b, "worse@example.net").Want(202)
				if err := restore(t, s, me.ID, c.address, c.primary, since); err != nil {
					t.Fatal(err)
				}
				want(t, "addresses", book(b), c.want)
				b.Get(change).Refused(404, "no_email_change")
				if n := len(s.Rows()["email_changes"]) + len(s.Rows()["pending_emails"]); n != 0 {
					t.Errorf("%d still wait", n)
				}
				if err := restore(t, s, me.ID, more, false, since); err != nil { // as of the same moment
					t.Fatal(err)
				}
				want(t, "put back twice", book(b), c.want)
			})
		})
	}
}

func TestAFurtherAddressThatWasRemovedIsPutBackBesideThePrimaryOne(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		id := has(s, me.Browser, more)
		s.Clock.Advance(time.Minute)
		since := s.Clock.Now()
		me.Delete(emails + "/" + id).Want(204)
		if err := restore(t, s, me.ID, more, false, since); err != nil {
			t.Fatal(err)
		}
		want(t, "addresses", book(me.Browser), ada+"* "+more)
	})
}

func TestAPromotedAddressStaysAFurtherOneWhenThePrimaryOneIsPutBack(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		has(s, me.Browser, more)
		s.Clock.Advance(time.Minute)
		since := s.Clock.Now()
		changed(s, me.Browser, ada, more)
		forget(s, more).Want(202)
		if err := restore(t, s, me.ID, ada, true, since); err != nil {
			t.Fatal(err)
		}
		want(t, "addresses", book(me.Browser), ada+"* "+more)
		token := apptest.TokenIn(s.Letter(more))
		s.Browser().JSON("POST", "/v1/password-reset/confirm", fields{"token": token, "new_password": "Violet-Kettle-Storm-41"}).Refused(422, "invalid_token")
	})
}

func TestAnAddressThatIsSomebodyElsesByNowIsNotPutBack(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		since := s.Clock.Now()
		changed(s, me.Browser, ada, fresh)
		s.Join(ada)
		if err := restore(t, s, me.ID, ada, true, since); !errors.Is(err, identity.ErrEmailTaken) {
			t.Errorf("%v", err)
		}
		want(t, "addresses", book(me.Browser), fresh+"*")
	})
}
