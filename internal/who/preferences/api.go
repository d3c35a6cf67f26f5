package preferences

import (
	"context"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/api"
	"nameplate/internal/platform/route"
)

// API serves preferences as JSON.
type API struct{ Service *Service }

type interactionBody struct {
	Theme        string     `json:"theme" enum:"light,dark,system"`
	AvatarOutput bool       `json:"avatar_output" doc:"Whether a digital employee shows its face beside the answer."`
	AudioOutput  bool       `json:"audio_output" doc:"Whether it speaks the answer, too."`
	WhatsApp     bool       `json:"whatsapp" doc:"Whether the person has agreed to be written to on WhatsApp. It needs a phone that was verified, and ends with it."`
	WhatsAppAt   *time.Time `json:"whatsapp_consented_at,omitempty" doc:"When that was agreed."`
	Email        bool       `json:"email"`
}

type interactionOutput struct {
	ETag string `header:"ETag"`
	Body interactionBody
}

type interactionInput struct {
	IfMatch string `header:"If-Match" doc:"Refuses the change if it was made from another ETag."`
	Body    struct {
		Theme        api.Optional[string] `json:"theme,omitempty"`
		AvatarOutput api.Optional[bool]   `json:"avatar_output,omitempty"`
		AudioOutput  api.Optional[bool]   `json:"audio_output,omitempty"`
		WhatsApp     api.Optional[bool]   `json:"whatsapp,omitempty"`
		Email        api.Optional[bool]   `json:"email,omitempty"`
	}
}

type configurationBody struct {
	StartPage      string `json:"start_page" enum:"auto,my_conversations,all_conversations,dashboard"`
	Clock          string `json:"clock" enum:"12,24,auto"`
	FirstDayOfWeek string `json:"first_day_of_week" doc:"In English and lower case, or auto."`
	Density        string `json:"density" enum:"comfortable,normal,compact"`
	Shortcuts      bool   `json:"shortcuts" doc:"Of the keyboard."`
	SendWithEnter  bool   `json:"send_with_enter"`
	DraftLanguage  string `json:"draft_language" doc:"BCP 47. Empty: as the customer writes."`
}

type configurationOutput struct {
	ETag string `header:"ETag"`
	Body configurationBody
}

type configurationInput struct {
	IfMatch string `header:"If-Match" doc:"Refuses the change if it was made from another ETag."`
	Body    struct {
		StartPage      api.Optional[string] `json:"start_page,omitempty"`
		Clock          api.Optional[string] `json:"clock,omitempty"`
		FirstDayOfWeek api.Optional[string] `json:"first_day_of_week,omitempty"`
		Density        api.Optional[string] `json:"density,omitempty"`
		Shortcuts      api.Optional[bool]   `json:"shortcuts,omitempty"`
		SendWithEnter  api.Optional[bool]   `json:"send_with_enter,omitempty"`
		DraftLanguage  api.Optional[string] `json:"draft_language,omitempty"`
	}
}

type memberInput struct {
	User string `path:"user"`
}

type nothing struct{}

// Mount adds the operations.
func (h API) Mount(a *api.API) {
	const tag = "Me"
	reader := route.Allowed(identity.ReadMembers).WithScope(identity.PreferencesRead)
	api.Get(a, "/v1/me/interaction", route.Person, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "get-interaction", Tag: tag, Summary: "How digital employees talk to the caller"}, h.interaction)
	api.Patch(a, "/v1/me/interaction", route.Person, route.JSON, route.Plain, route.NoStore,
		api.Op{ID: "change-interaction", Tag: tag, Summary: "Change how digital employees talk to the caller"}, h.changeInteraction)
	api.Get(a, "/v1/me/configuration", route.Person, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "get-configuration", Tag: tag, Summary: "How tools behave under the caller's hands"}, h.configuration)
	api.Patch(a, "/v1/me/configuration", route.Person, route.JSON, route.Plain, route.NoStore,
		api.Op{ID: "change-configuration", Tag: tag, Summary: "Change how tools behave under the caller's hands"}, h.changeConfiguration)
	api.Get(a, "/v1/users/{user}/interaction", reader, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "get-member-interaction", Tag: "Organizations", Summary: "How digital employees talk to a member"}, h.interactionOf)
	api.Get(a, "/v1/users/{user}/configuration", reader, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "get-member-configuration", Tag: "Organizations", Summary: "How tools behave under a member's hands"}, h.configurationOf)
}

func (h API) interaction(ctx context.Context, _ *nothing) (*interactionOutput, error) {
	i, err := h.Service.Interaction(ctx, session.Of(ctx).User.ID)
	return showInteraction(i, err)
}

func (h API) interactionOf(ctx context.Context, in *memberInput) (*interactionOutput, error) {
	i, err := h.Service.InteractionOf(ctx, session.Actor(ctx), in.User)
	return showInteraction(i, err)
}

func (h API) changeInteraction(ctx context.Context, in *interactionInput) (*interactionOutput, error) {
	version, err := api.Version(in.IfMatch)
	if err != nil {
		return nil, err
	}
	b, standard := in.Body, newInteraction
	i, err := h.Service.ChangeInteraction(ctx, session.Of(ctx), version, InteractionPatch{
		Theme: wish(b.Theme, standard.Theme), AvatarOutput: wish(b.AvatarOutput, standard.AvatarOutput),
		AudioOutput: wish(b.AudioOutput, standard.AudioOutput), WhatsApp: wish(b.WhatsApp, standard.WhatsApp()), Email: wish(b.Email, standard.Email),
	})
	return showInteraction(i, err)
}

func showInteraction(i Interaction, err error) (*interactionOutput, error) {
	if err != nil {
		return nil, err
	}
	out := &interactionOutput{api.ETag(i.Version), interactionBody{
		Theme: i.Theme, AvatarOutput: i.AvatarOutput, AudioOutput: i.AudioOutput, WhatsApp: i.WhatsApp(), Email: i.Email,
	}}
	if i.WhatsappAt.Valid {
		out.Body.WhatsAppAt = &i.WhatsappAt.V
	}
	return out, nil
}

func (h API) configuration(ctx context.Context, _ *nothing) (*configurationOutput, error) {
	c, err := h.Service.Configuration(ctx, session.Of(ctx).User.ID)
	return showConfiguration(c, err)
}

func (h API) configurationOf(ctx context.Context, in *memberInput) (*configurationOutput, error) {
	c, err := h.Service.ConfigurationOf(ctx, session.Actor(ctx), in.User)
	return showConfiguration(c, err)
}

func (h API) changeConfiguration(ctx context.Context, in *configurationInput) (*configurationOutput, error) {
	version, err := api.Version(in.IfMatch)
	if err != nil {
		return nil, err
	}
	b, standard := in.Body, newConfiguration
	c, err := h.Service.ChangeConfiguration(ctx, session.Of(ctx), version, ConfigurationPatch{
		StartPage: wish(b.StartPage, standard.StartPage), Clock: wish(b.Clock, standard.Clock),
		FirstDayOfWeek: wish(b.FirstDayOfWeek, standard.FirstDayOfWeek), Density: wish(b.Density, standard.Density),
		Shortcuts: wish(b.Shortcuts, standard.Shortcuts), SendWithEnter: wish(b.SendWithEnter, standard.SendWithEnter),
		DraftLanguage: wish(b.DraftLanguage, standard.DraftLanguage),
	})
	return showConfiguration(c, err)
}

func showConfiguration(c Configuration, err error) (*configurationOutput, error) {
	if err != nil {
		return nil, err
	}
	return &configurationOutput{api.ETag(c.Version), configurationBody{
		c.StartPage, c.Clock, c.FirstDayOfWeek, c.Density, c.Shortcuts, c.SendWithEnter, c.DraftLanguage,
	}}, nil
}

// wish is a field of a merge patch; null goes back to what holds at first.
func wish[T any](o api.Optional[T], standard T) *T {
	if o.Null {
		return &standard
	}
	return o.Pointer()
}
