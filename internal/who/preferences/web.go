package preferences

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/route"
	"nameplate/internal/platform/web"
	"nameplate/internal/platform/web/ui"
)

const (
	interactionPath   = "/settings/interaction"
	configurationPath = "/settings/configuration"
	savedWord         = "preferences-" // and the part
)

// Web serves the pages of both.
type Web struct {
	Service *Service
	Shell   web.Shell
	// MayAdd says what keeps somebody from proving a phone, if anything does.
	MayAdd func(ctx context.Context, c session.Caller) error
}

// Mount adds the routes of the pages.
func (h Web) Mount(t *route.Table) {
	t.Add(
		route.Get(interactionPath, route.Person, route.NoBody, route.Plain, route.NoStore, h.showInteraction),
		route.Post(interactionPath+"/{part}", route.Person, route.Form, route.Plain, route.NoStore, h.saveInteraction),
		route.Get(configurationPath, route.Person, route.NoBody, route.Plain, route.NoStore, h.showConfiguration),
		route.Post(configurationPath, route.Person, route.Form, route.Plain, route.NoStore, h.saveConfiguration),
	)
}

// parts are what the form of each section of the first page changes.
var parts = map[string]func(form) InteractionPatch{
	"theme": func(f form) InteractionPatch { return InteractionPatch{Theme: f.word("theme")} },
	"output": func(f form) InteractionPatch {
		return InteractionPatch{AvatarOutput: f.tick("avatar_output"), AudioOutput: f.tick("audio_output")}
	},
	"whatsapp": func(f form) InteractionPatch { return InteractionPatch{WhatsApp: f.tick("whatsapp")} },
	"email":    func(f form) InteractionPatch { return InteractionPatch{Email: f.tick("email")} },
}

// form is what was posted.
type form struct{ *http.Request }

func (f form) word(name string) *string {
	if !f.PostForm.Has(name) {
		return nil
	}
	v := f.PostFormValue(name)
	return &v
}

// tick is a box of the form: one that is not ticked is not sent.
func (f form) tick(name string) *bool {
	v := f.PostForm.Has(name)
	return &v
}

// view is what both pages share.
type view struct {
	Part   string // the section that was saved or refused
	Said   string
	Faults web.Faults
}

func (v view) form(ctx context.Context, action, part, submit string) *ui.Form {
	f := &ui.Form{Action: action, Submit: submit, Back: strings.TrimSuffix(action, "/"+part) + "#" + part}
	if v.Part != part {
		return f
	}
	f.State = ui.Line{Tone: ui.Good, Text: v.Said}
	if len(v.Faults) > 0 {
		f.Refused, f.State = true, ui.Line{Tone: ui.Bad, Text: i18n.T(ctx, "profile.not_saved")}
	}
	return f
}

// after is the view behind a save: the section that the page before has left
// word of.
func after(w http.ResponseWriter, r *http.Request) (v view) {
	if part, ok := strings.CutPrefix(web.Flashed(w, r), savedWord); ok {
		v.Part, v.Said = part, i18n.T(r.Context(), "preferences.saved")
	}
	return v
}

// interactionView is what the first page shows.
type interactionView struct {
	view
	Interaction
	Phones []Phone
	MayAdd bool // another phone can be proved
	Zone   *time.Location
}

func (h Web) showInteraction(w http.ResponseWriter, r *http.Request) error {
	return h.interactionPage(w, r, http.StatusOK, after(w, r))
}

func (h Web) interactionPage(w http.ResponseWriter, r *http.Request, status int, common view) (err error) {
	ctx, c := r.Context(), session.Of(r.Context())
	v := interactionView{view: common, Zone: c.User.Place(), MayAdd: h.MayAdd(ctx, c) == nil}
	if v.Interaction, err = h.Service.Interaction(ctx, c.User.ID); err != nil {
		return err
	}
	if v.Phones, err = h.Service.Phones(ctx, h.Service.DB, c.User.ID); err != nil {
		return err
	}
	return h.Shell.Page(w, r, status, func(f *ui.Frame) {
		f.Title, f.Layout = i18n.T(ctx, "interaction.title"), ui.LayoutTabs
		if len(v.Faults) > 0 {
			f.Fault = i18n.T(ctx, "interaction."+v.Part)
		}
	}, interactionPage(v))
}

func (h Web) saveInteraction(w http.ResponseWriter, r *http.Request) error {
	part := r.PathValue("part")
	patch := parts[part]
	if patch == nil {
		return session.ErrNotFound
	}
	if err := r.ParseForm(); err != nil {
		return err
	}
	_, err := h.Service.ChangeInteraction(r.Context(), session.Of(r.Context()), 0, patch(form{r}))
	if err != nil {
		faults, err := web.FaultsOf(r.Context(), web.Settle(h.Shell.Log, r, err))
		if err != nil {
			return err
		}
		return h.interactionPage(w, r, http.StatusUnprocessableEntity, view{Part: part, Faults: faults})
	}
	web.Flash(w, r, savedWord+part)
	return web.SeeOther(w, r, interactionPath+"#"+part)
}

// agreed says when WhatsApp was agreed to.
func (v interactionView) agreed(ctx context.Context) string {
	if !v.WhatsApp() {
		return i18n.T(ctx, "interaction.whatsapp_note")
	}
	return i18n.T(ctx, "interaction.whatsapp_agreed", "When", i18n.DateTime(ctx, v.WhatsappAt.V.In(v.Zone)))
}

// phone is the number that WhatsApp goes to, or would: the one agreed to, or
// the last one that was proved.
func (v interactionView) phone() Phone {
	for _, p := range v.Phones {
		if p.ID == v.WhatsappPhone {
			return p
		}
	}
	return v.Phones[len(v.Phones)-1]
}

const configurationPart = "configuration"

// configurationView is what the second page shows.
type configurationView struct {
	view
	Configuration
}

func (h Web) showConfiguration(w http.ResponseWriter, r *http.Request) error {
	c, err := h.Service.Configuration(r.Context(), session.Of(r.Context()).User.ID)
	if err != nil {
		return err
	}
	return h.configurationPage(w, r, http.StatusOK, configurationView{after(w, r), c})
}

func (h Web) configurationPage(w http.ResponseWriter, r *http.Request, status int, v configurationView) error {
	return h.Shell.Page(w, r, status, func(f *ui.Frame) {
		f.Title = i18n.T(r.Context(), "configuration.title")
		if len(v.Faults) > 0 {
			f.Fault = i18n.T(r.Context(), "configuration."+v.Faults[0].Field)
		}
	}, configurationPage(v))
}

func (h Web) saveConfiguration(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	f := form{r}
	c, err := h.Service.ChangeConfiguration(r.Context(), session.Of(r.Context()), 0, ConfigurationPatch{
		StartPage: f.word("start_page"), Clock: f.word("clock"), FirstDayOfWeek: f.word("first_day_of_week"), Density: f.word("density"),
		Shortcuts: f.tick("shortcuts"), SendWithEnter: f.tick("send_with_enter"), DraftLanguage: f.word("draft_language"),
	})
	if err != nil {
		faults, err := web.FaultsOf(r.Context(), web.Settle(h.Shell.Log, r, err))
		if err != nil {
			return err
		}
		return h.configurationPage(w, r, http.StatusUnprocessableEntity, configurationView{view{Part: configurationPart, Faults: faults}, c})
	}
	web.Flash(w, r, savedWord+configurationPart)
	return web.SeeOther(w, r, configurationPath)
}

// field is a choice among words that the catalogue has under the field's name.
func (v configurationView) field(ctx context.Context, name, value string, words []string) ui.Field {
	f := ui.Field{Name: name, Label: i18n.T(ctx, "configuration."+name), Value: value, Error: v.Faults.Of(name)}
	for _, w := range words {
		f.Options = append(f.Options, ui.Option{Value: w, Label: i18n.T(ctx, "configuration."+name+"."+w)})
	}
	return f
}

// offered are the first days of a week that people know; the API takes the
// others, too.
var offered = []string{Auto, "saturday", "sunday", "monday"}

// weekday offers the choice that was made elsewhere, too.
func (v configurationView) weekday(ctx context.Context) ui.Field {
	words := offered
	if !slices.Contains(words, v.FirstDayOfWeek) {
		words = append(slices.Clone(words), v.FirstDayOfWeek)
	}
	return v.field(ctx, "first_day_of_week", v.FirstDayOfWeek, words)
}

// drafts offers languages by their own names.
func (v configurationView) drafts(ctx context.Context) ui.Field {
	f := v.field(ctx, "draft_language", v.DraftLanguage, nil)
	f.Options = []ui.Option{{Label: i18n.T(ctx, "configuration.draft_language.auto")}}
	known := v.DraftLanguage == ""
	for _, l := range languages {
		known = known || l.tag == v.DraftLanguage
		f.Options = append(f.Options, ui.Option{Value: l.tag, Label: l.name, Lang: l.tag})
	}
	if !known {
		f.Options = append(f.Options, ui.Option{Value: v.DraftLanguage, Label: v.DraftLanguage})
	}
	return f
}
