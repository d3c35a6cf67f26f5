package organization

import (
	"regexp"
	"strings"
)

// taxID is how the tax ids of a country look, written without spaces, dots and
// dashes, and without the country's prefix.
type taxID struct {
	prefix  string // of VAT numbers; empty: none
	example string
	digits  *regexp.Regexp
}

func vat(prefix, example, pattern string) taxID {
	return taxID{prefix, example, regexp.MustCompile(`^(?:` + pattern + `)$`)}
}

// taxIDs are the VAT numbers of the European Union (Council Directive
// 2006/112/EC, as its VIES service takes them), and those of some others.
var taxIDs = map[string]taxID{
	"AT": vat("AT", "ATU12345678", `U\d{8}`), "BE": vat("BE", "BE0123456789", `[01]\d{9}`), "BG": vat("BG", "BG123456789", `\d{9,10}`),
	"CY": vat("CY", "CY12345678L", `\d{8}[A-Z]`), "CZ": vat("CZ", "CZ12345678", `\d{8,10}`), "DE": vat("DE", "DE123456789", `\d{9}`),
	"DK": vat("DK", "DK12345678", `\d{8}`), "EE": vat("EE", "EE123456789", `\d{9}`), "ES": vat("ES", "ESA12345678", `[A-Z0-9]\d{7}[A-Z0-9]`),
	"FI": vat("FI", "FI12345678", `\d{8}`), "FR": vat("FR", "FR12345678901", `[A-HJ-NP-Z0-9]{2}\d{9}`), "GR": vat("EL", "EL123456789", `\d{9}`),
	"HR": vat("HR", "HR12345678901", `\d{11}`), "HU": vat("HU", "HU12345678", `\d{8}`), "IE": vat("IE", "IE1234567WA", `\d[A-Z0-9+*]\d{5}[A-Z]{1,2}`),
	"IT": vat("IT", "IT12345678901", `\d{11}`), "LT": vat("LT", "LT123456789", `\d{9}|\d{12}`), "LU": vat("LU", "LU12345678", `\d{8}`),
	"LV": vat("LV", "LV12345678901", `\d{11}`), "MT": vat("MT", "MT12345678", `\d{8}`), "NL": vat("NL", "NL123456789B01", `[A-Z0-9+*]{12}`),
	"PL": vat("PL", "PL1234567890", `\d{10}`), "PT": vat("PT", "PT123456789", `\d{9}`), "RO": vat("RO", "RO1234567890", `\d{2,10}`),
	"SE": vat("SE", "SE123456789001", `\d{12}`), "SI": vat("SI", "SI12345678", `\d{8}`), "SK": vat("SK", "SK1234567890", `\d{10}`),
	"GB": vat("GB", "GB123456789", `\d{9}|\d{12}|GD\d{3}|HA\d{3}`),
	"NO": vat("NO", "918273645 MVA", `\d{9}(?:MVA)?`),
	"CH": vat("CHE", "CHE-123.456.789 MWST", `\d{9}(?:MWST|TVA|IVA)?`),
	"US": vat("", "12-3456789", `\d{9}`),
	"AU": vat("", "51 824 753 556", `\d{11}`),
}

var bareTaxID = strings.NewReplacer(" ", "", ".", "", "-", "", "/", "")

// taxIDFits reports whether a tax id can be one of the country. Where nothing
// is known of the country, any is taken; so is the VAT number of another one,
// because companies register abroad.
func taxIDFits(id, country string) bool {
	id = strings.ToUpper(bareTaxID.Replace(id))
	known, ok := taxIDs[country]
	if id == "" || !ok {
		return true
	}
	if known.fits(id) {
		return true
	}
	for _, other := range taxIDs {
		if other.prefix != "" && strings.HasPrefix(id, other.prefix) && other.fits(id) {
			return true
		}
	}
	return false
}

func (t taxID) fits(id string) bool { return t.digits.MatchString(strings.TrimPrefix(id, t.prefix)) }

func taxExample(country string) string { return taxIDs[country].example }
