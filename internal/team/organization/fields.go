package organization

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/mail"
	"nameplate/internal/platform/postal"
)

// Field is a name of the details, as API and pages spell it.
type Field string

// The fields, but for those of an address and the labels of roles, which have
// one of these and a dot before their own names.
const (
	Name     Field = "name"
	Email    Field = "email"
	Phone    Field = "phone"
	Website  Field = "website"
	TimeZone Field = "time_zone"
	// LogoForMembers is "true" where the logo stands for members without a
	// picture.
	LogoForMembers Field = "logo_for_members"

	BillingName  Field = "billing.name"
	BillingEmail Field = "billing.email"
	BillingTaxID Field = "billing.tax_id"

	ofAddress = "address."
	ofBilling = "billing."
	ofLabels  = "role_labels."
)

// addressFields are the lines of an address, by their own names.
var addressFields = []string{"country", "line1", "line2", "postal_code", "city", "region"}

// Fields lists every field, in the order in which people read them.
var Fields = allFields()

func allFields() []Field {
	all := []Field{Name, Email, Phone, Website, TimeZone, LogoForMembers}
	for _, prefix := range []string{ofAddress, ofBilling + ofAddress} {
		if prefix != ofAddress {
			all = append(all, BillingName, BillingEmail, BillingTaxID)
		}
		for _, f := range addressFields {
			all = append(all, Field(prefix+f))
		}
	}
	for _, r := range identity.Roles {
		all = append(all, Field(ofLabels+string(r)))
	}
	return all
}

// limits are the most characters of each field, by the last part of its name.
var limits = map[string]int{
	"name": 64, "email": 254, "website": 200, "tax_id": 40, "line1": 100, "line2": 100, "postal_code": 16, "city": 64, "region": 64, "country": 2,
}

const labelMost = 32 // characters of an own word for a role

// What can be wrong with a field.
var (
	ErrWebsite = errs.New(errs.Invalid, "invalid_website").On(string(Website))
	ErrCountry = errs.New(errs.Invalid, "unknown_country")
	ErrRegion  = errs.New(errs.Invalid, "unknown_region")
	ErrCode    = errs.New(errs.Invalid, "invalid_postal_code")
	ErrLabel   = errs.New(errs.Invalid, "unknown_role")
	ErrChoice  = errs.New(errs.Invalid, "organization_choice").On(string(LogoForMembers))
	ErrTaxID   = errs.New(errs.Invalid, "invalid_tax_id").On(string(BillingTaxID))
)

// bills reports whether a field is one of the billing details.
func (f Field) bills() bool { return strings.HasPrefix(string(f), ofBilling) }

// own is the last part of the name.
func (f Field) own() string { return string(f[strings.LastIndexByte(string(f), '.')+1:]) }

// label returns the role whose label the field is, and whether it is one.
func (f Field) label() (identity.Role, bool) {
	role, ok := strings.CutPrefix(string(f), ofLabels)
	return identity.Role(role), ok
}

// Value returns a field as it is kept.
func (d Details) Value(f Field) string {
	if role, ok := f.label(); ok {
		return d.labels[role]
	}
	if f == LogoForMembers {
		return strconv.FormatBool(d.Organization.LogoForMembers)
	}
	return *d.place(f)
}

func (d *Details) set(f Field, value string) {
	role, ok := f.label()
	switch {
	case f == LogoForMembers:
		d.Organization.LogoForMembers = value == strconv.FormatBool(true)
	case !ok:
		*d.place(f) = value
	case value == "":
		delete(d.labels, role)
	default:
		d.labels[role] = value
	}
}

// place returns where a field is kept that is no label.
func (d *Details) place(f Field) *string {
	switch f {
	case Name:
		return &d.Organization.Name
	case Email:
		return &d.Email
	case Phone:
		return &d.Phone
	case Website:
		return &d.Website
	case TimeZone:
		return &d.TimeZone
	case BillingName:
		return &d.Billing.Name
	case BillingEmail:
		return &d.Billing.Email
	case BillingTaxID:
		return &d.Billing.TaxID
	}
	a := &d.Address
	if f.bills() {
		a = &d.Billing.Address
	}
	return map[string]*string{
		"country": &a.Country, "line1": &a.Line1, "line2": &a.Line2, "postal_code": &a.PostalCode, "city": &a.City, "region": &a.Region,
	}[f.own()]
}

// apply returns the details with the patch, checked.
func apply(ctx context.Context, d Details, p Patch) (Details, error) {
	faults := unknown(p)
	d.labels = copied(d.labels)
	for _, f := range Fields {
		text, asked := p[f]
		if !asked {
			continue
		}
		value, err := clean(f, text)
		if err != nil {
			if err := faults.Add(err); err != nil {
				return d, err
			}
			continue
		}
		d.set(f, value)
	}
	if len(faults) == 0 {
		faults = together(ctx, d, p)
	}
	return d, faults.OrNil()
}

// unknown blames labels of roles that there are not.
func unknown(p Patch) (faults errs.Fields) {
	for f := range p {
		if role, ok := f.label(); ok && !role.Valid() {
			faults = append(faults, ErrLabel.On(string(f)))
		}
	}
	return faults
}

func copied(labels map[identity.Role]string) map[identity.Role]string {
	all := map[identity.Role]string{}
	for role, label := range labels {
		all[role] = label
	}
	return all
}

// clean checks a field by itself.
func clean(f Field, text string) (string, error) {
	name := string(f)
	switch f {
	case Phone:
		return identity.PhoneNumber(name, text)
	case TimeZone:
		return identity.Zone(name, text)
	case Email, BillingEmail:
		return address(name, text)
	case Website:
		return website(text)
	case LogoForMembers:
		return choice(text)
	}
	most := limits[f.own()]
	if _, ok := f.label(); ok {
		most = labelMost
	}
	text, err := identity.Line(name, text, most)
	switch {
	case err != nil:
		return "", err
	case f == Name && text == "":
		return "", identity.ErrTextRequired.On(name)
	case f.own() == "country" && text != "" && !postal.IsCountry(text):
		return "", ErrCountry.On(name)
	}
	return text, nil
}

// choice takes yes and no; nothing is no.
func choice(text string) (string, error) {
	switch text {
	case "", strconv.FormatBool(false):
		return strconv.FormatBool(false), nil
	case strconv.FormatBool(true):
		return text, nil
	}
	return "", ErrChoice
}

func address(field, text string) (string, error) {
	if strings.TrimSpace(text) == "" {
		return "", nil
	}
	clean, err := mail.ParseAddress(text)
	if err != nil {
		return "", mail.ErrAddress.On(field)
	}
	return clean, nil
}

// website takes an address of the web with a host that others can reach by
// name.
func website(text string) (string, error) {
	text, err := identity.Line(string(Website), text, limits["website"])
	if err != nil || text == "" {
		return "", err
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || strings.ContainsAny(text, " \"<>\\") ||
		!strings.Contains(strings.Trim(u.Hostname(), "."), ".") {
		return "", ErrWebsite
	}
	return u.String(), nil
}

// together checks fields that depend on each other: those of an address on its
// country, and the tax id on that of billing.
func together(ctx context.Context, d Details, p Patch) (faults errs.Fields) {
	for _, prefix := range []string{ofAddress, ofBilling + ofAddress} {
		if slices.ContainsFunc(addressFields, func(name string) bool { return p.has(Field(prefix + name)) }) {
			faults = append(faults, placed(ctx, prefix, d)...)
		}
	}
	if p.has(BillingTaxID) && !taxIDFits(d.Billing.TaxID, d.taxCountry()) {
		faults = append(faults, ErrTaxID.With("Example", taxExample(d.taxCountry())))
	}
	return faults
}

func placed(ctx context.Context, prefix string, d Details) (faults errs.Fields) {
	value := func(name string) string { return d.Value(Field(prefix + name)) }
	country := value("country")
	if country == "" {
		return nil
	}
	name := postal.CountryName(i18n.Lang(ctx).Tag, country)
	if f := postal.FormatOf(country); value("postal_code") != "" && !f.Takes(value("postal_code")) {
		faults = append(faults, ErrCode.On(prefix+"postal_code").With("Country", name, "Example", f.Example))
	}
	if _, found := postal.FindRegion(country, value("region")); value("region") != "" && !found && postal.Regions(country) != nil {
		faults = append(faults, ErrRegion.On(prefix+"region").With("Country", name))
	}
	return faults
}

// taxCountry is where the organization is taxed.
func (d Details) taxCountry() string {
	if d.Billing.Address.Country != "" {
		return d.Billing.Address.Country
	}
	return d.Address.Country
}

// difference names the fields that two states do not share.
func difference(before, after Details) (changed []string) {
	for _, f := range Fields {
		if before.Value(f) != after.Value(f) {
			changed = append(changed, string(f))
		}
	}
	return changed
}
