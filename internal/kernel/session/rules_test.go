package session_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
)

var changeRole = db.Exec(`UPDATE memberships SET role = $3, role_since = $4 WHERE organization_id = $1 AND user_id = $2`)

func TestAStricterRuleEndsOldSessionsAtOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		org := s.Organization("Halden")
		me, other := s.Member("ada@example.com", org, identity.Agent), s.Member("bob@example.com", "", "")
		s.Clock.Advance(3 * time.Hour)
		me.Get("/v1/me").Want(200)
		s.Rule(org, "session.max_hours", `4`)
		me.Get("/v1/me").Want(200)
		s.Rule(org, "session.max_hours", `3`)
		me.Get("/v1/me").Refused(401, "unauthenticated")
		other.Get("/v1/me").Want(200)
		fresh := s.Enter(me.ID, session.Full)
		s.Clock.Advance(3*time.Hour - time.Second)
		fresh.Get("/v1/me").Want(200)
		s.Clock.Advance(time.Second)
		fresh.Get("/v1/me").Refused(401, "unauthenticated")
	})
}

func TestASessionThatIsNotUsedEndsAsTheRuleSays(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		org := s.Organization("Halden")
		me := s.Member("ada@example.com", org, identity.Agent)
		s.Rule(org, "session.idle_hours", `2`)
		for range 3 {
			s.Clock.Advance(2*time.Hour - time.Second)
			me.Get("/v1/me").Want(200)
		}
		idle := s.Enter(me.ID, session.Full)
		s.Clock.Advance(90 * time.Minute)
		me.Get("/v1/me").Want(200)
		s.Clock.Advance(30 * time.Minute)
		idle.Get("/v1/me").Refused(401, "unauthenticated")
		if n := strings.Count(me.Get("/v1/me/sessions").Want(200).Page(), `"id"`); n != 1 {
			t.Errorf("%d sessions are listed as living", n)
		}
	})
}

func TestWhileThereIsGraceEveryPageAsksForASecondFactorAndNothingIsClosed(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		org := s.Organization("Halden")
		me := s.Member("ada@example.com", org, identity.Agent)
		s.Rule(org, "mfa.required", `["agent"]`)
		s.Rule(org, "mfa.grace_days", `2`)
		me.Get("/settings/profile").Want(200).Contains("Halden requires a second factor.").Contains("You have 2 days left")
		s.Clock.Advance(24*time.Hour + time.Minute)
		me.Get("/settings/sessions").Want(200).Contains("You have 1 day left")
		me.JSON(http.MethodPatch, "/v1/me", map[string]string{"pronouns": "she/her"}).Want(200)
		s.Clock.Advance(24*time.Hour - time.Minute)
		me.Get("/v1/me").Refused(403, "second_factor_required")
		a := me.Get("/settings/profile").Want(303)
		if to := a.Header.Get("Location"); to != "/settings/security" {
			t.Error(to)
		}
		me.Get("/settings/security").Want(200).Contains("Set one up to go on.").Contains("An owner or admin can change this rule.")
	})
}

func TestASecondFactorOpensAllAgain(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		org := s.Organization("Halden")
		me := s.Member("ada@example.com", org, identity.Agent)
		s.Rule(org, "mfa.required", `"all"`)
		s.Rule(org, "mfa.grace_days", `0`)
		me.Get("/v1/me").Refused(403, "second_factor_required")
		phone := s.Protect(me)
		me.Get("/v1/me").Want(200)
		if page := me.Get("/settings/profile").Want(200).Page(); strings.Contains(page, "requires a second factor") {
			t.Error("the page still asks")
		}
		// The last one stays while the rule does.
		id := factorOf(me)
		me.Get("/settings/security/factors/" + id).Want(200).Contains("so the last one stays").Contains("Set by whoever runs this service")
		me.JSON(http.MethodPost, "/v1/session/reauthenticate", map[string]string{"code": phone.Code()}).Want(204)
		me.Delete("/v1/me/factors/"+id).Refused(409, "factor_required")
		me.Get("/v1/me").Want(200)
		s.Rule(org, "mfa.required", `"none"`)
		me.Delete("/v1/me/factors/" + id).Want(204)
	})
}

func factorOf(who apptest.Somebody) string {
	var list struct{ Items []struct{ ID string } }
	who.Get("/v1/me/factors").To(&list)
	return list.Items[0].ID
}

func TestANewRoleHasItsOwnGrace(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		org := s.Organization("Halden")
		me := s.Member("ada@example.com", org, identity.Agent)
		s.Rule(org, "mfa.required", `["admin"]`)
		s.Rule(org, "mfa.grace_days", `3`)
		s.Clock.Advance(5 * 24 * time.Hour)
		me.Get("/v1/me").Want(200)
		commit(t, s, func(tx *db.Tx) error {
			_, err := changeRole.Run(t.Context(), tx, org, me.ID, string(identity.Admin), s.Clock.Now())
			return err
		})
		me.Get("/v1/me").Want(200)
		s.Clock.Advance(3 * 24 * time.Hour)
		me.Get("/v1/me").Refused(403, "second_factor_required")
	})
}
