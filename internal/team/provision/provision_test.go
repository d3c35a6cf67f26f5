package provision_test

import (
	"net/url"
	"strings"
	"testing"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
)

func where(filter string) string { return "?filter=" + url.QueryEscape(filter) }

// TestOktaKeepsPeople goes through the calls that Okta makes, in its words.
func TestOktaKeepsPeople(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		if n := total(w.call("GET", "/Users"+where(`userName eq "ada@acme.test"`)+"&startIndex=1&count=100", "")); n != 0 {
			t.Fatalf("%d are called so", n)
		}
		ada := w.person("ada")
		a := w.call("GET", "/Users/"+ada, "").Want(200)
		if a.Header.Get("ETag") == "" || strings.Contains(string(a.Body), "1mz050nq") || !strings.HasSuffix(a.Header.Get("Location"), "/Users/"+ada) {
			t.Errorf("%v %s", a.Header, a.Body)
		}
		me := w.Enter(ada, session.Full)
		if m := me.Get("/v1/me").Want(200).Map(); m["first_name"] != "ada" || m["display_name"] != "ada P." || m["email"] != "ada@acme.test" || w.role(ada) != "agent" {
			t.Errorf("%v", m)
		}
		// Okta finds people who are there, and sends the whole of them.
		w.call("PUT", "/Users/"+ada, `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"`+ada+`","userName":"ada@acme.test",
			"name":{"givenName":"Augusta","familyName":"Lovelace"},"emails":[{"primary":true,"value":"ada@acme.test","type":"work"}],"title":"Analyst",
			"active":true,"groups":[],"meta":{"resourceType":"User"}}`).Want(200)
		if m := me.Get("/v1/me").Want(200).Map(); m["first_name"] != "Augusta" || m["designation"] != "Analyst" {
			t.Errorf("%v", m)
		}
		// The name at the provider is a label, and no one else's; without an address none moves.
		w.call("PUT", "/Users/"+ada, `{"userName":"countess@acme.test","name":{"givenName":"Augusta"},"title":"Analyst"}`).Want(200)
		w.refused(w.call("PUT", "/Users/"+ada, `{"userName":"owner@elsewhere.test"}`), 409, "uniqueness", "")
		// What the provider has is neither the person's nor an admin's to change, and says so.
		me.JSON("PATCH", "/v1/me", fields{"bio": "Own"}).Want(200)
		me.JSON("PATCH", "/v1/me", fields{"first_name": "Own"}).Refused(403, "managed_by_identity_provider")
		w.owner.JSON("PATCH", "/v1/orgs/"+w.org+"/members/"+ada, fields{"designation": "Other"}).Refused(403, "managed_by_identity_provider")
		control := me.Get("/v1/me").Want(200).Map()["controls"].(fields)["first_name"].(fields)
		if control["source"] != "identity_provider" || control["set_by"] != "Okta" || control["editable"] != false || control["set_at"] == nil {
			t.Errorf("%v", control)
		}
		me.Get("/settings/profile").Want(200).Contains("Comes from Okta, last synchronised")
		// Deactivated is signed out, and no member; active again is what it was.
		w.owner.JSON("PATCH", "/v1/orgs/"+w.org+"/members/"+ada, fields{"role": "supervisor"}).Want(200)
		off := `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","value":{"active":false}}]}`
		if m := w.call("PATCH", "/Users/"+ada, off).Want(200).Map(); m["active"] != false || w.role(ada) != "" {
			t.Errorf("%v, %s", m, w.role(ada))
		}
		me.Get("/v1/me").Want(401)
		w.call("PATCH", "/Users/"+ada, strings.Replace(off, "false", "true", 1)).Want(200)
		if m := w.Enter(ada, session.Full).Get("/v1/me").Want(200).Map(); w.role(ada) != "supervisor" || m["designation"] != "Analyst" {
			t.Errorf("%s, %v", w.role(ada), m)
		}
		w.call("DELETE", "/Users/"+ada, "").Want(204)
		w.refused(w.call("GET", "/Users/"+ada, ""), 404, "", "id")
		if w.role(ada) != "" || w.Find(ada).State != identity.Active {
			t.Error("the membership is there, or the person is not")
		}
	})
}

// TestEntraKeepsPeople goes through the calls that Entra ID makes, in its
// words.
func TestEntraKeepsPeople(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		// The test of the connection asks for somebody who can't be.
		if n := total(w.call("GET", "/Users"+where(`userName eq "4f5c4a5f-3f6d-4f1c-a2f6-5f0a6e7b6b3d"`), "")); n != 0 {
			t.Errorf("%d are called so", n)
		}
		ada := w.call("POST", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
			"externalId":"58342554-38d6-4ec8-948c-50044d0a33fd","userName":"Ada_UPN@acme.test","active":"True","displayName":"Ada","emails":[{"primary":true,
			"type":"work","value":"ada@acme.test"}],"meta":{"resourceType":"User"},"name":{"formatted":"Ada Lovelace","familyName":"Lovelace","givenName":"Ada"},
			"preferredLanguage":"en","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Support"}}`).Want(201).Map()["id"].(string)
		for filter, want := range map[string]int{
			`externalId eq "58342554-38d6-4ec8-948c-50044d0a33fd"`: 1, `userName eq "ADA_upn@acme.test"`: 1, `externalId eq "other"`: 0, `id eq "` + ada + `"`: 1,
			`userName eq "owner@elsewhere.test"`: 1, `emails[type eq "work" and value sw "ada@"]`: 1, `active eq true and not (displayName eq "Ada")`: 1,
			`meta.lastModified ge "2020-01-01T00:00:00Z"`: 2, `externalId pr`: 1,
		} {
			if n := total(w.call("GET", "/Users"+where(filter), "")); n != want {
				t.Errorf("%s: %d", filter, n)
			}
		}
		w.call("PATCH", "/Users/"+ada, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[
			{"op":"Replace","path":"name.familyName","value":"King"},{"op":"Add","path":"title","value":[{"$ref":null,"value":"Countess"}]},
			{"op":"Replace","path":"emails[type eq \"work\"].value","value":"ada@acme.test"},{"op":"Add","path":"phoneNumbers[type eq \"work\"].value","value":"+43 1 58858"},
			{"op":"Replace","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department","value":"Sales"}]}`).Want(200)
		if m := w.Enter(ada, session.Full).Get("/v1/me").Want(200).Map(); m["last_name"] != "King" || m["designation"] != "Countess" || m["phone"] != "+43158858" {
			t.Errorf("%v", m)
		}
		w.call("PATCH", "/Users/"+ada, `{"Operations":[{"op":"Replace","path":"active","value":"False"}]}`).Want(200)
		if w.role(ada) != "" {
			t.Error("still a member")
		}
		// What is not to be: an address that moves, and half of a patch.
		w.refused(w.call("PATCH", "/Users/"+ada, `{"Operations":[{"op":"Replace","path":"title","value":"Lost"},{"op":"Replace",
			"path":"emails[type eq \"work\"].value","value":"eve@acme.test"}]}`), 400, "mutability", "address")
		if m := w.call("GET", "/Users/"+ada, "").Want(200).Map(); m["title"] != "Countess" {
			t.Errorf("%v", m)
		}
		for _, filter := range []string{`nickName eq "x"`, `userName`, `active gt true`} {
			w.refused(w.call("GET", "/Users"+where(filter), ""), 400, "invalidFilter", "filter")
		}
	})
}

func TestGroupsGiveRoles(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.SSO(t)
		ada, bob := w.person("ada"), w.person("bob")
		group := w.call("POST", "/Groups", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Leads","externalId":"g-1","members":[]}`).Want(201).Map()["id"].(string)
		w.refused(w.call("POST", "/Groups", `{"displayName":"LEADS"}`), 409, "uniqueness", "already")
		if n := total(w.call("GET", "/Groups?excludedAttributes=members&filter="+url.QueryEscape(`displayName eq "leads"`), "")); n != 1 {
			t.Errorf("%d groups", n)
		}
		patch := func(operations string) {
			w.call("PATCH", "/Groups/"+group, `{"Operations":[`+operations+`]}`).Want(204)
		}
		roles := func(wantAda, wantBob string) {
			t.Helper()
			if a, b := w.role(ada), w.role(bob); a != wantAda || b != wantBob {
				t.Errorf("%s and %s, want %s and %s", a, b, wantAda, wantBob)
			}
		}
		patch(`{"op":"Add","path":"members","value":[{"$ref":null,"value":"` + ada + `"}]}`) // Entra ID
		patch(`{"op":"add","path":"members","value":[{"value":"` + bob + `","display":"bob@acme.test"}]}`)
		roles("supervisor", "supervisor")
		if m := w.call("GET", "/Users/"+ada, "").Want(200).Map(); len(m["groups"].([]any)) != 1 {
			t.Errorf("%v", m)
		}
		patch(`{"op":"remove","path":"members[value eq \"` + bob + `\"]"}`) // Okta
		roles("supervisor", "agent")
		patch(`{"op":"Remove","path":"members","value":[{"value":"` + ada + `"}]},{"op":"Add","path":"members","value":[{"value":"` + bob + `"}]}`)
		roles("agent", "supervisor")
		patch(`{"op":"replace","value":{"id":"` + group + `","displayName":"Somebody"}}`)
		roles("agent", "agent")
		// Nobody becomes an owner, an owner stays one, and a stranger is in no group.
		patch(`{"op":"add","path":"members","value":[{"value":"` + w.owner.ID + `"}]},{"op":"replace","path":"displayName","value":"Owners"}`)
		roles("agent", "agent")
		if w.role(w.owner.ID) != "owner" {
			t.Error("the owner is none any more")
		}
		stranger := w.Join("stranger@else.test")
		w.refused(w.call("PUT", "/Groups/"+group, `{"displayName":"X","members":[{"value":"`+stranger.ID+`"}]}`), 400, "invalidValue", "members")
		w.call("PUT", "/Groups/"+group, `{"displayName":"Leads","members":[{"value":"`+ada+`"}]}`).Want(200)
		roles("supervisor", "agent")
		w.call("DELETE", "/Groups/"+group, "").Want(204)
		w.refused(w.call("GET", "/Groups/"+group, ""), 404, "", "")
		// Without any group roles are given here again.
		w.owner.JSON("PATCH", "/v1/orgs/"+w.org+"/members/"+ada, fields{"role": "admin"}).Want(200)
		w.call("PUT", "/Users/"+ada, `{"userName":"ada@acme.test","active":true}`).Want(200)
		roles("admin", "agent")
	})
}

// TestAProviderHasOnlyWhatIsItsOrganizations is about what it may never touch.
func TestAProviderHasOnlyWhatIsItsOrganizations(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		post := func(address string) string {
			return `{"userName":"` + address + `","emails":[{"value":"` + address + `"}]}`
		}
		// Somebody of a foreign domain is not taken, and whether there is one is not told.
		w.Join("known@else.test")
		for _, address := range []string{"known@else.test", "nobody@else.test"} {
			w.refused(w.call("POST", "/Users", post(address)), 400, "invalidValue", "domain")
		}
		w.refused(w.call("POST", "/Users", `{"userName":"no address"}`), 400, "invalidValue", "address")
		// Somebody of the own domain with an account joins; who was in it before is out,
		// and is told. Password and the other organization stay.
		theirs := w.Organization("Theirs")
		eve := w.Member("eve@acme.test", theirs, identity.Admin)
		w.call("POST", "/Users", post("eve@acme.test")).Want(201)
		eve.Get("/v1/me").Want(401)
		if !strings.Contains(w.Letter("eve@acme.test").Subject, "Acme") {
			t.Error("nobody told the address")
		}
		back := w.Enter(eve.ID, session.Full)
		if all := back.Get("/v1/me").Want(200).Map()["memberships"].([]any); len(all) != 2 {
			t.Errorf("%v", all)
		}
		w.refused(w.call("POST", "/Users", post("eve@acme.test")), 409, "uniqueness", "")
		// Suspended here, eve goes on there.
		w.call("PATCH", "/Users/"+eve.ID, `{"Operations":[{"op":"replace","path":"active","value":false}]}`).Want(200)
		if all := back.Get("/v1/me").Want(200).Map()["memberships"].([]any); len(all) != 1 {
			t.Errorf("%v", all)
		}
		// A further address of somebody is theirs.
		far := w.Join("far@else.test")
		far.JSON("POST", "/v1/me/emails", fields{"email": "far@acme.test"})
		// Nobody else's people are seen or touched.
		other := w.Member("o@theirs.test", theirs, identity.Owner)
		_, foreign := w.make(other, theirs)
		for _, path := range []string{"/Users/" + w.owner.ID, "/Users", "/Groups", "/ServiceProviderConfig"} {
			w.refused(w.callAs(foreign, w.org, "GET", path, ""), 401, "", "token")
		}
		w.refused(w.callAs(foreign, theirs, "GET", "/Users/"+w.owner.ID, ""), 404, "", "")
		w.refused(w.callAs(foreign, theirs, "DELETE", "/Users/"+w.owner.ID, ""), 404, "", "")
		w.refused(w.callAs(w.text+"x", w.org, "GET", "/Users", ""), 401, "", "token")
		w.refused(w.callAs("", w.org, "GET", "/Users", ""), 401, "", "token")
		// A name that the profile can't have is refused, and a field that nothing has.
		w.refused(w.call("PUT", "/Users/"+eve.ID, `{"userName":"eve@acme.test","name":{"givenName":"`+strings.Repeat("x", 65)+`"}}`), 400, "invalidValue", "first_name")
		w.refused(w.call("POST", "/Users", `{"userName":"x@acme.test","email_verified":true}`), 400, "invalidSyntax", "email_verified")
	})
}

func TestWhoWasRemovedHereStaysSoAndOwnersAreForOwners(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ada := w.person("ada")
		on := `{"Operations":[{"op":"replace","path":"active","value":true}]}`
		off := strings.Replace(on, "true", "false", 1)
		w.owner.Delete("/v1/orgs/" + w.org + "/members/" + ada).Want(204)
		w.refused(w.call("PATCH", "/Users/"+ada, on), 409, "", "invite")
		w.call("PATCH", "/Users/"+ada, off).Want(200)
		w.refused(w.call("PATCH", "/Users/"+ada, on), 409, "", "invite")
		// The last owner stays, whoever asks.
		w.refused(w.call("PATCH", "/Users/"+w.owner.ID, off), 409, "", "owner")
		w.refused(w.call("DELETE", "/Users/"+w.owner.ID, ""), 409, "", "owner")
		// A token that an admin has made touches no owner at all.
		second := w.Member("second@acme.test", w.org, identity.Owner)
		admin := w.Member("admin@acme.test", w.org, identity.Admin)
		_, token := w.make(admin, w.org)
		w.refused(w.callAs(token, w.org, "PATCH", "/Users/"+second.ID, off), 403, "", "wner")
		w.call("PATCH", "/Users/"+second.ID, off).Want(200)
		// Back, an owner is none.
		w.call("PATCH", "/Users/"+second.ID, on).Want(200)
		if got := w.role(second.ID); got != "agent" {
			t.Errorf("back as %q", got)
		}
	})
}

func TestVersionsListsAndDocuments(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ada := w.person("ada")
		w.person("bob")
		tag := w.call("GET", "/Users/"+ada, "").Want(200).Header.Get("ETag")
		w.call("GET", "/Users/"+ada, "", "If-None-Match", tag).Want(304)
		title := `{"Operations":[{"op":"replace","path":"title","value":"One"}]}`
		w.call("PATCH", "/Users/"+ada, title, "If-Match", tag).Want(200)
		w.refused(w.call("PATCH", "/Users/"+ada, title, "If-Match", tag), 412, "", "")
		w.refused(w.call("DELETE", "/Users/"+ada, "", "If-Match", tag), 412, "", "")
		// Three people: the owner, ada and bob.
		seen := map[string]bool{}
		for _, start := range []string{"0", "2", "3", "4"} {
			m := w.call("GET", "/Users?count=1&startIndex="+start, "").Want(200).Map()
			all := m["Resources"].([]any)
			if m["totalResults"] != 3.0 || m["itemsPerPage"] != float64(len(all)) || len(all) > 1 {
				t.Errorf("%s: %v", start, m)
			}
			for _, one := range all {
				seen[one.(map[string]any)["id"].(string)] = true
			}
		}
		if len(seen) != 3 {
			t.Errorf("%d were seen", len(seen))
		}
		if m := w.call("GET", "/Users?count=0", "").Want(200).Map(); m["totalResults"] != 3.0 || len(m["Resources"].([]any)) != 0 {
			t.Errorf("%v", m)
		}
		if m := w.call("GET", "/Users/"+ada+"?attributes=userName", "").Want(200).Map(); m["userName"] == nil || m["emails"] != nil || m["id"] == nil {
			t.Errorf("%v", m)
		}
		config := w.call("GET", "/ServiceProviderConfig", "").Want(200).Map()
		if config["bulk"].(fields)["supported"] != false || config["patch"].(fields)["supported"] != true || config["etag"].(fields)["supported"] != true {
			t.Errorf("%v", config)
		}
		if total(w.call("GET", "/Schemas", "")) != 2 || total(w.call("GET", "/ResourceTypes", "")) != 2 {
			t.Error("documents are missing")
		}
		w.call("GET", "/Schemas/urn:ietf:params:scim:schemas:core:2.0:User", "").Want(200)
		w.call("GET", "/ResourceTypes/Group", "").Want(200)
		w.refused(w.call("GET", "/Schemas/none", ""), 404, "", "")
		w.refused(w.call("GET", "/Schemas"+where(`id pr`), ""), 403, "", "")
		w.refused(w.call("POST", "/Bulk", `{}`), 404, "", "")
		w.refused(w.call("PUT", "/Users", `{}`), 405, "", "")
		w.refused(w.call("POST", "/Users", `{"userName":"`+strings.Repeat("x", 2<<20)+`"}`), 413, "", "")
		w.refused(w.call("POST", "/Users", `x`, "Content-Type", "text/plain"), 415, "", "")
		// The admins read what was refused; the token is shown no more, and revoked it is dead.
		page := w.owner.Get("/settings/provisioning").Want(200)
		page.Contains("2 active").Contains("Refused calls")
		if strings.Contains(page.Page(), w.text) {
			t.Error("the page shows the token again")
		}
		w.owner.Delete("/v1/orgs/" + w.org + "/scim-tokens/" + w.token).Want(204)
		w.refused(w.call("GET", "/Users", ""), 401, "", "token")
	})
}
