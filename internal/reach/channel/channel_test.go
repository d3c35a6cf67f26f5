package channel_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/identity"
)

type fields = map[string]any

// centre is an organization with people of each role.
type centre struct {
	s                               *apptest.Server
	org                             string
	owner, admin, lead, agent, mate apptest.Somebody
}

func open(s *apptest.Server) centre {
	org := s.Organization("Halden")
	member := func(name string, role identity.Role) apptest.Somebody {
		return s.Member(name+"@halden.example", org, role)
	}
	return centre{
		s, org, member("owner", identity.Owner), member("admin", identity.Admin), member("lead", identity.Supervisor),
		member("agent", identity.Agent), member("mate", identity.Agent),
	}
}

func (c centre) path(rest string) string { return "/v1/orgs/" + c.org + rest }

// takes switches a channel on, with a number.
func takes(who apptest.Somebody, channel string, capacity int) {
	who.JSON(http.MethodPut, "/v1/me/channels/"+channel, fields{"enabled": true, "capacity": capacity}).Want(200)
}

func (c centre) reserve(body fields) apptest.Answer {
	return c.owner.JSON(http.MethodPost, c.path("/reservations"), body)
}

// free lists who has a channel on, as "name free/capacity".
func (c centre) free(channel string) string {
	var out struct {
		Items []struct {
			User                 string
			Name                 string `json:"display_name"`
			Capacity, Load, Free int
		}
	}
	c.lead.Get(c.path("/availability?channel=" + channel)).Want(200).To(&out)
	var all []string
	for _, m := range out.Items {
		name := map[string]string{c.agent.ID: "agent", c.mate.ID: "mate", c.lead.ID: "lead"}[m.User]
		all = append(all, fmt.Sprintf("%s %d+%d of %d", name, m.Load, m.Free, m.Capacity))
	}
	return strings.Join(all, ", ")
}

// of is one channel of somebody's list.
func of(who apptest.Somebody, channel string) fields {
	for _, i := range who.Get("/v1/me/channels").Want(200).Map()["items"].([]any) {
		if i := i.(fields); i["channel"] == channel {
			return i
		}
	}
	return nil
}

func TestAChannelIsSwitchedAndKeepsItsNumber(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		c := open(s)
		if first := of(c.agent, "chat"); first["enabled"] != false || first["capacity"] != 1.0 || first["max"] != 20.0 || first["load"] != 0.0 {
			t.Errorf("at first %v", first)
		}
		takes(c.agent, "chat", 5)
		c.agent.JSON(http.MethodPut, "/v1/me/channels/chat", fields{"enabled": false}).Want(200)
		if off := of(c.agent, "chat"); off["enabled"] != false || off["capacity"] != 5.0 {
			t.Errorf("off: %v", off)
		}
		if got := c.free("chat"); got != "" {
			t.Errorf("who is off is offered: %s", got)
		}
		c.agent.JSON(http.MethodPut, "/v1/me/channels/chat", fields{"enabled": true}).Want(200)
		if got := c.free("chat"); got != "agent 0+5 of 5" {
			t.Errorf("on again: %s", got)
		}
		for _, capacity := range []int{-1, 21} {
			c.agent.JSON(http.MethodPut, "/v1/me/channels/chat", fields{"capacity": capacity}).Refused(422, "validation_failed", "capacity")
		}
		c.agent.JSON(http.MethodPut, "/v1/me/channels/pigeon", fields{"enabled": true}).Want(404)
		s.Member("alone@example.com", "", "").Get("/v1/me/channels").Want(404)
		c.agent.Form("/settings/channels", "channel", "chat", "capacity.chat", "21", "channel", "voice", "capacity.voice", "2").Want(422).Contains("0 to 20")
		if got := of(c.agent, "chat"); got["enabled"] != true || of(c.agent, "voice")["capacity"] != 1.0 {
			t.Errorf("half of a refused form holds: %v", got)
		}
		c.agent.Form("/settings/channels", "channel", "chat", "capacity.chat", "4", "channel", "voice", "enabled.voice", "on", "capacity.voice", "2").Want(303)
		if got := of(c.agent, "chat"); got["enabled"] != false || got["capacity"] != 4.0 || of(c.agent, "voice")["enabled"] != true {
			t.Errorf("the form is not kept: %v", got)
		}
	})
}

func TestTheRulesSayWhoSetsTheNumbersAndHowHigh(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		c := open(s)
		takes(c.agent, "chat", 5)
		s.Rule(c.org, "capacity.max.chat", "3")
		s.Rule(c.org, "capacity.max.video", "0")
		if got := of(c.agent, "chat"); got["max"] != 3.0 || got["capacity"] != 5.0 {
			t.Errorf("%v", got)
		}
		if got := c.free("chat"); got != "agent 0+3 of 3" {
			t.Errorf("the bound does not hold for routing: %s", got)
		}
		if of(c.agent, "video") != nil {
			t.Error("a channel that the organization has not is listed")
		}
		c.agent.JSON(http.MethodPut, "/v1/me/channels/video", fields{"enabled": true}).Want(404)
		for _, rule := range []string{`"readonly"`, `"request"`} {
			s.Rule(c.org, "capacity.self", rule)
			c.agent.JSON(http.MethodPut, "/v1/me/channels/chat", fields{"capacity": 2}).Refused(403, "managed_by_organization")
			c.agent.JSON(http.MethodPut, "/v1/me/channels/chat", fields{"enabled": true, "capacity": 5}).Want(200) // as it is
			c.agent.Get("/settings/channels").Want(200).Contains("A supervisor or an admin can change it.")
		}
		control := c.agent.Get("/v1/me/channels").Map()["control"].(fields)
		if control["editable"] != false || control["rule"] != "capacity.self" || control["source"] != "organization" {
			t.Errorf("%v", control)
		}
	})
}

func TestASupervisorSetsTheChannelsOfAgentsAndNobodyElses(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		c := open(s)
		s.Rule(c.org, "capacity.self", `"readonly"`)
		set := func(by, of apptest.Somebody) apptest.Answer {
			return by.JSON(http.MethodPut, c.path("/members/"+of.ID+"/channels/chat"), fields{"enabled": true, "capacity": 2})
		}
		set(c.lead, c.agent).Want(200)
		set(c.admin, c.lead).Want(200)
		set(c.owner, c.owner).Want(200)
		set(c.lead, c.lead).Refused(403, "channels_not_yours")
		set(c.lead, c.admin).Refused(403, "channels_not_yours")
		set(c.admin, c.owner).Refused(403, "channels_not_yours")
		set(c.agent, c.mate).Refused(403, "forbidden")
		stranger := s.Member("mal@example.com", s.Organization("Theirs"), identity.Owner)
		set(stranger, c.agent).Want(404)
		set(c.lead, stranger).Want(404)
		page := c.lead.Get("/settings/members/" + c.agent.ID).Want(200)
		page.Contains("Channels of Somebody")
		if strings.Contains(c.mate.Get("/settings/members/"+c.agent.ID).Want(200).Page(), "Channels of") {
			t.Error("an agent sees the form for another one")
		}
		form := "/settings/members/" + c.org + "/" + c.agent.ID + "/channels"
		c.lead.Form(form, "channel", "chat", "enabled.chat", "on", "capacity.chat", "7").Want(303)
		c.lead.Form(form, "channel", "chat", "enabled.chat", "on", "capacity.chat", "99").Want(422).Contains("0 to 20")
		c.mate.Form(form, "channel", "chat", "enabled.chat", "on", "capacity.chat", "7").Want(403)
		if got := of(c.agent, "chat"); got["capacity"] != 7.0 {
			t.Errorf("%v", got)
		}
	})
}

func TestAPlaceIsOfWhoHasMostRoomAndComesBack(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		c := open(s)
		takes(c.agent, "chat", 1)
		takes(c.mate, "chat", 2)
		first := c.reserve(fields{"channel": "chat", "conversation": "4812"}).Want(201).Map()
		if first["user"] != c.mate.ID || !strings.HasPrefix(first["id"].(string), "rsv_") || first["expires_at"] != s.Clock.Now().Add(8*time.Hour).Format(time.RFC3339) {
			t.Errorf("%v", first)
		}
		s.Clock.Advance(time.Hour)
		again := c.reserve(fields{"channel": "chat", "conversation": "4812", "lease_seconds": 60}).Want(200).Map()
		if again["id"] != first["id"] || again["expires_at"] != s.Clock.Now().Add(time.Minute).Format(time.RFC3339) {
			t.Errorf("the same conversation: %v", again)
		}
		c.reserve(fields{"channel": "chat", "conversation": "4813"}).Want(201)
		c.reserve(fields{"channel": "chat", "conversation": "4814", "user": c.mate.ID}).Want(201)
		if got := c.free("chat"); got != "mate 2+0 of 2, agent 1+0 of 1" && got != "agent 1+0 of 1, mate 2+0 of 2" {
			t.Errorf("all taken: %s", got)
		}
		c.reserve(fields{"channel": "chat", "conversation": "4815"}).Refused(409, "no_capacity")
		c.reserve(fields{"channel": "chat", "conversation": "4815", "user": c.agent.ID}).Refused(409, "no_capacity")
		s.Clock.Advance(time.Minute) // the lease of 4812 has ended
		if got := c.reserve(fields{"channel": "chat", "conversation": "4815"}).Want(201).Map(); got["user"] != c.mate.ID {
			t.Errorf("%v", got)
		}
		c.owner.Delete(c.path("/reservations/" + first["id"].(string))).Want(404)
		last := c.reserve(fields{"channel": "chat", "conversation": "4815"}).Want(200).Map()["id"].(string)
		c.owner.Delete(c.path("/reservations/" + last)).Want(204)
		c.owner.Delete(c.path("/reservations/"+last)).Refused(404, "no_such_reservation")
		if load := of(c.mate, "chat")["load"]; load != 1.0 {
			t.Errorf("the load is %v", load)
		}
		for field, wrong := range map[string]fields{
			"channel": {"channel": "pigeon", "conversation": "1"}, "conversation": {"channel": "chat", "conversation": strings.Repeat("x", 129)},
			"lease_seconds": {"channel": "chat", "conversation": "1", "lease_seconds": 0},
		} {
			c.reserve(wrong).Refused(422, "validation_failed", field)
		}
		c.agent.JSON(http.MethodPost, c.path("/reservations"), fields{"channel": "chat", "conversation": "x"}).Refused(403, "forbidden")
		c.agent.Get(c.path("/availability?channel=chat")).Refused(403, "forbidden")
	})
}

// TestNobodyIsEverOverbooked asks for more places than there are, many at once,
// each conversation from two places, while numbers change.
func TestNobodyIsEverOverbooked(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		c := open(s)
		takes(c.agent, "chat", 3)
		takes(c.mate, "chat", 4)
		var all sync.WaitGroup
		var mu sync.Mutex
		users, statuses := map[string]string{}, map[int]int{}
		for i := range 24 {
			conversation := fmt.Sprint("c", i%12)
			all.Go(func() {
				b := c.owner.Copy()
				body := fmt.Sprintf(`{"channel":"chat","conversation":%q}`, conversation)
				a, err := b.Try(b.Request(http.MethodPost, c.path("/reservations"), "application/json", strings.NewReader(body)))
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				statuses[a.Status]++
				if a.Status == 409 {
					return
				}
				id := a.Map()["id"].(string)
				if before := users[conversation]; before != "" && before != id {
					t.Errorf("%s has two places", conversation)
				}
				users[conversation] = id
			})
		}
		all.Wait()
		if statuses[201] != 7 || statuses[201]+statuses[200]+statuses[409] != 24 {
			t.Errorf("%v", statuses)
		}
		if got := c.free("chat"); !strings.Contains(got, "agent 3+0 of 3") || !strings.Contains(got, "mate 4+0 of 4") {
			t.Error(got)
		}
	})
}

func TestWhoIsInFocusGetsNothingAndTheCardSaysWhenTheyAreBack(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		c := open(s)
		takes(c.agent, "chat", 5)
		c.agent.JSON(http.MethodPatch, "/v1/me", fields{"time_zone": "Europe/Oslo"}).Want(200)
		card := func() fields {
			a, _ := s.Browser().Get("/v1/cards/" + c.agent.ID).Want(200).Map()["availability"].(fields)
			return a
		}
		if a := card(); a != nil {
			t.Errorf("at first %v", a)
		}
		live := s.Browser().Open("/v1/cards/" + c.agent.ID + "/live")
		live.Next()
		until := s.Clock.Now().Add(4 * time.Hour)
		c.agent.JSON(http.MethodPut, "/v1/me/focus", fields{"until": until, "message": "Training"}).Want(200)
		if event := live.Next(); !strings.Contains(event, `"back_at"`) {
			t.Errorf("the open card does not hear of it: %s", event)
		}
		if a := card(); a["state"] != "back_at" || a["at"] != "2026-11-23T13:30:00Z" {
			t.Errorf("%v", a)
		}
		if got := c.free("chat"); got != "" {
			t.Errorf("who is in focus is offered: %s", got)
		}
		c.reserve(fields{"channel": "chat", "conversation": "1"}).Refused(409, "no_capacity")
		c.agent.JSON(http.MethodPatch, "/v1/me", fields{"visibility": fields{"time_zone": "public"}}).Want(200)
		if a := card(); a["at"] != "2026-11-23T14:30:00+01:00" {
			t.Errorf("%v", a)
		}
		c.agent.Get("/settings/channels").Want(200).Contains("You are back at 14:30.")
		c.agent.JSON(http.MethodPatch, "/v1/me", fields{"visibility": fields{"availability": "team"}}).Want(200)
		if a := card(); a != nil {
			t.Errorf("what is not public is on the card: %v", a)
		}
		c.agent.JSON(http.MethodPatch, "/v1/me", fields{"visibility": fields{"availability": nil}}).Want(200)
		s.Clock.Advance(4 * time.Hour)
		if a := card(); a != nil || c.free("chat") != "agent 0+5 of 5" {
			t.Errorf("it does not end by itself: %v, %s", a, c.free("chat"))
		}
		if f := c.agent.Get("/v1/me/focus").Want(200).Map(); f["until"] != nil || f["message"] != "" {
			t.Errorf("%v", f)
		}
	})
}

func TestFocusIsBegunAndEndedOnThePage(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		c := open(s)
		for _, wrong := range []time.Time{s.Clock.Now(), s.Clock.Now().Add(-time.Hour), s.Clock.Now().Add(15 * 24 * time.Hour)} {
			c.agent.JSON(http.MethodPut, "/v1/me/focus", fields{"until": wrong}).Refused(422, "validation_failed", "until")
		}
		c.agent.JSON(http.MethodPut, "/v1/me/focus", fields{"until": s.Clock.Now().Add(time.Hour), "message": strings.Repeat("x", 101)}).Refused(422, "validation_failed", "message")
		c.agent.Form("/settings/focus", "until", "never").Want(422).Contains("Choose a moment that is still to come")
		c.agent.Form("/settings/focus", "until", "").Want(422)
		c.agent.Form("/settings/focus", "until", "h12", "message", "Lunch").Want(303)
		if f := c.agent.Get("/v1/me/focus").Map(); f["until"] != "2026-11-23T12:00:00Z" || f["message"] != "Lunch" {
			t.Errorf("%v", f)
		}
		c.agent.Get("/settings/channels").Want(200).Contains("Focus is on").Contains("Lunch")
		c.agent.Form("/settings/focus/end").Want(303)
		c.agent.Delete("/v1/me/focus").Want(204)
		if f := c.agent.Get("/v1/me/focus").Map(); f["until"] != nil {
			t.Errorf("%v", f)
		}
	})
}
