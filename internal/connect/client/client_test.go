package client_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"nameplate/internal/app/apptest"
	"nameplate/internal/connect/client"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/route"
)

type object map[string]any

type made struct {
	ID       string
	ClientID string `json:"client_id"`
	Scopes   []string
	Secrets  []struct {
		ID, Secret string
		LastUsedAt *time.Time `json:"last_used_at"`
	}
	Usage []struct {
		Scope      string
		LastUsedAt *time.Time `json:"last_used_at"`
	}
}

// world is an organization with an admin and a client.
type world struct {
	*apptest.Server
	t      *testing.T
	org    string
	base   string
	admin  apptest.Somebody
	client made
}

func each(t *testing.T, test func(t *testing.T, w *world)) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		w := &world{Server: s, t: t, org: s.Organization("Halden")}
		w.base = "/v1/orgs/" + w.org + "/clients"
		w.admin = s.Member("admin@example.com", w.org, identity.Admin)
		w.admin.JSON(http.MethodPost, w.base, object{"name": "CRM", "scopes": []string{"members:read", "events:write"}}).Want(201).To(&w.client)
		test(t, w)
	})
}

// post asks an address of OAuth with pairs of name and value.
func (w *world) post(path string, basic [2]string, pairs ...string) apptest.Answer {
	w.t.Helper()
	b := w.Browser()
	if basic[0] != "" {
		r := b.Request(http.MethodPost, path, "", nil)
		r.SetBasicAuth(basic[0], basic[1])
		b.Header.Set("Authorization", r.Header.Get("Authorization"))
	}
	return b.Form(path, pairs...)
}

func (w *world) own() [2]string { return [2]string{w.client.ClientID, w.client.Secrets[0].Secret} }

func (w *world) token(basic [2]string, scope ...string) string {
	w.t.Helper()
	pairs := []string{"grant_type", "client_credentials"}
	if len(scope) > 0 {
		pairs = append(pairs, "scope", strings.Join(scope, " "))
	}
	return w.post("/oauth2/token", basic, pairs...).Want(200).Map()["access_token"].(string)
}

// program is a caller with a token and no cookie.
func (w *world) program(text string) *apptest.Browser {
	b := w.Browser()
	b.Header.Set("Authorization", "Bearer "+text)
	return b
}

func (w *world) list() []made {
	w.t.Helper()
	var out struct{ Items []made }
	w.Enter(w.admin.ID, session.Full).Get(w.base).Want(200).To(&out)
	return out.Items
}

func TestAClientGetsATokenAndReadsItsOrganization(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		if !strings.HasPrefix(w.client.Secrets[0].Secret, "npcs_") || w.client.ClientID != w.client.ID {
			t.Fatalf("%+v", w.client)
		}
		answer := w.post("/oauth2/token", w.own(), "grant_type", "client_credentials").Want(200)
		got := answer.Map()
		if got["token_type"] != "Bearer" || got["expires_in"] != 3600.0 || got["scope"] != "members:read events:write" || answer.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s", answer.Body)
		}
		p := w.program(got["access_token"].(string))
		p.Get("/v1/orgs/" + w.org + "/members").Want(200).Contains("Somebody")
		p.Get("/v1/orgs/" + w.org + "/members/" + w.admin.ID).Want(200)
		p.Get("/v1/orgs/" + w.org).Want(200)
		if page := p.Get("/v1/orgs/" + w.org + "/members").Page(); strings.Contains(page, "admin@example.com") {
			t.Error("it reads what is for those who manage members")
		}
		inBody := w.post("/oauth2/token", [2]string{}, "grant_type", "client_credentials", "client_id", w.own()[0], "client_secret", w.own()[1], "scope", "members:read").Want(200).Map()
		if inBody["scope"] != "members:read" {
			t.Errorf("%v", inBody)
		}
	})
}

func TestAClientReachesNothingElse(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		other := w.Organization("Elsewhere")
		p := w.program(w.token(w.own()))
		p.Get("/v1/orgs/"+other+"/members").Refused(404, "not_found")
		w.program(w.token(w.own(), "events:write")).Get("/v1/orgs/"+w.org+"/members").Refused(403, "forbidden")
		for _, r := range w.Table.Routes() {
			if (r.Access.Scope == identity.MembersRead || r.Access.Scope == identity.EventsWrite) && strings.Contains(r.Pattern, "{org}") || !r.API() || r.Access.Level < route.Half {
				continue
			}
			path := strings.NewReplacer("{org}", w.org, "{user}", w.admin.ID).Replace(r.Pattern)
			if a := p.Do(r.Method, path, "", nil); a.Status != 403 {
				t.Errorf("%s %s: %d", r.Method, r.Pattern, a.Status)
			}
		}
	})
}

func TestOnlyARightSecretGetsAToken(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var second made
		w.admin.JSON(http.MethodPost, w.base, object{"name": "Other", "scopes": []string{"members:read"}}).Want(201).To(&second)
		own := w.own()
		for _, bad := range [][2]string{{own[0], "npcs_wrong"}, {own[0], own[1] + "x"}, {second.ClientID, own[1]}, {"cli_none", own[1]}, {own[0], ""}} {
			a := w.post("/oauth2/token", bad, "grant_type", "client_credentials").Want(401)
			if a.Map()["error"] != "invalid_client" || a.Header.Get("WWW-Authenticate") == "" {
				t.Errorf("%s", a.Body)
			}
		}
		for wrong, pairs := range map[string][]string{
			"unsupported_grant_type": {"grant_type", "password"},
			"invalid_scope":          {"grant_type", "client_credentials", "scope", "audit:read"},
			"invalid_request":        {"grant_type", "client_credentials", "client_secret", own[1]},
		} {
			if a := w.post("/oauth2/token", own, pairs...).Want(400); a.Map()["error"] != wrong {
				t.Errorf("want %s, got %s", wrong, a.Body)
			}
		}
		w.Browser().Form("/oauth2/token?client_id="+own[0]+"&client_secret="+own[1], "grant_type", "client_credentials").Want(401)
		w.program(own[1]).Get("/v1/orgs/" + w.org + "/members").Want(401) // a secret is no token
	})
}

func TestTwoSecretsLiveAndEachEndsWhatCameOfIt(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		one := w.base + "/" + w.client.ID
		var second struct{ ID, Secret string }
		w.admin.JSON(http.MethodPost, one+"/secrets", object{}).Want(201).To(&second)
		w.admin.JSON(http.MethodPost, one+"/secrets", object{}).Refused(409, "two_secrets_live")
		old, fresh := w.program(w.token(w.own())), w.program(w.token([2]string{w.client.ClientID, second.Secret}))
		w.admin.Delete(one + "/secrets/" + w.client.Secrets[0].ID).Want(204)
		old.Get("/v1/orgs/" + w.org).Want(401)
		fresh.Get("/v1/orgs/" + w.org).Want(200)
		w.post("/oauth2/token", w.own(), "grant_type", "client_credentials").Want(401)
		w.admin.Delete(one+"/secrets/"+w.client.Secrets[0].ID).Refused(404, "no_such_client")
		w.admin.Delete(one).Want(204)
		fresh.Get("/v1/orgs/" + w.org).Want(401)
		if left := w.list(); len(left) != 0 {
			t.Errorf("%+v", left)
		}
	})
}

func TestTwoSecretsAreNeverThree(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		statuses := w.admin.Burst(8, w.base+"/"+w.client.ID+"/secrets", `{}`)
		if statuses[201] != 1 || statuses[409] != 7 {
			t.Errorf("%v", statuses)
		}
	})
}

func TestAnAccessTokenEnds(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		text := w.token(w.own())
		p := w.program(text)
		inspect := func(basic [2]string, token string) any {
			return w.post("/oauth2/introspect", basic, "token", token).Want(200).Map()["active"]
		}
		var other made
		w.admin.JSON(http.MethodPost, w.base, object{"name": "Other", "scopes": []string{"members:read"}}).Want(201).To(&other)
		foreign := [2]string{other.ClientID, other.Secrets[0].Secret}
		if inspect(w.own(), text) != true || inspect(foreign, text) != false || inspect(w.own(), "npoa_none") != false {
			t.Error("introspection tells the wrong thing")
		}
		w.post("/oauth2/revoke", foreign, "token", text).Want(200)
		p.Get("/v1/orgs/" + w.org).Want(200)
		w.post("/oauth2/revoke", [2]string{w.own()[0], "wrong"}, "token", text).Want(401)
		w.post("/oauth2/revoke", w.own(), "token", text).Want(200)
		p.Get("/v1/orgs/" + w.org).Want(401)
		if inspect(w.own(), text) != false {
			t.Error("a revoked one is active")
		}
		p = w.program(w.token(w.own()))
		w.Clock.Advance(client.TokenLife - time.Second)
		p.Get("/v1/orgs/" + w.org).Want(200)
		w.Clock.Advance(time.Second)
		p.Get("/v1/orgs/" + w.org).Want(401)
		if err := w.DB.Tx(t.Context(), func(tx *db.Tx) error { return w.Clients.Sweep(t.Context(), tx) }); err != nil || len(w.Rows()["client_tokens"]) != 0 {
			t.Errorf("dead tokens stay: %v", err)
		}
	})
}

func TestAClientOutlivesWhoeverMadeItButNotItsOrganization(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.Member("owner@example.com", w.org, identity.Owner)
		p := w.program(w.token(w.own()))
		commit := func(fn func(*db.Tx) error) {
			if err := w.DB.Tx(t.Context(), fn); err != nil {
				t.Fatal(err)
			}
		}
		commit(func(tx *db.Tx) error {
			m, err := identity.MemberOf(t.Context(), tx, w.org, w.admin.ID)
			if err != nil {
				return err
			}
			return identity.RemoveMember(t.Context(), tx, m)
		})
		p.Get("/v1/orgs/" + w.org).Want(200)
		commit(func(tx *db.Tx) error { _, err := endOrganization.Run(t.Context(), tx, w.org); return err })
		p.Get("/v1/orgs/" + w.org).Want(401)
	})
}

var endOrganization = db.Exec(`DELETE FROM organizations WHERE id = $1`)

func TestClientsAreForThoseWhoMayConnect(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		agent := w.Member("agent@example.com", w.org, identity.Agent)
		agent.Get(w.base).Refused(403, "forbidden")
		agent.Get("/settings/credentials/clients/new").Want(403)
		if page := agent.Get("/settings/credentials").Want(200).Page(); strings.Contains(page, "API clients") {
			t.Error("an agent sees clients")
		}
		w.Clock.Advance(session.ProofLife)
		w.admin.Get(w.base).Want(200)
		w.admin.JSON(http.MethodPost, w.base, object{}).Refused(403, "reauthentication_required")
	})
}

func TestUseOfAClientIsKept(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		now := w.Clock.Now()
		w.program(w.token(w.own())).Get("/v1/orgs/" + w.org).Want(200)
		got := w.list()[0]
		if at := got.Secrets[0].LastUsedAt; at == nil || !at.Equal(now) || got.Secrets[0].Secret != "" {
			t.Errorf("%+v", got.Secrets)
		}
		for _, u := range got.Usage {
			if (u.LastUsedAt != nil) != (u.Scope == "members:read") {
				t.Errorf("%+v", u)
			}
		}
	})
}

func TestWhatIsStoredOfAClientOpensNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		text := w.token(w.own())
		for table, rows := range w.Rows() {
			all := strings.Join(rows, "\n")
			if strings.Contains(all, text) || strings.Contains(all, w.own()[1]) {
				t.Errorf("%s holds a secret", table)
			}
		}
	})
}

func TestThePagesOfAClient(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const page = "/settings/credentials"
		w.admin.Get(page).Want(200).Contains("API clients").Contains("CRM")
		w.admin.Get(page + "/clients/new").Want(200).Contains("members:read")
		w.admin.Form(page+"/clients", "name", "", "scopes", "members:read").Want(422).Contains(`value="members:read" checked`)
		w.admin.Form(page+"/clients", "name", "Zapier", "scopes", "members:read").Want(200).Contains("npcs_").Contains("Made just now")
		one := page + "/clients/" + w.client.ID
		w.admin.Form(one + "/secrets").Want(200).Contains("npcs_")
		w.admin.Get(page).Want(200).Contains("Two secrets live")
		w.admin.Form(one + "/secrets/" + w.client.Secrets[0].ID + "/remove").Want(303)
		w.admin.Get(one).Want(200).Contains("The secret has ended").Contains(w.client.ID)
		w.admin.Form(one + "/remove").Want(303)
		w.admin.Get(page).Want(200).Contains("The client is removed.")
		w.admin.Get(one).Want(404)
	})
}
