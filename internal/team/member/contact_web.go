package member

import (
	"context"
	"errors"
	"strings"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/web/ui"
)

// designationPart is the section of the job title, which a lock of the own one
// leaves without a form.
func (v oneView) designationPart(ctx context.Context) ui.Part {
	p := ui.Part{ID: "designation", Title: i18n.T(ctx, "member.designation"), Lead: i18n.T(ctx, "member.designation_lead", "Organization", v.Organization)}
	if v.Obstacles[identity.Designation] == nil {
		p.Form = v.form(ctx, p.ID, i18n.T(ctx, "member.save_designation"))
	}
	return p
}

// contactPart is the section of phone and address. Where neither is the
// caller's to change it has no form.
func (v oneView) contactPart(ctx context.Context) ui.Part {
	p := ui.Part{ID: "contact", Title: i18n.T(ctx, "member.contact"), Lead: i18n.T(ctx, "member.contact_lead", "Name", v.name(ctx))}
	if v.Obstacles[identity.Phone] == nil || v.Obstacles[identity.EmailField] == nil {
		p.Form = v.form(ctx, p.ID, i18n.T(ctx, "member.save_contact"))
	}
	return p
}

func (v oneView) designationField(ctx context.Context) ui.Field {
	return v.field(ctx, identity.Designation, i18n.T(ctx, "member.designation"), v.Membership.Designation)
}

func (v oneView) phoneField(ctx context.Context) ui.Field {
	f := v.field(ctx, identity.Phone, i18n.T(ctx, "member.phone"), v.User.Phone)
	f.Type, f.InputMode = "tel", "tel"
	if f.Lock == nil {
		f.Below = i18n.T(ctx, "profile.phone_below")
	} else if f.Value == "" {
		f.Value, f.Dir = i18n.T(ctx, "member.not_shown"), "auto"
	}
	return f
}

func (v oneView) emailField(ctx context.Context) ui.Field {
	f := v.field(ctx, identity.EmailField, i18n.T(ctx, "member.email"), v.SignIn.Address)
	f.Type, f.InputMode, f.Optional = "email", "email", false
	if f.Lock == nil {
		f.Below = i18n.T(ctx, "member.email_below", "Domains", strings.Join(v.Domains, ", "), "Name", v.name(ctx))
	}
	return f
}

// field is one that can be changed, or says why not.
func (v oneView) field(ctx context.Context, name identity.Field, label, kept string) ui.Field {
	f := ui.Field{Name: string(name), Label: label, Value: kept, Optional: true, Autocomplete: "off"}
	if v.Obstacles[name] != nil {
		f.Lock = &ui.Lock{Source: v.why(ctx, name)}
		return f
	}
	f.Value, f.Error = v.value(string(name), kept), v.Faults.Of(string(name))
	return f
}

// why says in words what keeps the caller from changing a field.
func (v oneView) why(ctx context.Context, name identity.Field) string {
	switch err := error(v.Obstacles[name]); {
	case errors.Is(err, session.ErrDenied):
		return i18n.T(ctx, "member.why_above", "Name", v.name(ctx))
	case errors.Is(err, ErrDomain):
		return i18n.T(ctx, "member.why_domain", "Organization", v.Organization)
	case errors.Is(err, ErrNotAlone):
		return i18n.T(ctx, "member.why_not_alone", "Name", v.name(ctx))
	case errors.Is(err, policy.ErrProvider):
		return i18n.T(ctx, "member.why_provider")
	case errors.Is(err, policy.ErrManaged):
		return i18n.T(ctx, "member.why_own")
	}
	return i18n.T(ctx, "member.why_held", "Name", v.name(ctx))
}
