package postal

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestTheCountriesAreThoseOfTheStandard(t *testing.T) {
	if n := len(countries().codes); n != 249 {
		t.Errorf("%d countries", n)
	}
	for _, lang := range []string{"en", "de", "ar-XB"} {
		all := Countries(lang)
		if len(all) != 249 {
			t.Errorf("%s: %d countries", lang, len(all))
		}
		for _, e := range all {
			if e.Name == "" || !IsCountry(e.Code) {
				t.Errorf("%s: %+v", lang, e)
			}
		}
	}
	for _, no := range []string{"", "no", "XX", "UK", "EU", "XK", "DEU", "D"} {
		if IsCountry(no) {
			t.Errorf("%q is a country", no)
		}
	}
}

func TestCountriesStandInTheOrderOfTheirLanguage(t *testing.T) {
	place := func(lang, code string) int {
		return slices.IndexFunc(Countries(lang), func(e Entry) bool { return e.Code == code })
	}
	if place("de", "AT") > place("de", "PL") || place("de", "EG") > place("de", "BR") || place("en", "DE") < place("en", "FR") {
		t.Error("Österreich follows Polen, Ägypten follows Brasilien, or Germany precedes France")
	}
}

func TestEachFormatTakesItsOwnExample(t *testing.T) {
	for code, f := range formats {
		if !IsCountry(code) || !f.Takes(f.Example) || f.Takes(f.Example+"0") && f.Takes(f.Example+"00000") {
			t.Errorf("%s: %q", code, f.Example)
		}
	}
	for country, wrong := range map[string]string{"NO": "015", "US": "9410", "CA": "D1A 0B1", "DE": "1011", "GB": "SW1A", "NL": "1012 A1"} {
		if FormatOf(country).Takes(wrong) {
			t.Errorf("%s takes %q", country, wrong)
		}
	}
	if !FormatOf("AE").Takes("anything") || !FormatOf("CA").Takes("k1a0b1") {
		t.Error("a code is refused where nothing is known, or in small letters")
	}
}

func TestRegionsAreFoundByCodeAndByName(t *testing.T) {
	shape := regexp.MustCompile(`^[A-Z0-9]{1,3}$`)
	for country, all := range regions() {
		seen := map[string]bool{}
		for _, r := range all {
			if !IsCountry(country) || !shape.MatchString(r.code) || seen[r.code] || r.names[0] == "" {
				t.Errorf("%s: %+v", country, r)
			}
			seen[r.code] = true
		}
	}
	for _, c := range [][3]string{{"DE", "Bavaria", "BY"}, {"DE", "bayern", "BY"}, {"US", "ca", "CA"}, {"CA", "Quebec", "QC"}, {"CH", "Genf", "GE"}} {
		if e, ok := FindRegion(c[0], c[1]); !ok || e.Code != c[2] {
			t.Errorf("%v: %+v", c, e)
		}
	}
	if _, ok := FindRegion("US", "Bavaria"); ok || Regions("NO") != nil {
		t.Error("a region is found where there is none")
	}
}

func TestAnAddressReadsAsOnAnEnvelope(t *testing.T) {
	for want, a := range map[string]Address{
		"Tollbugata 14\n0152 Oslo\nNorway":                             {Line1: "Tollbugata 14", City: "Oslo", PostalCode: "0152", Country: "NO"},
		"1 Market St\nSuite 5\nSan Francisco, CA 94103\nUnited States": {Line1: "1 Market St", Line2: "Suite 5", City: "San Francisco", Region: "CA", PostalCode: "94103", Country: "US"},
		"10115 Berlin\nGermany":                                        {City: "Berlin", Region: "BE", PostalCode: "10115", Country: "DE"},
		"80331 München, Bayern\nGermany":                               {City: "München", Region: "BY", PostalCode: "80331", Country: "DE"},
		"Oslo":                                                         {City: "Oslo"}, "": {},
	} {
		if got := strings.Join(a.Lines("en"), "\n"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
