package organization

import (
	"context"
	"strings"

	"github.com/a-h/templ"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/postal"
	"nameplate/internal/platform/web/ui"
)

// field is the part of a form that edits f.
func (v view) field(ctx context.Context, f Field) ui.Field {
	return ui.Field{
		Name: string(f), Label: v.label(ctx, f), Value: v.value(f), Error: v.Faults.Of(string(f)), Optional: f != Name, Autocomplete: fills[f],
	}
}

// fills say what a browser may fill in by itself.
var fills = map[Field]string{
	Name: "organization", Email: "email", Phone: "tel", Website: "url", BillingName: "billing organization", BillingEmail: "billing email",
	"address.line1": "address-line1", "address.line2": "address-line2", "address.postal_code": "postal-code", "address.city": "address-level2",
	"address.region": "address-level1", "address.country": "country", "billing.address.line1": "billing address-line1",
	"billing.address.line2": "billing address-line2", "billing.address.postal_code": "billing postal-code", "billing.address.city": "billing address-level2",
	"billing.address.region": "billing address-level1", "billing.address.country": "billing country",
}

func (v view) emailField(ctx context.Context, f Field) ui.Field {
	out := v.field(ctx, f)
	out.Type, out.InputMode = "email", "email"
	return out
}

func (v view) phoneField(ctx context.Context) ui.Field {
	out := v.field(ctx, Phone)
	out.Type, out.InputMode, out.Below = "tel", "tel", i18n.T(ctx, "organization.phone_below")
	return out
}

func (v view) websiteField(ctx context.Context) ui.Field {
	out := v.field(ctx, Website)
	out.Type, out.InputMode, out.Below = "url", "url", i18n.T(ctx, "organization.website_below")
	return out
}

func (v view) zoneField(ctx context.Context) ui.Field {
	out := v.field(ctx, TimeZone)
	out.Optional, out.Autocomplete = false, "off"
	out.Options = ui.ZoneOptions(out.Value, i18n.T(ctx, "organization.time_zone_none"), v.Now)
	return out
}

func (v view) taxField(ctx context.Context) ui.Field {
	out := v.field(ctx, BillingTaxID)
	out.Autocomplete, out.Dir = "off", "ltr"
	if example := taxExample(v.taxCountry()); example != "" {
		out.Below = i18n.T(ctx, "organization.such_as", "Example", example)
	}
	return out
}

// country is the country of the address under prefix, as the form has it.
func (v view) country(prefix string) string { return v.value(Field(prefix + "country")) }

func (v view) countryField(ctx context.Context, prefix string) ui.Field {
	out := v.field(ctx, Field(prefix+"country"))
	out.Optional = false
	out.Options = []ui.Option{{Label: i18n.T(ctx, "organization.country_none")}}
	for _, e := range postal.Countries(i18n.Lang(ctx).Tag) {
		out.Options = append(out.Options, ui.Option{Value: e.Code, Label: e.Name})
	}
	return out
}

func (v view) codeField(ctx context.Context, prefix string) ui.Field {
	out := v.field(ctx, Field(prefix+"postal_code"))
	out.Dir = "ltr"
	if example := postal.FormatOf(v.country(prefix)).Example; example != "" {
		out.Below = i18n.T(ctx, "organization.such_as", "Example", example)
	}
	return out
}

// regionField offers the parts of the country where they are known.
func (v view) regionField(ctx context.Context, prefix string) ui.Field {
	out := v.field(ctx, Field(prefix+"region"))
	country := v.country(prefix)
	out.Label = regionWord(ctx, postal.FormatOf(country).Region)
	known := postal.Regions(country)
	if known == nil {
		return out
	}
	if e, found := postal.FindRegion(country, out.Value); found {
		out.Value = e.Code
	}
	out.Options = []ui.Option{{Label: i18n.T(ctx, "organization.region_none")}}
	for _, e := range known {
		out.Options = append(out.Options, ui.Option{Value: e.Code, Label: e.Name})
	}
	return out
}

func regionWord(ctx context.Context, kind string) string {
	switch kind {
	case postal.State:
		return i18n.T(ctx, "organization.state")
	case postal.Province:
		return i18n.T(ctx, "organization.province")
	case postal.Canton:
		return i18n.T(ctx, "organization.canton")
	case postal.County:
		return i18n.T(ctx, "organization.county")
	case postal.Prefecture:
		return i18n.T(ctx, "organization.prefecture")
	}
	return i18n.T(ctx, "organization.region")
}

// label names a field; a role by our own word.
func (v view) label(ctx context.Context, f Field) string {
	if role, ok := f.label(); ok {
		return v.roleLabel(ctx, identity.Membership{Role: role})
	}
	switch f {
	case Name:
		return i18n.T(ctx, "organization.name")
	case Email:
		return i18n.T(ctx, "organization.email")
	case BillingName:
		return i18n.T(ctx, "organization.billing_name")
	case BillingEmail:
		return i18n.T(ctx, "organization.billing_email")
	case Phone:
		return i18n.T(ctx, "organization.phone")
	case Website:
		return i18n.T(ctx, "organization.website")
	case TimeZone:
		return i18n.T(ctx, "organization.time_zone")
	case LogoForMembers:
		return i18n.T(ctx, "organization.stands_label")
	case BillingTaxID:
		return i18n.T(ctx, "organization.tax_id")
	case "code":
		return i18n.T(ctx, "organization.code")
	case "user":
		return i18n.T(ctx, "organization.receiver")
	}
	switch f.own() {
	case "country":
		return i18n.T(ctx, "organization.country")
	case "line1":
		return i18n.T(ctx, "organization.line1")
	case "line2":
		return i18n.T(ctx, "organization.line2")
	case "postal_code":
		return i18n.T(ctx, "organization.postal_code")
	case "city":
		return i18n.T(ctx, "organization.city")
	case "region":
		return regionWord(ctx, postal.FormatOf(v.value(Field(strings.TrimSuffix(string(f), "region")+"country"))).Region)
	}
	return ""
}

// facts are the details for those who don't edit them.
func (v view) facts(ctx context.Context) []ui.Fact {
	var all []ui.Fact
	add := func(term, text string, value templ.Component) {
		if text != "" {
			all = append(all, ui.Fact{Term: term, Value: value})
		}
	}
	d := v.Details
	add(i18n.T(ctx, "organization.name"), d.Organization.Name, ui.Words(d.Organization.Name))
	add(i18n.T(ctx, "organization.email"), d.Email, mailto(d.Email, d.EmailVerifiedAt.Valid))
	add(i18n.T(ctx, "organization.phone"), d.Phone, number(d.Phone))
	add(i18n.T(ctx, "organization.website"), d.Website, site(d.Website))
	lines := d.Address.Lines(i18n.Lang(ctx).Tag)
	add(i18n.T(ctx, "organization.address"), strings.Join(lines, ""), envelope(lines))
	add(i18n.T(ctx, "organization.time_zone"), d.TimeZone, ui.Words(strings.ReplaceAll(d.TimeZone, "_", " ")))
	return all
}

// hostOf is a website as people say it.
func hostOf(website string) string {
	_, rest, _ := strings.Cut(website, "://")
	return strings.TrimSuffix(rest, "/")
}
