package notify

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/route"
	"nameplate/internal/platform/web"
	"nameplate/internal/platform/web/ui"
)

const (
	path            = "/settings/notifications"
	unsubscribePath = "/unsubscribe"
	savedWord       = "notifications-" // and the part
	soundPart       = "sounds"
	mailPart        = "mail"
	quietPart       = "quiet"
)

// Web serves the page of notifications, and that of the link which ends mails.
type Web struct {
	Service *Service
	Shell   web.Shell
	// FirstDay is the day that a person's weeks begin with.
	FirstDay func(ctx context.Context, userID string) time.Weekday
	// Devices is the section about devices that have allowed push.
	Devices func(r *http.Request) (templ.Component, error)
}

// Mount adds the routes of the pages.
func (h Web) Mount(t *route.Table) {
	t.Add(
		route.Get(path, route.Person, route.NoBody, route.Plain, route.NoStore, h.show),
		route.Post(path+"/"+soundPart, route.Person, route.Form, route.Plain, route.NoStore, h.saveSounds),
		route.Post(path+"/"+mailPart, route.Person, route.Form, route.Plain, route.NoStore, h.saveMail),
		route.Post(path+"/"+quietPart, route.Person, route.Form, route.Plain, route.NoStore, h.saveQuiet),
		route.Get(unsubscribePath, route.Public, route.NoBody, route.Plain, route.NoStore, h.link),
		route.Post(unsubscribePath, route.Public, route.Form, route.Guarded, route.NoStore, h.unsubscribe),
	)
}

// view is what the page shows.
type view struct {
	Settings
	Member    bool // of an organization
	Devices   templ.Component
	Last      []Line
	Tried     *trial
	Part      string // that was saved or refused
	Said      string
	Faults    web.Faults
	Now       time.Time // in the person's own zone
	FirstDay  time.Weekday
	DelayText string
}

// trial is what the simulator was asked, and what it says.
type trial struct {
	Kind  Kind
	At    string // as a form spells it
	Lines []Line
}

func (h Web) show(w http.ResponseWriter, r *http.Request) error {
	v := view{}
	if part, ok := strings.CutPrefix(web.Flashed(w, r), savedWord); ok {
		v.Part, v.Said = part, i18n.T(r.Context(), "preferences.saved")
	}
	return h.page(w, r, http.StatusOK, v)
}

func (h Web) page(w http.ResponseWriter, r *http.Request, status int, v view) (err error) {
	ctx, c := r.Context(), session.Of(r.Context())
	v.Now, v.FirstDay = h.Service.Clock.Now().In(c.User.Place()), h.FirstDay(ctx, c.User.ID)
	v.Member = c.Actor.Membership.OrganizationID != ""
	if v.Member {
		if err := h.fill(r, c, &v); err != nil {
			return err
		}
	}
	return h.Shell.Page(w, r, status, func(f *ui.Frame) {
		f.Title, f.Layout = i18n.T(ctx, "notify.title"), ui.LayoutTabs
		if len(v.Faults) > 0 {
			f.Fault = i18n.T(ctx, "notify."+v.Part)
		}
	}, page(v))
}

func (h Web) fill(r *http.Request, c session.Caller, v *view) (err error) {
	ctx := r.Context()
	kept, err := h.Service.Settings(ctx, c)
	if err != nil {
		return err
	}
	if v.Part == quietPart && len(v.Faults) > 0 {
		kept.Quiet = v.Settings.Quiet // what was typed
	}
	v.Settings = kept
	if v.Devices, err = h.Devices(r); err != nil {
		return err
	}
	if v.Last, err = h.Service.Last(ctx, c); err != nil {
		return err
	}
	v.DelayText = strconv.Itoa(max(1, int(h.Service.Delay.Round(time.Minute).Minutes())))
	v.Tried, err = h.try(r, c, v.Now)
	return err
}

// scenes are the event and the part in it that make each kind.
var scenes = map[Kind]Scene{
	ConversationCreated: {Type: Created, Role: AsNone}, ConversationAssigned: {Type: Assigned, Role: AsAssignee},
	AssignedMessage: {Type: Message, Role: AsAssignee}, ParticipatingMessage: {Type: Message, Role: AsParticipant},
	Mention: {Type: Message, Role: AsMentioned}, FirstReply: {Type: Missed, Role: AsAssignee, SLA: "first_response"},
	NextReply: {Type: Missed, Role: AsAssignee, SLA: "next_response"}, Resolution: {Type: Missed, Role: AsAssignee, SLA: "resolution"},
}

// localForm is how a form spells a moment without its zone.
const localForm = "2006-01-02T15:04"

// try asks the simulator what the address asks, if it does.
func (h Web) try(r *http.Request, c session.Caller, now time.Time) (*trial, error) {
	t := &trial{Kind: Kind(r.URL.Query().Get("kind")), At: r.URL.Query().Get("at")}
	scene, asked := scenes[t.Kind]
	at, err := time.ParseInLocation(localForm, t.At, now.Location())
	if !asked || err != nil {
		t.Kind, t.At = AssignedMessage, now.Format(localForm)
		return t, nil
	}
	scene.At = at
	t.Lines, err = h.Service.Simulate(r.Context(), c, scene)
	return t, err
}

func (h Web) saveSounds(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	mode, tone := r.PostFormValue("mode"), r.PostFormValue("tone")
	hidden, repeat := r.PostForm.Has("only_when_hidden"), r.PostForm.Has("repeat")
	volume, err := strconv.Atoi(r.PostFormValue("volume"))
	if err != nil {
		volume = -1 // which Change refuses
	}
	return h.save(w, r, view{Part: soundPart}, Patch{Mode: &mode, Tone: &tone, Volume: &volume, OnlyWhenHidden: &hidden, Repeat: &repeat})
}

func (h Web) saveMail(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	ticked := func(name string) *[]Kind {
		all := []Kind{}
		for _, k := range r.PostForm[name] {
			all = append(all, Kind(k))
		}
		return &all
	}
	hide := r.PostForm.Has("hide_content")
	return h.save(w, r, view{Part: mailPart}, Patch{Email: ticked(Email), Push: ticked(Push), HideContent: &hide})
}

func (h Web) saveQuiet(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	q := Quiet{Zone: r.PostFormValue("time_zone"), Days: map[string]Span{}}
	for _, day := range Days {
		if r.PostForm.Has("quiet." + day) {
			q.Days[day] = Span{typed(r.PostFormValue("from." + day)), typed(r.PostFormValue("to." + day))}
		}
	}
	return h.save(w, r, view{Part: quietPart, Settings: Settings{Quiet: q}}, Patch{Quiet: &q})
}

func (h Web) save(w http.ResponseWriter, r *http.Request, v view, p Patch) error {
	if _, err := h.Service.Change(r.Context(), session.Of(r.Context()), 0, p); err != nil {
		if v.Faults, err = web.FaultsOf(r.Context(), web.Settle(h.Shell.Log, r, err)); err != nil {
			return err
		}
		return h.page(w, r, http.StatusUnprocessableEntity, v)
	}
	web.Flash(w, r, savedWord+v.Part)
	return web.SeeOther(w, r, path+"#"+v.Part)
}

func (v view) form(ctx context.Context, part, submit string) *ui.Form {
	f := &ui.Form{Action: path + "/" + part, Submit: submit, Back: path + "#" + part}
	if v.Part != part {
		return f
	}
	f.State = ui.Line{Tone: ui.Good, Text: v.Said}
	if len(v.Faults) > 0 {
		f.Refused, f.State = true, ui.Line{Tone: ui.Bad, Text: i18n.T(ctx, "profile.not_saved")}
	}
	return f
}

// group is kinds that stand together.
type group struct {
	Title string
	Kinds []Kind
}

func groups(ctx context.Context) []group {
	return []group{
		{i18n.T(ctx, "notify.conversations"), []Kind{ConversationCreated, ConversationAssigned}},
		{i18n.T(ctx, "notify.messages"), []Kind{AssignedMessage, ParticipatingMessage, Mention}},
		{i18n.T(ctx, "notify.replies"), []Kind{FirstReply, NextReply, Resolution}},
	}
}

func kindName(ctx context.Context, k Kind) string { return i18n.T(ctx, "notify.kind."+string(k)) }

// week is the days in the order that the person knows.
func (v view) week() (days []string) {
	for i := range Days {
		days = append(days, Days[(int(v.FirstDay)+i)%len(Days)])
	}
	return days
}

// bar is a stretch of a day that is quiet, in minutes.
type bar struct{ x, width string }

// bars are the quiet stretches of a day, also that which the day before leaves.
func (v view) bars(day string) (all []bar) {
	add := func(from, to int) {
		if to > from {
			all = append(all, bar{strconv.Itoa(from), strconv.Itoa(to - from)})
		}
	}
	const whole = 24 * 60
	stretch := func(day string) (from, to int, quiet bool) {
		s, quiet := v.Quiet.Days[day]
		if from, to = minutes(s.From), minutes(s.To); to <= from {
			to += whole
		}
		return from, to, quiet
	}
	before := Days[(slices.Index(Days, day)+len(Days)-1)%len(Days)]
	if _, to, quiet := stretch(before); quiet {
		add(0, to-whole)
	}
	if from, to, quiet := stretch(day); quiet {
		add(from, min(to, whole))
	}
	return all
}

// span is that of a day, or what is proposed for it.
func (v view) span(day string) (s Span, quiet bool) {
	if s, quiet = v.Quiet.Days[day]; !quiet {
		s = Span{"18:00", "08:00"}
	}
	return s, quiet
}

// onClock is a time of day as the person's clock tells it.
func onClock(ctx context.Context, text string) string {
	t, err := time.Parse("15:04", text)
	switch {
	case text == "24:00":
		return onClock(ctx, "00:00")
	case err == nil && i18n.TwelveHours(ctx):
		return t.Format("3:04 PM")
	}
	return text
}

// typed is a time of day as it is kept, whichever clock it was written by. What
// is no time stays as it is.
func typed(text string) string {
	text = strings.ToUpper(strings.TrimSpace(text))
	for _, form := range []string{"15:04", "3:04 PM", "3:04PM"} {
		if t, err := time.Parse(form, text); err == nil {
			return t.Format("15:04")
		}
	}
	return text
}

func (v view) zones(ctx context.Context) ui.Field {
	return ui.Field{
		Name: "time_zone", Label: i18n.T(ctx, "notify.zone"), Value: v.Quiet.Zone, Optional: true, Unmarked: true,
		Options: ui.ZoneOptions(v.Quiet.Zone, i18n.T(ctx, "notify.zone_profile"), v.Now), Error: v.Faults.Of("quiet_hours.time_zone"),
	}
}

// entry is an event in the ledger, with what was decided on each way.
type entry struct {
	Event string
	At    time.Time
	Kind  Kind
	Lines []Line
}

// entries put the lines of one event together.
func (v view) entries() (all []entry) {
	for _, l := range v.Last {
		i := slices.IndexFunc(all, func(e entry) bool { return e.Event == l.Event })
		if i < 0 {
			all, i = append(all, entry{Event: l.Event, At: l.At, Kind: l.Kind}), len(all)
		}
		all[i].Lines = sorted(append(all[i].Lines, l))
	}
	return all
}

// verdict sums up an event: the best that has happened on any way.
func (e entry) verdict(ctx context.Context) ui.Tag {
	has := func(outcome string) bool {
		return slices.ContainsFunc(e.Lines, func(l Line) bool { return l.Outcome == outcome })
	}
	switch {
	case has(Sent):
		return ui.Tag{Tone: ui.Good, Icon: "bell", Word: i18n.T(ctx, "notify.outcome.sent")}
	case has(Held):
		return ui.Tag{Tone: ui.Warn, Icon: "moon", Word: i18n.T(ctx, "notify.outcome.held")}
	case has(Failed):
		return ui.Tag{Tone: ui.Bad, Icon: "alert", Word: i18n.T(ctx, "notify.outcome.failed")}
	}
	return ui.Tag{Icon: "mute", Word: i18n.T(ctx, "notify.outcome.dropped")}
}

func (e entry) what(ctx context.Context) string {
	if e.Kind == "" {
		return i18n.T(ctx, "notify.other")
	}
	return kindName(ctx, e.Kind)
}

// facts are what was decided on each way, as a list.
func facts(ctx context.Context, lines []Line, place *time.Location) (all []ui.Fact) {
	for _, l := range lines {
		all = append(all, ui.Fact{
			Term: i18n.T(ctx, "notify.channel."+l.Channel), Value: ui.Words(i18n.T(ctx, "notify.outcome."+l.Outcome)), Note: l.Explanation(ctx, place),
		})
	}
	return all
}

func (v view) when(ctx context.Context, at time.Time) string {
	return i18n.Relative(ctx, v.Now, at.In(v.Now.Location()))
}

// try is the form of the simulator.
func (v view) kinds(ctx context.Context) ui.Field {
	f := ui.Field{Name: "kind", Label: i18n.T(ctx, "notify.event"), Value: string(v.Tried.Kind)}
	for _, k := range Kinds {
		f.Options = append(f.Options, ui.Option{Value: string(k), Label: kindName(ctx, k)})
	}
	return f
}

func (h Web) link(w http.ResponseWriter, r *http.Request) error {
	token := r.URL.Query().Get("token")
	m, err := h.Service.Subscription(r.Context(), h.Service.DB, token)
	if err != nil {
		return err
	}
	return h.door(w, r, i18n.T(r.Context(), "notify.stop_lead", "Organization", m.OrganizationName), stopForm(token))
}

func (h Web) unsubscribe(w http.ResponseWriter, r *http.Request) error {
	m, err := h.Service.Unsubscribe(r.Context(), session.Actor(r.Context()), r.URL.Query().Get("token"))
	if err != nil {
		return err
	}
	return h.door(w, r, i18n.T(r.Context(), "notify.stopped", "Organization", m.OrganizationName), stopped())
}

func (h Web) door(w http.ResponseWriter, r *http.Request, lead string, body templ.Component) error {
	return h.Shell.Door(w, r, http.StatusOK, func(g *ui.Gate) {
		g.Title, g.Lead = i18n.T(r.Context(), "notify.stop_title"), lead
	}, body)
}
