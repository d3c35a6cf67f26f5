package token_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"nameplate/internal/app/apptest"
	"nameplate/internal/connect/token"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/route"
)

const (
	base = "/v1/me/tokens"
	day  = 24 * time.Hour
)

type object map[string]any

type made struct {
	ID, Token, Prefix, Name string
	Scopes                  []string
	ExpiresAt               time.Time  `json:"expires_at"`
	LastUsedAt              *time.Time `json:"last_used_at"`
	Usage                   []struct {
		Scope      string
		LastUsedAt *time.Time `json:"last_used_at"`
		Idle       bool
	}
}

func create(t *testing.T, b *apptest.Browser, scopes ...string) (m made) {
	t.Helper()
	b.JSON(http.MethodPost, base, object{"name": "Report", "scopes": scopes, "expires_in_days": 90}).Want(201).To(&m)
	return m
}

// program is a caller with a token and no cookie.
func program(s *apptest.Server, text string) *apptest.Browser {
	b := s.Browser()
	b.Header.Set("Authorization", "Bearer "+text)
	return b
}

func list(b *apptest.Browser) []made {
	var out struct{ Items []made }
	b.Get(base).Want(200).To(&out)
	return out.Items
}

func TestATokenOpensWhatItsScopesSayAndNothingElse(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		org := s.Organization("Halden")
		me := s.Member("ada@example.com", org, identity.Owner)
		m := create(t, me.Browser, "profile:read")
		if !strings.HasPrefix(m.Token, "npat_") || !strings.HasPrefix(m.Token, m.Prefix) || len(m.Prefix) != 9 || !m.ExpiresAt.Equal(s.Clock.Now().Add(90*day)) {
			t.Fatalf("%+v", m)
		}
		p := program(s, m.Token)
		if id := p.Get("/v1/me").Want(200).Map()["id"]; id != me.ID {
			t.Errorf("it acts as %v", id)
		}
		a := p.JSON(http.MethodPatch, "/v1/me", object{"bio": "x"})
		a.Refused(403, "forbidden")
		if !strings.Contains(a.Header.Get("WWW-Authenticate"), `scope="profile:write"`) {
			t.Errorf("it is told %q", a.Header.Get("WWW-Authenticate"))
		}
		p.Get("/v1/orgs/"+org+"/members").Refused(403, "forbidden")
		create(t, me.Browser, "members:read")
		program(s, create(t, me.Browser, "members:read").Token).Get("/v1/orgs/" + org + "/members").Want(200)
		program(s, create(t, me.Browser, "profile:write").Token).JSON(http.MethodPatch, "/v1/me", object{"bio": "x"}).Want(200)
	})
}

func TestNoTokenReachesARouteWithoutItsScope(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		org := s.Organization("Halden")
		me := s.Member("ada@example.com", org, identity.Owner)
		all := program(s, create(t, me.Browser, identity.Scopes...).Token)
		asked := 0
		for _, r := range s.Table.Routes() {
			path := strings.NewReplacer("{org}", org, "{user}", me.ID).Replace(r.Pattern)
			if r.Access.Level < route.Half || r.Access.Scope != "" {
				continue
			}
			asked++
			a := all.Do(r.Method, path, "", nil)
			switch {
			case r.API() && a.Status != http.StatusForbidden:
				t.Errorf("%s %s: %d", r.Method, r.Pattern, a.Status)
			case !r.API() && a.Status != http.StatusUnauthorized && !strings.HasPrefix(a.Header.Get("Location"), "/sign-in"):
				t.Errorf("%s %s lets a token in: %d", r.Method, r.Pattern, a.Status)
			}
		}
		if asked < 50 {
			t.Errorf("only %d routes were asked", asked)
		}
		me.Get("/v1/me").Want(200) // nothing has ended
	})
}

func TestNoScopeOpensACredential(t *testing.T) {
	s := apptest.OnSQLite(t)
	for _, r := range s.Table.Routes() {
		for _, part := range []string{"token", "password", "factors", "email", "session", "clients", "policy", "transfer", "reset", "revert"} {
			if strings.Contains(r.Pattern, part) && r.Access.Scope != "" {
				t.Errorf("%s %s is open to tokens", r.Method, r.Pattern)
			}
		}
	}
}

func TestAScopeStandsForAProofAtWebhooksAlone(t *testing.T) {
	s := apptest.OnSQLite(t)
	for _, r := range s.Table.Routes() {
		if r.Access.Fresh && r.Access.Scope != "" && r.Access.Scope != identity.WebhooksWrite {
			t.Errorf("%s %s needs no proof of a token", r.Method, r.Pattern)
		}
	}
}

func TestATokenIsTakenFromItsHeaderAlone(t *testing.T) {
	s := apptest.OnSQLite(t)
	me := s.Member("ada@example.com", "", "")
	text := create(t, me.Browser, "profile:read").Token
	for _, path := range []string{"/v1/me?access_token=" + text, "/v1/me?token=" + text} {
		s.Browser().Get(path).Want(401)
	}
	b := s.Browser()
	b.Header.Set("Authorization", "Basic "+text)
	b.Get("/v1/me").Want(401)
	b = s.Browser()
	b.Cookies["np"] = text
	b.Get("/v1/me").Want(401)
	for _, bad := range []string{"", "x", text[:len(text)-1] + "!", "npse_" + text[5:], text + text} {
		a := program(s, bad).Get("/v1/me").Refused(401, "unauthenticated")
		if a.Header.Get("WWW-Authenticate") == "" {
			t.Errorf("%q: no word on why", bad)
		}
	}
	with := me.Copy() // a dead token is not made good by a cookie
	with.Header.Set("Authorization", "Bearer npat_none")
	with.Get("/v1/me").Want(401)
}

func TestATokenHasTheRoleOfItsOwnerNow(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		org, other := s.Organization("Halden"), s.Organization("Elsewhere")
		s.Member("owner@example.com", org, identity.Owner)
		me := s.Member("ada@example.com", org, identity.Agent)
		p := program(s, create(t, me.Browser, "members:read").Token)
		members := "/v1/orgs/" + org + "/members"
		p.Get(members).Want(200)
		p.Get("/v1/orgs/"+other+"/members").Refused(404, "not_found")
		role := func(r identity.Role) {
			commit(t, s, func(tx *db.Tx) error {
				m, err := identity.MemberOf(t.Context(), tx, org, me.ID)
				if err != nil {
					return err
				}
				return identity.SetRole(t.Context(), tx, m, r, s.Clock.Now())
			})
		}
		role(identity.Billing)
		p.Get(members).Refused(403, "forbidden")
		role(identity.Agent)
		s.Rule(org, "mfa.required", `"all"`)
		s.Rule(org, "mfa.grace_days", `0`)
		p.Get(members).Refused(403, "second_factor_required")
	})
}

func TestATokenDies(t *testing.T) {
	for name, kill := range map[string]func(t *testing.T, s *apptest.Server, me apptest.Somebody, m made){
		"revoked": func(t *testing.T, s *apptest.Server, me apptest.Somebody, m made) {
			me.Delete(base + "/" + m.ID).Want(204)
		},
		"its time": func(t *testing.T, s *apptest.Server, me apptest.Somebody, m made) { s.Clock.Advance(90 * day) },
		"a stricter rule": func(t *testing.T, s *apptest.Server, me apptest.Somebody, m made) {
			s.Rule("", "tokens.max_days", `7`)
			s.Clock.Advance(7 * day)
		},
		"found": func(t *testing.T, s *apptest.Server, me apptest.Somebody, m made) {
			s.Browser().JSON(http.MethodPost, "/v1/tokens/revoke", object{"token": m.Token}).Want(204)
		},
		"a lost device": func(t *testing.T, s *apptest.Server, me apptest.Somebody, m made) {
			me.JSON(http.MethodPost, "/v1/me/sessions/lost-device", object{}).Want(200)
		},
		"a reset": func(t *testing.T, s *apptest.Server, me apptest.Somebody, m made) {
			commit(t, s, func(tx *db.Tx) error {
				_, err := s.Sessions.EndEverything(t.Context(), tx, me.ID, "")
				return err
			})
		},
		"deactivated": func(t *testing.T, s *apptest.Server, me apptest.Somebody, m made) {
			commit(t, s, func(tx *db.Tx) error {
				_, err := identity.SetState(t.Context(), tx, me.ID, identity.Deactivated)
				return err
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			apptest.Each(t, func(t *testing.T, s *apptest.Server) {
				me := s.Member("ada@example.com", "", "")
				m := create(t, me.Browser, "profile:read")
				p := program(s, m.Token)
				p.Get("/v1/me").Want(200)
				kill(t, s, me, m)
				p.Get("/v1/me").Refused(401, "unauthenticated")
				if name == "deactivated" {
					return
				}
				if left := list(s.Enter(me.ID, session.Full)); len(left) != 0 {
					t.Errorf("%+v", left)
				}
			})
		})
	}
}

func TestAChangedPasswordKeepsTokens(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join("ada@example.com")
		p := program(s, create(t, me.Browser, "profile:read").Token)
		me.JSON(http.MethodPut, "/v1/me/password", object{"current_password": apptest.Password, "new_password": "Another-Harbour9-Lamp"}).Want(204)
		p.Get("/v1/me").Want(200)
	})
}

func TestMakingATokenNeedsAProofAndIsNews(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Member("ada@example.com", "", "")
		create(t, me.Browser, "profile:read")
		if l := s.Letter(me.Address); !strings.Contains(l.Text, "Report") || !strings.Contains(apptest.LinkIn(l), "/revert?token=") {
			t.Errorf("%s", l.Text)
		}
		s.Clock.Advance(session.ProofLife)
		me.JSON(http.MethodPost, base, object{"name": "", "scopes": []string{}}).Refused(403, "reauthentication_required")
		me.Delete(base+"/"+list(me.Browser)[0].ID).Refused(403, "reauthentication_required")
	})
}

func TestAWishIsHeldAgainstTheRules(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		org := s.Organization("Halden")
		me := s.Member("ada@example.com", org, identity.Agent)
		s.Rule(org, "tokens.max_days", `30`)
		good := func(change object) object {
			o := object{"name": "Report", "scopes": []string{"profile:read"}, "expires_in_days": 30}
			for k, v := range change {
				o[k] = v
			}
			return o
		}
		for field, change := range map[string]object{
			"name": {"name": " "}, "scopes": {"scopes": []string{}}, "expires_in_days": {"expires_in_days": 31},
		} {
			me.JSON(http.MethodPost, base, good(change)).Refused(422, "validation_failed", field)
		}
		me.JSON(http.MethodPost, base, good(object{"expires_in_days": 0})).Refused(422, "validation_failed", "expires_in_days")
		me.JSON(http.MethodPost, base, good(object{"scopes": []string{"profile:read", "everything"}})).Refused(422, "validation_failed", "scopes")
		var m made
		me.JSON(http.MethodPost, base, object{"name": "Report", "scopes": []string{"profile:read", "profile:read"}}).Want(201).To(&m)
		if !m.ExpiresAt.Equal(s.Clock.Now().Add(30*day)) || !slices.Equal(m.Scopes, []string{"profile:read"}) {
			t.Errorf("%+v", m)
		}
		for range token.Most - 1 {
			me.JSON(http.MethodPost, base, good(nil)).Want(201)
		}
		me.JSON(http.MethodPost, base, good(nil)).Refused(409, "too_many_tokens")
	})
}

func TestUseIsKeptForEachScopeAndHardlyWritten(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Member("ada@example.com", "", "")
		var m made
		me.JSON(http.MethodPost, base, object{"name": "Report", "scopes": []string{"profile:read", "members:read"}}).Want(201).To(&m)
		p := program(s, m.Token)
		p.Get("/v1/me").Want(200)
		first := s.Clock.Now()
		before := s.Rows()
		s.Clock.Advance(5*time.Minute - time.Second)
		p.Get("/v1/me").Want(200)
		if changed := apptest.Changed(before, s.Rows(), apptest.BySealer...); len(changed) > 0 {
			t.Errorf("written again: %v", changed)
		}
		s.Clock.Advance(90*day - 5*time.Minute + time.Second)
		got := list(s.Enter(me.ID, session.Full))
		if len(got) != 1 || !got[0].LastUsedAt.Equal(first) {
			t.Fatalf("%+v", got)
		}
		for _, u := range got[0].Usage {
			if used := u.LastUsedAt != nil; used != (u.Scope == "profile:read") || !u.Idle {
				t.Errorf("%+v", u)
			}
		}
	})
}

func TestAScopeCanBeTakenAwayButTheLast(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me, stranger := s.Member("ada@example.com", "", ""), s.Member("eve@example.com", "", "")
		m := create(t, me.Browser, "profile:read", "members:read")
		one := base + "/" + m.ID
		stranger.Delete(one+"/scopes/profile:read").Refused(404, "no_such_token")
		stranger.Delete(one).Refused(404, "no_such_token")
		me.Delete(one + "/scopes/profile:read").Want(204)
		program(s, m.Token).Get("/v1/me").Refused(403, "forbidden")
		program(s, m.Token).Get("/v1/orgs").Want(200)
		me.Delete(one+"/scopes/profile:read").Refused(404, "no_such_token")
		me.Delete(one+"/scopes/members:read").Refused(409, "last_scope")
	})
}

func TestWhoeverFindsATokenEndsItAndItsOwnerHears(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Member("ada@example.com", "", "")
		m := create(t, me.Browser, "profile:read")
		before := len(s.Letters(me.Address))
		for _, text := range []string{"", "npat_nothing", m.Token[:20]} {
			s.Browser().JSON(http.MethodPost, "/v1/tokens/revoke", object{"token": text}).Want(204)
		}
		for range 2 {
			s.Browser().JSON(http.MethodPost, "/v1/tokens/revoke", object{"token": m.Token}).Want(204)
		}
		if n := len(s.Letters(me.Address)) - before; n != 1 {
			t.Errorf("%d letters", n)
		}
		me.Get("/settings/credentials").Want(200).Contains("Found by somebody")
	})
}

func TestATokenIsShownAgainOnlyWhereEveryRuleAllowsIt(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		org, other := s.Organization("Halden"), s.Organization("Elsewhere")
		me := s.Member("ada@example.com", org, identity.Agent)
		never := create(t, me.Browser, "profile:read")
		show := func(id string) apptest.Answer { return me.JSON(http.MethodPost, base+"/"+id+"/show", object{}) }
		show(never.ID).Refused(403, "managed_by_organization")
		s.Rule(org, "preset", `"classic-chat"`)
		s.Rule(org, "tokens.redisplay", `"yes"`)
		show(never.ID).Refused(404, "no_such_token") // it was not kept
		kept := create(t, me.Browser, "profile:read")
		if text := show(kept.ID).Want(200).Map()["token"]; text != kept.Token {
			t.Errorf("%v", text)
		}
		for _, rows := range s.Rows() {
			if strings.Contains(strings.Join(rows, "\n"), kept.Token) {
				t.Error("the token stands in the database")
			}
		}
		s.Clock.Advance(session.ProofLife)
		show(kept.ID).Refused(403, "reauthentication_required")
		s.Belong(me, other, identity.Agent) // allows it not
		show(kept.ID).Refused(403, "managed_by_organization")
		if err := s.Tokens.Tidy(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.Rule(other, "tokens.redisplay", `"yes"`)
		me.Browser = s.Enter(me.ID, session.Full)
		show(kept.ID).Refused(404, "no_such_token")
		program(s, kept.Token).Get("/v1/me").Want(200)
	})
}

func TestItsOwnerHearsOnceThatATokenEndsSoon(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Member("ada@example.com", "", "")
		create(t, me.Browser, "profile:read")
		me.JSON(http.MethodPost, base, object{"name": "Short", "scopes": []string{"profile:read"}, "expires_in_days": 13}).Want(201)
		before := len(s.Letters(me.Address))
		heard := func() int {
			if err := s.Tokens.Tidy(t.Context()); err != nil {
				t.Fatal(err)
			}
			return len(s.Letters(me.Address)) - before
		}
		s.Clock.Advance(83*day - time.Second)
		if n := heard(); n != 0 {
			t.Errorf("%d letters before the time", n)
		}
		s.Clock.Advance(time.Second)
		if heard() != 1 || heard() != 1 {
			t.Errorf("%d letters", heard())
		}
		if l := s.Letter(me.Address); !strings.Contains(l.Text, "Report") || !strings.HasSuffix(apptest.LinkIn(l), "/settings/credentials") {
			t.Errorf("%s", l.Text)
		}
	})
}

func TestWhatHasEndedIsForgottenLater(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Member("ada@example.com", "", "")
		me.Delete(base + "/" + create(t, me.Browser, "profile:read").ID).Want(204)
		left := func() int {
			commit(t, s, func(tx *db.Tx) error { return s.Tokens.Sweep(t.Context(), tx) })
			return len(s.Rows()["tokens"])
		}
		if left() != 1 {
			t.Error("it is gone at once")
		}
		s.Clock.Advance(30*day + time.Second)
		if left() != 0 {
			t.Error("it is still there")
		}
	})
}

func commit(t *testing.T, s *apptest.Server, fn func(*db.Tx) error) {
	t.Helper()
	if err := s.DB.Tx(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}
