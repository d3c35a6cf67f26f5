package coverage

import (
	"context"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/api"
	"nameplate/internal/platform/route"
)

// API serves coverage as JSON.
type API struct{ Service *Service }

type input struct {
	Org     string `path:"org"`
	From    string `query:"from" doc:"A day of the week that is meant, as 2026-11-23; this week if omitted."`
	Channel string `query:"channel" doc:"Only this one."`
}

type stretch struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

type channelItem struct {
	Channel  string    `json:"channel"`
	Members  int       `json:"members" doc:"Who have the channel on."`
	People   []int     `json:"people" doc:"For each step, how many hear all of it."`
	Capacity []int     `json:"capacity" doc:"For each step, how many conversations they take at once."`
	Gaps     []stretch `json:"gaps" doc:"When nobody hears."`
}

type output struct {
	Body struct {
		TimeZone string        `json:"time_zone" doc:"In which the week has its days."`
		From     time.Time     `json:"from"`
		To       time.Time     `json:"to"`
		Step     int           `json:"step_minutes"`
		Items    []channelItem `json:"items"`
	}
}

// Mount adds the operation.
func (h API) Mount(a *api.API) {
	api.Get(a, "/v1/orgs/{org}/coverage", route.Allowed(identity.SetMemberChannels), route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "get-coverage", Tag: "Channels", Summary: "For a week and each channel, how many hear, and when nobody does"}, h.week)
}

func (h API) week(ctx context.Context, in *input) (*output, error) {
	w, err := h.Service.Week(ctx, in.Org, in.From)
	if err != nil {
		return nil, err
	}
	out := &output{}
	b := &out.Body
	b.TimeZone, b.From, b.To, b.Step, b.Items = w.From.Location().String(), w.From.UTC(), w.To.UTC(), int(Step/time.Minute), []channelItem{}
	for _, c := range w.Channels {
		if in.Channel != "" && in.Channel != c.Name {
			continue
		}
		one := channelItem{Channel: c.Name, Members: c.Members, Gaps: []stretch{}}
		for _, s := range c.Slots {
			one.People, one.Capacity = append(one.People, s.People), append(one.Capacity, s.Capacity)
		}
		for _, g := range c.Gaps() {
			one.Gaps = append(one.Gaps, stretch{g.From.UTC(), g.To.UTC()})
		}
		b.Items = append(b.Items, one)
	}
	return out, nil
}
