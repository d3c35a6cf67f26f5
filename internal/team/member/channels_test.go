package member_test

import (
	"net/http"
	"strings"
	"testing"

	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/identity"
)

func TestAnAdminSetsChannelsWithTheRestOrNotAtAll(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		org := s.Organization("Halden")
		admin, agent := s.Member("admin@example.com", org, identity.Admin), s.Member("agent@example.com", org, identity.Agent)
		path := "/v1/orgs/" + org + "/members/" + agent.ID
		admin.JSON(http.MethodPatch, path, map[string]any{
			"designation": "Night shift", "channels": map[string]any{"chat": map[string]any{"enabled": true, "capacity": 4}, "voice": map[string]any{"enabled": true}},
		}).Want(200).Contains("Night shift")
		got := agent.Get("/v1/me/channels").Want(200).Page()
		if !strings.Contains(got, `{"channel":"chat","enabled":true,"capacity":4`) || !strings.Contains(got, `{"channel":"voice","enabled":true,"capacity":1`) {
			t.Error(got)
		}
		admin.JSON(http.MethodPatch, path, map[string]any{
			"designation": "Day shift", "channels": map[string]any{"chat": map[string]any{"capacity": 1000}},
		}).Refused(422, "validation_failed", "capacity")
		admin.JSON(http.MethodPatch, path, map[string]any{"channels": map[string]any{"fax": map[string]any{"enabled": true}}}).Refused(404, "no_such_channel")
		admin.Get(path).Want(200).Contains("Night shift")
	})
}
