package sso_test

import (
	"net/http"
	"testing"

	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/identity"
)

func discover(b *apptest.Browser, address string) map[string]any {
	return b.Get("/v1/session/discover?email=" + address).Want(200).Map()
}

func enter(b *apptest.Browser, address, password string) apptest.Answer {
	return b.JSON(http.MethodPost, "/v1/session", fields{"email": address, "password": password})
}

func TestADomainTellsWhereItSignsInAndNothingOfWhoIsThere(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		w.Join("known@acme.test")
		b := w.Browser()
		for _, address := range []string{"known@acme.test", "nobody@acme.test", "NOBODY@ACME.TEST"} {
			if got := discover(b, address); got["sso"] != true || got["required"] != false || got["start_url"] != w.Config.Base.String()+"/sso/"+w.id+"/start" {
				t.Errorf("%s: %v", address, got)
			}
		}
		for _, address := range []string{"", "x", "a@elsewhere.test", "a@mail.acme.test", "a@"} {
			if got := discover(b, address); len(got) != 1 || got["sso"] != false {
				t.Errorf("%q: %v", address, got)
			}
		}
		w.Rule(w.org, "signin.sso_only", `"yes"`)
		if got := discover(b, "nobody@acme.test"); got["required"] != true {
			t.Errorf("%v", got)
		}
		w.Enter(w.owner.ID, "full").Delete(w.providers(w.org) + "/" + w.id).Want(204)
		if got := discover(b, "known@acme.test"); got["sso"] != false {
			t.Errorf("%v", got)
		}
	})
}

func TestTheSignInPageLeadsToTheProvider(t *testing.T) {
	w := one(t)
	b := w.Browser()
	start := "/sso/" + w.id + "/start?return_to=%2Fsettings%2Fsessions"
	for _, path := range []string{"/sign-in", "/sign-in/provider"} {
		a := b.Form(path, "email", "ada@acme.test", "return_to", "/settings/sessions").Want(200).Contains("Acme Login").Contains(start)
		if got := a.Header.Get("Refresh"); got != "0; url="+w.Config.Base.String()+start {
			t.Errorf("%s goes on to %q", path, got)
		}
	}
	b.Form("/sign-in/provider", "email", "ada@elsewhere.test").Want(422).Contains(`value="ada@elsewhere.test"`)
	b.Get("/sign-in/provider").Want(200)
}

func TestWithTheRulePeopleOfTheDomainSignInThereAlone(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		ada := w.Join("ada@acme.test")
		enter(w.Browser(), "ada@acme.test", apptest.Password).Want(200)
		w.Rule(w.org, "signin.sso_only", `"yes"`)
		b := w.Browser()
		enter(b, "ada@acme.test", "wrong").Refused(401, "invalid_credentials")
		enter(b, "ada@acme.test", apptest.Password).Refused(403, "provider_required")
		b.Form("/sign-in", "email", "ada@acme.test", "password", apptest.Password).Want(403).Contains("Continue at Acme Login")
		if b.Session() != "" {
			t.Fatal("signed in by the password")
		}
		w.Enter(w.owner.ID, "full").JSON(http.MethodPost, "/v1/orgs/"+w.org+"/invitations", fields{"email": "new@acme.test", "role": "agent"}).Want(201)
		b.JSON(http.MethodPost, "/v1/invitations/accept", fields{
			"token": apptest.TokenIn(w.Letter("new@acme.test")), "display_name": "New", "password": apptest.Password,
		}).Refused(403, "provider_required")
		b.JSON(http.MethodPost, "/v1/signup", fields{"email": "new@acme.test", "password": apptest.Password}).Refused(403, "provider_required")

		// Nothing of it can be changed here.
		ada.JSON(http.MethodPut, "/v1/me/password", fields{"current_password": apptest.Password, "new_password": "Another-Lantern7-Harbour"}).
			Refused(403, "managed_by_identity_provider")
		ada.JSON(http.MethodPost, "/v1/me/email-change", fields{"new_email": "ada@home.test"}).Refused(403, "managed_by_identity_provider")
		ada.Get("/settings/security").Want(200).Contains("Kept by your organization")
		w.signIn(b).Want(303)
		if id, _, _ := me(b); id != ada.ID {
			t.Error("somebody else")
		}

		// And nobody else moves onto the domain.
		bob := w.Join("bob@home.test")
		bob.JSON(http.MethodPost, "/v1/me/email-change", fields{"new_email": "bob@acme.test"}).Refused(403, "managed_by_identity_provider")
		bob.JSON(http.MethodPost, "/v1/me/emails", fields{"email": "bob@acme.test"}).Refused(403, "managed_by_identity_provider")
		bob.JSON(http.MethodPut, "/v1/me/password", fields{"current_password": apptest.Password, "new_password": "Another-Lantern7-Harbour"}).Want(204)
	})
}

func TestAChangeThatWasBegunBeforeTheRuleDoesNotArrive(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		bob := w.Join("bob@home.test")
		bob.JSON(http.MethodPost, "/v1/me/email-change", fields{"new_email": "bob@acme.test"}).Want(202)
		w.Rule(w.org, "signin.sso_only", `"yes"`)
		bob.JSON(http.MethodPost, "/v1/me/email-change/confirm", fields{
			"new_code": apptest.CodeIn(w.Letter("bob@acme.test")), "current_code": apptest.CodeIn(w.Letter("bob@home.test")),
		}).Refused(403, "managed_by_identity_provider")
		if _, found, err := identity.FindEmail(t.Context(), w.DB, "bob@acme.test"); err != nil || found {
			t.Errorf("moved onto the domain: %v", err)
		}
	})
}

func TestNoAdminMovesAnAddressOnOrOffTheDomain(t *testing.T) {
	w := one(t)
	b := w.Browser()
	w.signIn(b).Want(303)
	id, _, _ := me(b)
	w.Rule(w.org, "email_change", `"readonly"`)
	at := "/v1/orgs/" + w.org + "/members/" + id
	w.owner.JSON(http.MethodPatch, at, fields{"email": "ada.byron@acme.test"}).Want(200)
	w.Rule(w.org, "signin.sso_only", `"yes"`)
	w.owner.JSON(http.MethodPatch, at, fields{"email": "ada@acme.test"}).Refused(403, "managed_by_identity_provider")
}

func TestAnOwnerKeepsAWayInByAPasskey(t *testing.T) {
	w := one(t)
	ada, eve := w.Join("ada@acme.test"), w.Join("eve@acme.test")
	w.Belong(ada, w.org, identity.Owner)
	w.Belong(eve, w.org, identity.Owner)
	w.Rule(w.org, "signin.sso_only", `"yes"`)
	enter(w.Browser(), "ada@acme.test", apptest.Password).Refused(403, "provider_required") // the owner elsewhere gets in
	w.Enter(w.owner.ID, "full").Delete("/v1/orgs/" + w.org + "/members/" + w.owner.ID).Want(204)
	enter(w.Browser(), "ada@acme.test", apptest.Password).Want(200) // nobody else could
	ada.Browser = w.Enter(ada.ID, "full")
	ada.Own()
	if got := enter(w.Browser(), "ada@acme.test", apptest.Password).Want(200).Map(); got["status"] != "second_factor_required" {
		t.Errorf("%v", got)
	}
	enter(w.Browser(), "eve@acme.test", apptest.Password).Refused(403, "provider_required")
}
