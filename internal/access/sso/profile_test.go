package sso_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestTheNameComesFromTheProviderAndSaysSo(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		w.op.Be("sub-1", "ada@acme.test", "given_name", "Ada", "family_name", "King")
		b := w.Browser()
		w.signIn(b).Want(303)
		m := b.Get("/v1/me").Want(200).Map()
		control := m["controls"].(map[string]any)["last_name"].(map[string]any)
		if m["first_name"] != "Ada" || m["last_name"] != "King" || control["source"] != "identity_provider" || control["set_by"] != "Acme Login" {
			t.Errorf("%v %v", m["last_name"], control)
		}
		b.JSON(http.MethodPatch, "/v1/me", fields{"last_name": "Other"}).Refused(403, "managed_by_identity_provider")
		b.JSON(http.MethodPatch, "/v1/me", fields{"display_name": "Own"}).Want(200)
		b.Get("/settings/profile").Want(200).Contains("Comes from Acme Login, last synchronised")
		// What changed there has changed here after the next sign-in; a name that can't
		// be one keeps nobody out.
		w.op.Be("sub-1", "ada@acme.test", "given_name", "Ada", "family_name", "Lovelace")
		w.signIn(b).Want(303)
		if m := b.Get("/v1/me").Want(200).Map(); m["last_name"] != "Lovelace" || m["display_name"] != "Own" {
			t.Errorf("%v", m)
		}
		w.op.Be("sub-1", "ada@acme.test", "family_name", strings.Repeat("x", 100))
		w.signIn(b).Want(303)
		// Without the domain the provider has no say, and the name is the person's.
		w.Enter(w.owner.ID, "full").Delete("/v1/orgs/" + w.org + "/domains/acme.test").Want(204)
		b.JSON(http.MethodPatch, "/v1/me", fields{"last_name": "Byron"}).Want(200)
	})
}
