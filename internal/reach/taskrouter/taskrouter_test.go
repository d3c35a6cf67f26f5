package taskrouter_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/taskrouter/routertest"
)

type object = map[string]any

// floor is an organization with a supervisor and two agents, one of whom is a
// worker by id and the other by address.
type floor struct {
	*apptest.Server
	t                *testing.T
	router           *routertest.Router
	org              string
	boss, mei, jonas apptest.Somebody
}

func each(t *testing.T, test func(t *testing.T, f *floor)) {
	for name, start := range map[string]func(testing.TB, ...apptest.Setting) *apptest.Server{"sqlite": apptest.OnSQLite, "postgres": apptest.OnPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			router := routertest.Start(t)
			s := start(t, apptest.Routing(router))
			f := &floor{Server: s, t: t, router: router, org: s.Organization("Halden")}
			f.boss = s.Member("boss@example.com", f.org, identity.Supervisor)
			f.mei, f.jonas = s.Member("mei@example.com", f.org, identity.Agent), s.Member("jonas@example.com", f.org, identity.Agent)
			takes := map[string]routertest.Channel{"chat": {Capacity: 1}, "voice": {Capacity: 1, Available: true}, "fax": {Capacity: 7, Available: true}}
			router.Add("WK1", object{"nameplate_user": f.mei.ID, "email": "jonas@example.com"}, takes)
			router.Add("WK2", object{"email": "Jonas@Example.com", "skills": []string{"bills"}}, takes)
			router.Add("WK3", object{}, takes)
			test(t, f)
		})
	}
}

// sets is what somebody does with a channel of theirs.
func (f *floor) sets(who apptest.Somebody, name string, enabled bool, capacity int) {
	f.t.Helper()
	who.JSON(http.MethodPut, "/v1/me/channels/"+name, object{"enabled": enabled, "capacity": capacity}).Want(200)
}

// stands waits until a worker has this.
func (f *floor) stands(worker, name string, want routertest.Channel) {
	f.t.Helper()
	f.Settle(func() bool { return f.router.Of(worker, name) == want })
}

// of is how somebody stands, by the API.
func (f *floor) of(who apptest.Somebody) (drift, waiting bool, problem string) {
	f.t.Helper()
	var out struct {
		Items []struct {
			User, Problem  string
			Drift, Waiting bool
		}
	}
	f.boss.Get("/v1/orgs/" + f.org + "/taskrouter").Want(200).To(&out)
	for _, i := range out.Items {
		if i.User == who.ID {
			return i.Drift, i.Waiting, i.Problem
		}
	}
	return false, false, "unseen"
}

func TestWorkersFollowChannelsAndFocusAndNoneIsMade(t *testing.T) {
	each(t, func(t *testing.T, f *floor) {
		f.sets(f.mei, "chat", true, 4)
		f.sets(f.jonas, "chat", true, 2)
		f.stands("WK1", "chat", routertest.Channel{Capacity: 4, Available: true})
		f.stands("WK2", "chat", routertest.Channel{Capacity: 2, Available: true})
		f.mei.JSON(http.MethodPut, "/v1/me/channels/chat", object{"enabled": false}).Want(200)
		f.stands("WK1", "chat", routertest.Channel{Capacity: 4})
		f.sets(f.mei, "chat", true, 4)
		f.stands("WK1", "chat", routertest.Channel{Capacity: 4, Available: true})

		f.mei.JSON(http.MethodPut, "/v1/me/focus", object{"until": f.Clock.Now().Add(time.Hour), "message": ""}).Want(200)
		f.stands("WK1", "chat", routertest.Channel{Capacity: 4})
		f.Settle(func() bool { _, waits, _ := f.of(f.mei); return !waits })
		f.Clock.Advance(time.Hour + time.Second)
		f.stands("WK1", "chat", routertest.Channel{Capacity: 4, Available: true})

		if f.router.Of("WK1", "voice") != (routertest.Channel{Capacity: 1, Available: true}) || f.router.Of("WK3", "chat") != (routertest.Channel{Capacity: 1}) {
			t.Error("what was never set here, or belongs to nobody, was changed")
		}
		f.sets(f.boss, "chat", true, 1)
		f.Settle(func() bool { _, _, problem := f.of(f.boss); return problem == "no_worker" })
		if f.router.Workers() != 3 {
			t.Error("a worker was made")
		}
		f.router.Add("WK4", object{"nameplate_user": f.mei.ID}, nil)
		f.Clock.Advance(time.Minute)
		f.sets(f.mei, "chat", true, 1)
		f.Settle(func() bool { _, _, problem := f.of(f.mei); return problem == "several_workers" })
		if f.router.Of("WK1", "chat").Capacity != 4 {
			t.Error("one of several workers was changed")
		}
	})
}

func TestDriftIsSeenAndMendedEitherWay(t *testing.T) {
	each(t, func(t *testing.T, f *floor) {
		base := "/v1/orgs/" + f.org + "/taskrouter/"
		f.sets(f.mei, "chat", true, 4)
		f.stands("WK1", "chat", routertest.Channel{Capacity: 4, Available: true})
		f.Settle(func() bool { drift, waits, problem := f.of(f.mei); return !drift && !waits && problem == "" })
		f.router.Set("WK1", "chat", routertest.Channel{Capacity: 9, Available: true})
		f.boss.JSON(http.MethodPost, base+"look", object{}).Want(202)
		f.Settle(func() bool { drift, _, _ := f.of(f.mei); return drift })
		f.boss.Get("/settings/channels/taskrouter").Want(200).Contains("here 4 at once, there 9 at once")
		f.boss.JSON(http.MethodPost, base+f.mei.ID+"/push", object{}).Want(202)
		f.stands("WK1", "chat", routertest.Channel{Capacity: 4, Available: true})
		f.Settle(func() bool { drift, waits, _ := f.of(f.mei); return !drift && !waits })

		f.router.Set("WK1", "chat", routertest.Channel{Capacity: 6})
		f.boss.Form("/settings/channels/taskrouter/" + f.org + "/look").Want(303)
		f.Settle(func() bool { drift, _, _ := f.of(f.mei); return drift })
		f.boss.JSON(http.MethodPost, base+f.mei.ID+"/pull", object{}).Want(204)
		if page := f.mei.Get("/v1/me/channels").Want(200).Page(); !strings.Contains(page, `{"channel":"chat","enabled":false,"capacity":6`) {
			t.Error(page)
		}
		f.mei.Get("/v1/orgs/" + f.org + "/taskrouter").Want(403)
		f.boss.JSON(http.MethodPost, base+f.jonas.ID+"/pull", object{}).Refused(409, "taskrouter_unseen")
	})
}

func TestAnOutageLosesNothingAndDoublesNothing(t *testing.T) {
	each(t, func(t *testing.T, f *floor) {
		f.router.Answer(func() (int, string) { return 429, "120" })
		f.sets(f.mei, "chat", true, 4)
		f.Settle(func() bool { return f.router.Calls(http.MethodGet) == 1 })
		for n := range 5 {
			f.sets(f.mei, "chat", true, 5+n)
			f.sets(f.jonas, "chat", true, 5+n)
		}
		f.Clock.Advance(100 * time.Second)
		if f.router.Calls(http.MethodGet) != 1 {
			t.Error("it was called before Retry-After had passed")
		}
		f.router.Answer(func() (int, string) { return -1, "" }) // the work is done, and no answer comes
		f.Clock.Advance(21 * time.Second)
		f.Settle(func() bool { return f.router.Calls(http.MethodGet) > 1 })
		f.router.Answer(nil)
		want := routertest.Channel{Capacity: 9, Available: true}
		f.Settle(func() bool {
			f.Clock.Advance(10 * time.Second)
			return f.router.Of("WK1", "chat") == want && f.router.Of("WK2", "chat") == want
		})
		f.Settle(func() bool {
			_, one, _ := f.of(f.mei)
			_, other, _ := f.of(f.jonas)
			return !one && !other
		})
		if n := f.router.Calls(http.MethodPost); n != 2 {
			t.Errorf("%d channels were set, want 2", n)
		}
	})
}

func TestWithoutAWorkspaceThereIsNothingToKeepInStep(t *testing.T) {
	s := apptest.OnSQLite(t)
	org := s.Organization("Halden")
	boss := s.Member("boss@example.com", org, identity.Supervisor)
	boss.JSON(http.MethodPut, "/v1/me/channels/chat", object{"enabled": true}).Want(200)
	if m := boss.Get("/v1/orgs/" + org + "/taskrouter").Want(200).Map(); m["enabled"] != false {
		t.Errorf("%v", m)
	}
	boss.JSON(http.MethodPost, "/v1/orgs/"+org+"/taskrouter/look", object{}).Refused(409, "taskrouter_off")
	boss.Get("/settings/channels/taskrouter").Want(200).Contains("No TaskRouter is set up.")
}
