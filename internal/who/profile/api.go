package profile

import (
	"context"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/api"
	"nameplate/internal/platform/route"
)

// API serves the caller's own profile as JSON.
type API struct {
	Service *Service
	// Base is the public address, under which pictures stand.
	Base string
	// RoleLabel names a role in words.
	RoleLabel func(ctx context.Context, m identity.Membership) string
	// SetBy names whoever set a rule, or nobody.
	SetBy func(ctx context.Context, userID string) string
}

// me is the profile as JSON. The names are those of the API's contract.
type me struct {
	ID           string             `json:"id"`
	Email        string             `json:"email"`
	FirstName    string             `json:"first_name"`
	LastName     string             `json:"last_name"`
	FullName     string             `json:"full_name"`
	DisplayName  string             `json:"display_name"`
	Bio          string             `json:"bio"`
	Designation  string             `json:"designation"`
	Phone        string             `json:"phone"`
	Pronouns     string             `json:"pronouns"`
	Locale       string             `json:"locale" doc:"Empty: automatic."`
	TimeZone     string             `json:"time_zone"`
	Visibility   map[string]string  `json:"visibility" doc:"public, team or private for each field."`
	Avatar       identity.Avatar    `json:"avatar"`
	Memberships  []membership       `json:"memberships"`
	Controls     map[string]control `json:"controls"`
	CreatedAt    time.Time          `json:"created_at"`
	UpdatedAt    time.Time          `json:"updated_at"`
	LastSignInAt *time.Time         `json:"last_sign_in_at" doc:"Of the sign-in before the present one."`
}

type membership struct {
	Organization identity.OrganizationRef `json:"organization"`
	Role         string                   `json:"role"`
	RoleLabel    string                   `json:"role_label"`
	Designation  string                   `json:"designation"`
	Since        time.Time                `json:"since"`
}

// control says what the caller may do with a field, and why.
type control struct {
	State        string     `json:"state" doc:"hidden, readonly, request or edit"`
	Editable     bool       `json:"editable"`
	Reason       string     `json:"reason" doc:"Empty if the field is free."`
	Rule         string     `json:"rule" doc:"Key of the policy that decides."`
	Source       string     `json:"source" doc:"instance, organization, role or identity_provider"`
	SetBy        string     `json:"set_by,omitempty" doc:"Whoever set the rule, or the provider that the field comes from."`
	SetAt        *time.Time `json:"set_at,omitempty" doc:"When, or when it was last synchronised."`
	ChangeableBy string     `json:"changeable_by"`
}

type output struct {
	ETag string `header:"ETag"`
	Body *me
}

type savedOutput struct {
	ETag    string `header:"ETag"`
	Receipt string `header:"Nameplate-Receipt" doc:"Tells how far the change has come; see /v1/me/receipts/{id}."`
	Body    *me
}

type receiptInput struct {
	ID string `path:"id"`
}

type receiptOutput struct {
	Body receipt
}

// receipt says how far a save has come.
type receipt struct {
	Surfaces  int   `json:"surfaces" doc:"Open cards and pages that show the change."`
	Delivered int   `json:"delivered" doc:"Of which it was written out to."`
	AfterMS   int64 `json:"after_ms" doc:"Milliseconds from the save until the last of those."`
	Done      bool  `json:"done"`
}

type patchInput struct {
	IfMatch string `header:"If-Match" doc:"Refuses the change if the profile has another ETag by now."`
	Body    struct {
		FirstName   api.Optional[string]                          `json:"first_name,omitempty"`
		LastName    api.Optional[string]                          `json:"last_name,omitempty"`
		FullName    api.Optional[string]                          `json:"full_name,omitempty"`
		DisplayName api.Optional[string]                          `json:"display_name,omitempty"`
		Bio         api.Optional[string]                          `json:"bio,omitempty"`
		Designation api.Optional[string]                          `json:"designation,omitempty"`
		Phone       api.Optional[string]                          `json:"phone,omitempty"`
		Pronouns    api.Optional[string]                          `json:"pronouns,omitempty"`
		Locale      api.Optional[string]                          `json:"locale,omitempty"`
		TimeZone    api.Optional[string]                          `json:"time_zone,omitempty"`
		Visibility  api.Optional[map[string]api.Optional[string]] `json:"visibility,omitempty" doc:"public, team or private by field; null goes back to the default."`
	}
}

// Mount adds the operations.
func (h API) Mount(a *api.API) {
	const tag = "Me"
	api.Get(a, "/v1/me", route.Person.WithScope(identity.ProfileRead), route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "get-me", Tag: tag, Summary: "The caller's profile"}, h.get)
	api.Patch(a, "/v1/me", route.Person.WithScope(identity.ProfileWrite), route.JSON, route.Plain, route.NoStore,
		api.Op{ID: "change-me", Tag: tag, Summary: "Change the caller's profile"}, h.patch)
	api.Post(a, "/v1/me/undo", route.Person.WithScope(identity.ProfileWrite), route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "undo-me", Tag: tag, Summary: "Take the caller's last save of the hour back"}, h.undo)
	api.Get(a, "/v1/me/receipts/{id}", route.Person.WithScope(identity.ProfileRead), route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "get-receipt", Tag: tag, Summary: "How far a save of the caller's has come"}, h.receipt)
}

func (h API) get(ctx context.Context, _ *struct{}) (*output, error) {
	p, err := h.Service.Get(ctx, session.Of(ctx))
	if err != nil {
		return nil, err
	}
	return h.show(ctx, p), nil
}

func (h API) undo(ctx context.Context, _ *struct{}) (*savedOutput, error) {
	return h.saved(ctx)(h.Service.Undo(ctx, session.Of(ctx)))
}

func (h API) receipt(ctx context.Context, in *receiptInput) (*receiptOutput, error) {
	s, err := h.Service.Receipt(session.Of(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &receiptOutput{receipt{s.Surfaces, s.Delivered, s.After.Milliseconds(), s.Done}}, nil
}

func (h API) patch(ctx context.Context, in *patchInput) (*savedOutput, error) {
	version, err := api.Version(in.IfMatch)
	if err != nil {
		return nil, err
	}
	return h.saved(ctx)(h.Service.Save(ctx, session.Of(ctx), version, in.patch()))
}

func (h API) saved(ctx context.Context) func(p Profile, err error) (*savedOutput, error) {
	return func(p Profile, err error) (*savedOutput, error) {
		if err != nil {
			return nil, err
		}
		shown := h.show(ctx, p)
		return &savedOutput{shown.ETag, p.Receipt, shown.Body}, nil
	}
}

func (in *patchInput) patch() Patch {
	p := Patch{Text: map[identity.Field]string{}, Sees: map[identity.Field]identity.Audience{}}
	b := in.Body
	for f, o := range map[identity.Field]api.Optional[string]{
		identity.FirstName: b.FirstName, identity.LastName: b.LastName, identity.FullName: b.FullName, identity.DisplayName: b.DisplayName,
		identity.Bio: b.Bio, identity.Designation: b.Designation, identity.Phone: b.Phone, identity.Pronouns: b.Pronouns,
		identity.Locale: b.Locale, identity.TimeZone: b.TimeZone,
	} {
		if o.Present {
			p.Text[f] = o.Value
		}
	}
	for f, a := range b.Visibility.Value {
		p.Sees[identity.Field(f)] = identity.Audience(a.Value)
	}
	return p
}

func (h API) show(ctx context.Context, p Profile) *output {
	shown := me{
		ID: p.User.ID, Email: p.Email.Address, FirstName: p.User.FirstName, LastName: p.User.LastName, FullName: p.User.Full(),
		DisplayName: p.User.Name(), Bio: p.User.Bio, Designation: p.Current.Designation, Phone: p.User.Phone, Pronouns: p.User.Pronouns,
		Locale: p.User.Locale, TimeZone: p.User.TimeZone, Visibility: map[string]string{}, Avatar: identity.AvatarOf(h.Base, p.User, p.Current),
		Memberships: []membership{}, Controls: map[string]control{}, CreatedAt: p.User.CreatedAt, UpdatedAt: p.User.UpdatedAt,
	}
	if p.User.PreviousSignInAt.Valid {
		shown.LastSignInAt = &p.User.PreviousSignInAt.V
	}
	for f, a := range p.Shown {
		shown.Visibility[string(f)] = string(a)
	}
	for _, m := range p.Memberships {
		shown.Memberships = append(shown.Memberships, membership{
			m.Ref(), string(m.Role), h.RoleLabel(ctx, m), m.Designation, m.Since,
		})
	}
	for f, c := range p.Controls {
		shown.Controls[string(f)] = h.control(ctx, c)
	}
	return &output{ETag: api.ETag(p.User.Version), Body: &shown}
}

func (h API) control(ctx context.Context, c Control) control {
	out := control{
		State: string(c.State), Editable: c.Editable, Reason: c.Reason, Rule: c.Rule, Source: string(c.Source), ChangeableBy: c.ChangeableBy,
	}
	switch {
	case c.Provider != "":
		out.SetBy, out.SetAt = c.Provider, &c.SetAt
	case !c.SetAt.IsZero():
		out.SetBy, out.SetAt = h.SetBy(ctx, c.SetBy), &c.SetAt
	}
	return out
}
