package notify

import (
	"context"
	"net/http"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/api"
	"nameplate/internal/platform/route"
)

// API serves notifications as JSON.
type API struct{ Service *Service }

type audio struct {
	Mode           string `json:"mode" enum:"none,mine,mine_and_unassigned,all"`
	Tone           string `json:"tone" enum:"bell,drops,harbour"`
	Volume         int    `json:"volume" doc:"0 to 100"`
	OnlyWhenHidden bool   `json:"only_when_hidden"`
	Repeat         bool   `json:"repeat" doc:"Until it is read."`
}

type span struct {
	From string `json:"from" doc:"As 18:00"`
	To   string `json:"to" doc:"As 07:00, on the next day if that is not after from. 24:00 is the end of the day."`
}

type quiet struct {
	TimeZone string          `json:"time_zone" doc:"IANA name. Empty: that of the profile."`
	Days     map[string]span `json:"days" doc:"By weekday in English and lower case; a day that is left out is not quiet."`
}

type settings struct {
	Audio       audio    `json:"audio"`
	Email       []string `json:"email" doc:"Events that are told by mail."`
	Push        []string `json:"push" doc:"Events that are told by push."`
	HideContent bool     `json:"hide_content" doc:"Mails and pushes say that something waits, and not what."`
	QuietHours  quiet    `json:"quiet_hours"`
}

type settingsOutput struct {
	ETag string `header:"ETag"`
	Body settings
}

type audioPatch struct {
	Mode           api.Optional[string] `json:"mode,omitempty"`
	Tone           api.Optional[string] `json:"tone,omitempty"`
	Volume         api.Optional[int]    `json:"volume,omitempty"`
	OnlyWhenHidden api.Optional[bool]   `json:"only_when_hidden,omitempty"`
	Repeat         api.Optional[bool]   `json:"repeat,omitempty"`
}

type quietPatch struct {
	TimeZone string          `json:"time_zone,omitempty"`
	Days     map[string]span `json:"days,omitempty"`
}

type settingsInput struct {
	IfMatch string `header:"If-Match" doc:"Refuses the change if it was made from another ETag."`
	Body    struct {
		Audio       api.Optional[audioPatch] `json:"audio,omitempty"`
		Email       api.Optional[[]string]   `json:"email,omitempty"`
		Push        api.Optional[[]string]   `json:"push,omitempty"`
		HideContent api.Optional[bool]       `json:"hide_content,omitempty"`
		QuietHours  api.Optional[quietPatch] `json:"quiet_hours,omitempty" doc:"Replaced as a whole; null: none."`
	}
}

type person struct {
	User string `json:"user,omitempty"`
	Name string `json:"name,omitempty"`
}

type conversation struct {
	ID      string `json:"id,omitempty"`
	Title   string `json:"title,omitempty"`
	URL     string `json:"url,omitempty"`
	Inbox   string `json:"inbox,omitempty"`
	Channel string `json:"channel,omitempty"`
}

type message struct {
	ID   string `json:"id,omitempty"`
	Text string `json:"text,omitempty"`
}

// Report is an event as a platform sends it.
type Report struct {
	ID           string       `json:"id,omitempty" doc:"The sender's, unique in the organization, at most 128 characters."`
	Type         string       `json:"type,omitempty" doc:"conversation.created, conversation.assigned, message.created, conversation.read or sla.missed"`
	SLA          string       `json:"sla,omitempty" doc:"For sla.missed: first_response, next_response or resolution"`
	OccurredAt   time.Time    `json:"occurred_at,omitempty"`
	Conversation conversation `json:"conversation,omitempty"`
	Actor        person       `json:"actor,omitempty"`
	Assignee     string       `json:"assignee,omitempty"`
	Mentioned    []string     `json:"mentioned,omitempty"`
	Participants []string     `json:"participants,omitempty"`
	Message      message      `json:"message,omitempty"`
	Reader       string       `json:"reader,omitempty" doc:"For conversation.read"`
}

type eventsInput struct {
	Org  string `path:"org"`
	Body struct {
		Report
		Events []Report `json:"events,omitempty" doc:"In place of all else, at most 500."`
	}
}

type taken struct {
	ID        string      `json:"id"`
	Duplicate *bool       `json:"duplicate,omitempty" doc:"Taken before. Absent where it was not taken."`
	Errors    []api.Fault `json:"errors,omitempty" doc:"Why it was not taken."`
}

type eventsOutput struct {
	Body struct {
		ID        string  `json:"id,omitempty"`
		Duplicate *bool   `json:"duplicate,omitempty"`
		Items     []taken `json:"items,omitempty"`
	}
}

type decisionsInput struct {
	Event string `query:"event" doc:"The sender's id. Empty: the last decisions."`
}

type decision struct {
	Event       string    `json:"event"`
	Kind        string    `json:"kind"`
	Channel     string    `json:"channel" enum:"audio,email,push"`
	Outcome     string    `json:"outcome" enum:"sent,held,dropped,failed"`
	Rule        string    `json:"rule"`
	Explanation string    `json:"explanation" doc:"In the caller's language."`
	At          time.Time `json:"at"`
}

type decisionsOutput struct {
	Body struct {
		Items []decision `json:"items"`
	}
}

type simulateInput struct {
	Body struct {
		Type string    `json:"type"`
		SLA  string    `json:"sla,omitempty" doc:"For sla.missed; first_response if omitted."`
		Role string    `json:"role" doc:"assignee, participant, mentioned or none"`
		At   time.Time `json:"at"`
	}
}

type nothing struct{}

// Mount adds the operations.
func (h API) Mount(a *api.API) {
	const tag, path = "Notifications", "/v1/me/notifications"
	api.Get(a, path, route.Person, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "get-notifications", Tag: tag, Summary: "How the caller wants to be told in the current organization"}, h.settings)
	api.Patch(a, path, route.Person, route.JSON, route.Plain, route.NoStore,
		api.Op{ID: "change-notifications", Tag: tag, Summary: "Change how the caller wants to be told"}, h.change)
	api.Get(a, path+"/decisions", route.Person, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "list-decisions", Tag: tag, Summary: "What was decided for the caller, and by which rule"}, h.decisions)
	api.Post(a, path+"/simulate", route.Person, route.JSON, route.Plain, route.NoStore,
		api.Op{ID: "simulate-decision", Tag: tag, Summary: "What would be decided; nothing is sent", Status: http.StatusOK}, h.simulate)
	api.Post(a, "/v1/orgs/{org}/events", route.Allowed(identity.Report).WithScope(identity.EventsWrite), route.Batch, route.Plain, route.NoStore,
		api.Op{ID: "send-events", Tag: tag, Summary: "Tell what happened in conversations", Status: http.StatusAccepted}, h.events)
}

func (h API) settings(ctx context.Context, _ *nothing) (*settingsOutput, error) {
	s, err := h.Service.Settings(ctx, session.Of(ctx))
	return show(s, err)
}

func (h API) change(ctx context.Context, in *settingsInput) (*settingsOutput, error) {
	version, err := api.Version(in.IfMatch)
	if err != nil {
		return nil, err
	}
	s, err := h.Service.Change(ctx, session.Of(ctx), version, in.patch())
	return show(s, err)
}

func (in *settingsInput) patch() Patch {
	b, standard := in.Body, newSettings()
	if b.Audio.Null {
		a := standard.Audio
		return Patch{Mode: &a.Mode, Tone: &a.Tone, Volume: &a.Volume, OnlyWhenHidden: &a.OnlyWhenHidden, Repeat: &a.Repeat}
	}
	a := b.Audio.Value
	p := Patch{
		Mode: wish(a.Mode, standard.Audio.Mode), Tone: wish(a.Tone, standard.Audio.Tone), Volume: wish(a.Volume, standard.Audio.Volume),
		OnlyWhenHidden: wish(a.OnlyWhenHidden, standard.Audio.OnlyWhenHidden), Repeat: wish(a.Repeat, standard.Audio.Repeat),
		Email: kinds(b.Email, standard.Email), Push: kinds(b.Push, standard.Push), HideContent: wish(b.HideContent, standard.HideContent),
	}
	if b.QuietHours.Present {
		p.Quiet = &Quiet{Zone: b.QuietHours.Value.TimeZone, Days: map[string]Span{}}
		for day, s := range b.QuietHours.Value.Days {
			p.Quiet.Days[day] = Span(s)
		}
	}
	return p
}

// wish is a field of a merge patch; null goes back to what holds at first.
func wish[T any](o api.Optional[T], standard T) *T {
	if o.Null {
		return &standard
	}
	return o.Pointer()
}

func kinds(o api.Optional[[]string], standard []Kind) *[]Kind {
	if !o.Present || o.Null {
		return wish(api.Optional[[]Kind]{Present: o.Present, Null: o.Null}, standard)
	}
	all := make([]Kind, len(o.Value))
	for i, k := range o.Value {
		all[i] = Kind(k)
	}
	return &all
}

func show(s Settings, err error) (*settingsOutput, error) {
	if err != nil {
		return nil, err
	}
	out := &settingsOutput{ETag: api.ETag(s.Version), Body: settings{
		Audio: audio(s.Audio), Email: texts(s.Email), Push: texts(s.Push), HideContent: s.HideContent,
		QuietHours: quiet{s.Quiet.Zone, map[string]span{}},
	}}
	for day, hours := range s.Quiet.Days {
		out.Body.QuietHours.Days[day] = span(hours)
	}
	return out, nil
}

func texts(kinds []Kind) []string {
	all := make([]string, len(kinds))
	for i, k := range kinds {
		all[i] = string(k)
	}
	return all
}

func (e Report) event() Event {
	return Event{
		ID: e.ID, Type: e.Type, OccurredAt: e.OccurredAt, SLA: e.SLA,
		Conversation: Conversation{e.Conversation.ID, e.Conversation.Title, e.Conversation.URL},
		ActorUser:    e.Actor.User, ActorName: e.Actor.Name, Assignee: e.Assignee, Mentioned: e.Mentioned, Participants: e.Participants,
		MessageText: e.Message.Text, Reader: e.Reader,
	}
}

func (h API) events(ctx context.Context, in *eventsInput) (*eventsOutput, error) {
	sent := in.Body.Events
	if sent == nil {
		sent = []Report{in.Body.Report}
	}
	all := make([]Event, len(sent))
	for i, e := range sent {
		all[i] = e.event()
	}
	found, err := h.Service.Accept(ctx, in.Org, all)
	if err != nil {
		return nil, err
	}
	out := &eventsOutput{}
	if in.Body.Events == nil {
		out.Body.ID, out.Body.Duplicate = found[0].ID, &found[0].Duplicate
		return out, found[0].Err
	}
	for _, t := range found {
		one := taken{ID: t.ID}
		if t.Err == nil {
			one.Duplicate = &t.Duplicate
		} else {
			one.Errors = api.NewProblem(ctx, t.Err).Errors
		}
		out.Body.Items = append(out.Body.Items, one)
	}
	return out, nil
}

func (h API) decisions(ctx context.Context, in *decisionsInput) (*decisionsOutput, error) {
	c := session.Of(ctx)
	if in.Event == "" {
		return listed(ctx)(h.Service.Last(ctx, c))
	}
	return listed(ctx)(h.Service.Decisions(ctx, c, in.Event))
}

func (h API) simulate(ctx context.Context, in *simulateInput) (*decisionsOutput, error) {
	b := in.Body
	return listed(ctx)(h.Service.Simulate(ctx, session.Of(ctx), Scene{b.Type, b.SLA, b.Role, b.At}))
}

func listed(ctx context.Context) func([]Line, error) (*decisionsOutput, error) {
	return func(all []Line, err error) (*decisionsOutput, error) {
		if err != nil {
			return nil, err
		}
		out := &decisionsOutput{}
		out.Body.Items = []decision{}
		for _, l := range all {
			out.Body.Items = append(out.Body.Items, decision{
				l.Event, string(l.Kind), l.Channel, l.Outcome, l.Rule, l.Explanation(ctx, session.Of(ctx).User.Place()), l.At,
			})
		}
		return out, nil
	}
}
