package profile

import (
	"slices"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/i18n"
)

// limits are the most characters of each field.
var limits = map[identity.Field]int{
	identity.FirstName: 64, identity.LastName: 64, identity.FullName: 128, identity.DisplayName: 64, identity.Pronouns: 64,
	identity.Designation: 128, identity.Bio: 500,
}

// Order lists the fields of a profile as people read them.
var Order = []identity.Field{
	identity.FirstName, identity.LastName, identity.FullName, identity.DisplayName, identity.Pronouns, identity.Designation,
	identity.Bio, identity.Phone, identity.Locale, identity.TimeZone,
}

// place returns where a field of p is kept.
func (p *Profile) place(f identity.Field) *string {
	switch f {
	case identity.FirstName:
		return &p.User.FirstName
	case identity.LastName:
		return &p.User.LastName
	case identity.FullName:
		return &p.User.FullName
	case identity.DisplayName:
		return &p.User.DisplayName
	case identity.Bio:
		return &p.User.Bio
	case identity.Designation:
		return &p.Current.Designation
	case identity.Phone:
		return &p.User.Phone
	case identity.Pronouns:
		return &p.User.Pronouns
	case identity.Locale:
		return &p.User.Locale
	case identity.TimeZone:
		return &p.User.TimeZone
	}
	return nil
}

// Value returns a field as it is kept.
func (p Profile) Value(f identity.Field) string { return *p.place(f) }

// apply returns p with the patch, checked.
func apply(p Profile, patch Patch) (Profile, error) {
	var faults errs.Fields
	for _, f := range Order {
		text, asked := patch.Text[f]
		if !asked {
			continue
		}
		value, err := clean(p, f, text)
		if err != nil {
			if err := faults.Add(err); err != nil {
				return p, err
			}
			continue
		}
		*p.place(f) = value
	}
	sees, err := audiences(p, patch)
	if err := faults.Add(err); err != nil {
		return p, err
	}
	p.Sees, p.Shown = sees, shown(p, sees)
	if p.User.DisplayName == "" && p.User.FirstName == "" && patch.names() {
		faults = append(faults, ErrNameless)
	}
	return p, faults.OrNil()
}

// names reports whether the patch is about the names of which one is needed.
// Whoever signed up without one can save all else.
func (p Patch) names() bool {
	_, display := p.Text[identity.DisplayName]
	_, first := p.Text[identity.FirstName]
	return display || first
}

func clean(p Profile, f identity.Field, text string) (string, error) {
	switch f {
	case identity.Bio:
		return identity.Lines(string(f), text, limits[f])
	case identity.Phone:
		return identity.PhoneNumber(string(f), text)
	case identity.TimeZone:
		return identity.Zone(string(f), text)
	case identity.Locale:
		if text != "" && !i18n.Known(text) {
			return "", ErrLocale
		}
		return text, nil
	case identity.Designation:
		if p.Current.OrganizationID == "" && text != "" {
			return "", identity.ErrNoMember.On(string(f))
		}
	}
	return identity.Line(string(f), text, limits[f])
}

func audiences(p Profile, patch Patch) (identity.Audiences, error) {
	all := identity.Audiences{}
	for f, a := range p.Sees {
		all[f] = a
	}
	defaults := identity.AudiencesOf(identity.User{})
	var faults errs.Fields
	for f, a := range patch.Sees {
		field := "visibility." + string(f)
		switch {
		case defaults[f] == "":
			faults = append(faults, ErrAudience.On(field))
		case a == "":
			all[f] = defaults[f]
		case !a.Valid():
			faults = append(faults, ErrAudience.On(field))
		case identity.AlwaysPublic[f] && a != identity.ToPublic:
			faults = append(faults, ErrPublic.On(field))
		default:
			all[f] = a
		}
	}
	return all, faults.OrNil()
}

// shown lays what the organization has fixed over what the person chose.
func shown(p Profile, sees identity.Audiences) identity.Audiences {
	all := identity.Audiences{}
	for f, a := range sees {
		all[f] = a
		if p.Controls[f].Pinned {
			all[f] = p.Shown[f]
		}
	}
	return all
}

// difference names what two states of a profile do not share.
func difference(before, after Profile) []string {
	var changed []string
	for _, f := range Order {
		if before.Value(f) != after.Value(f) {
			changed = append(changed, string(f))
		}
	}
	if before.Sees.Text() != after.Sees.Text() {
		changed = append(changed, "visibility")
	}
	return slices.Clip(changed)
}
