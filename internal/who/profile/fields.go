package profile

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/web/ui"
)

// named adds what a browser may fill in by itself.
func named(f ui.Field, autocomplete string) ui.Field {
	f.Autocomplete = autocomplete
	return f
}

func displayName(ctx context.Context, v view) ui.Field {
	f := named(v.field(ctx, identity.DisplayName), "nickname")
	if full := v.Profile.User.Full(); full != "" {
		f.Below = i18n.T(ctx, "profile.display_name_empty", "Name", full)
	}
	return f
}

func fullName(ctx context.Context, v view) ui.Field {
	f := named(v.field(ctx, identity.FullName), "name")
	f.Below = i18n.T(ctx, "profile.full_name_empty")
	return f
}

func bio(ctx context.Context, v view) ui.Field {
	f := v.field(ctx, identity.Bio)
	f.Rows, f.Limit, f.Prose, f.Below = 4, limits[identity.Bio], true, i18n.T(ctx, "profile.bio_plain")
	return f
}

func phoneField(ctx context.Context, v view) ui.Field {
	f := named(v.field(ctx, identity.Phone), "tel")
	f.Type, f.InputMode, f.Below = "tel", "tel", i18n.T(ctx, "profile.phone_below")
	return f
}

func localeField(ctx context.Context, v view) ui.Field {
	f := v.field(ctx, identity.Locale)
	f.Optional, f.Preview = false, ""
	f.Options = []ui.Option{{Label: i18n.T(ctx, "profile.locale_automatic")}}
	for _, l := range i18n.Languages() {
		f.Options = append(f.Options, ui.Option{Value: l.Tag, Label: l.Name, Lang: l.Tag})
	}
	return f
}

func zoneField(ctx context.Context, v view) ui.Field {
	f := v.field(ctx, identity.TimeZone)
	f.Optional, f.Preview = false, "local_time"
	f.Options = ui.ZoneOptions(f.Value, i18n.T(ctx, "profile.time_zone_none"), v.Now)
	return f
}

// facts is the table on top of the page.
func facts(ctx context.Context, v view) []ui.Fact {
	p := v.Profile
	all := []ui.Fact{email(ctx, v)}
	if m := p.Current; m.OrganizationID != "" {
		all = append(all,
			ui.Fact{Term: i18n.T(ctx, "profile.fact_organization"), Value: ui.Words(m.OrganizationName), Note: others(ctx, p)},
			ui.Fact{Term: i18n.T(ctx, "profile.fact_role"), Value: ui.Words(v.Role), Note: v.May})
	}
	if at := p.User.PreviousSignInAt; at.Valid {
		all = append(all, ui.Fact{Term: i18n.T(ctx, "profile.fact_sign_in"), Value: v.moment(ctx, at.V)})
	}
	all = append(all, ui.Fact{Term: i18n.T(ctx, "profile.fact_created"), Value: ui.Words(i18n.Date(ctx, v.local(p.User.CreatedAt)))})
	return append(all, updated(ctx, v))
}

// email is the address to sign in with, and where it is changed or why it is
// not.
func email(ctx context.Context, v view) ui.Fact {
	p := v.Profile
	f := ui.Fact{Term: i18n.T(ctx, "profile.fact_email"), Value: address(p.Email.Address)}
	if c := p.Controls[identity.EmailField]; !c.Editable {
		f.Note = i18n.T(ctx, "policy.rule."+c.Reason)
		f.Act, _ = v.Ask(ctx, string(identity.EmailField), c.Control)
		return f
	}
	f.Act = &ui.Button{Label: i18n.T(ctx, "profile.change_email"), Object: i18n.T(ctx, "profile.of_email"), Href: "/settings/security#email"}
	return f
}

// others says that there are other organizations.
func others(ctx context.Context, p Profile) string {
	if len(p.Memberships) < 2 {
		return ""
	}
	return i18n.T(ctx, "profile.fact_organizations", "Count", len(p.Memberships))
}

// moment says when, in the person's own zone.
func (v view) moment(ctx context.Context, at time.Time) templ.Component {
	return ui.Time(at, i18n.Relative(ctx, v.local(v.Now), v.local(at)), i18n.DateTime(ctx, v.local(at)))
}

// updated says when the profile was changed last, what of it, and by whom.
func updated(ctx context.Context, v view) ui.Fact {
	last := v.Profile.Last()
	var names []string
	for _, f := range last.Fields {
		names = append(names, label(ctx, identity.Field(f)))
	}
	f := ui.Fact{Term: i18n.T(ctx, "profile.fact_updated"), Value: v.moment(ctx, last.At)}
	if len(names) > 0 && last.Own {
		f.Note = i18n.T(ctx, "profile.fact_updated_by_you", "Fields", strings.Join(names, ", "))
	}
	return f
}

// whoSees sums up the choices: how many fields everybody sees, and which ones
// only the team or nobody else does.
func whoSees(ctx context.Context, v view) []ui.Fact {
	named := map[identity.Audience][]string{}
	for _, f := range slices.Concat(Order, []identity.Field{identity.EmailField, identity.Availability}) {
		if a, known := v.Profile.Shown[f]; known && f != identity.Locale {
			named[a] = append(named[a], label(ctx, f))
		}
	}
	list := func(a identity.Audience) templ.Component {
		if len(named[a]) == 0 {
			return ui.Words(i18n.T(ctx, "profile.none"))
		}
		return ui.Words(strings.Join(named[a], ", "))
	}
	return []ui.Fact{
		{Term: i18n.T(ctx, "ui.public"), Value: list(identity.ToPublic)},
		{Term: i18n.T(ctx, "ui.team"), Value: list(identity.ToTeam)},
		{Term: i18n.T(ctx, "ui.private"), Value: list(identity.ToPrivate)},
	}
}

// Input is the control that edits a field of the caller's, for a page that asks
// for a change of it.
func (h Web) Input(r *http.Request, field string) (ui.Field, error) {
	ctx, f := r.Context(), identity.Field(field)
	p, err := h.Service.Get(ctx, session.Of(ctx))
	if err != nil {
		return ui.Field{}, err
	}
	c := p.Controls[f]
	c.Editable = true
	p.Controls[f] = c
	v := view{Profile: p, Now: h.Service.Clock.Now()}
	out := v.input(ctx, f)
	out.Preview = ""
	return out, nil
}

func (v view) input(ctx context.Context, f identity.Field) ui.Field {
	switch f {
	case identity.DisplayName:
		return displayName(ctx, v)
	case identity.FullName:
		return fullName(ctx, v)
	case identity.Bio:
		return bio(ctx, v)
	case identity.Phone:
		return phoneField(ctx, v)
	case identity.Locale:
		return localeField(ctx, v)
	case identity.TimeZone:
		return zoneField(ctx, v)
	}
	return v.field(ctx, f)
}
