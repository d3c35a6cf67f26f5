package postal

import (
	"regexp"
	"strings"
)

// Kinds of the parts of a country. They choose the word beside the field.
const (
	Region     = "region"
	State      = "state"
	Province   = "province"
	Canton     = "canton"
	County     = "county"
	Prefecture = "prefecture"
)

// Format is how addresses of a country look.
type Format struct {
	Example string // of a postal code; empty: any is taken
	Region  string // what its parts are called; one of the kinds

	code      *regexp.Regexp
	codeAfter bool // the postal code follows the town, on its line
}

// formatOf is the format of a country whose postal codes are as pattern says,
// in capitals or not.
func formatOf(example, pattern string) Format {
	return Format{Example: example, Region: Region, code: regexp.MustCompile(`(?i)^(?:` + pattern + `)$`)}
}

func (f Format) parts(kind string) Format { f.Region = kind; return f }
func (f Format) behind() Format           { f.codeAfter = true; return f }

const (
	four = `\d{4}`
	five = `\d{5}`
	six  = `\d{6}`
)

var formats = map[string]Format{
	"AR": formatOf("C1000", `[A-Z]?\d{4}(?:[A-Z]{3})?`).parts(Province),
	"AT": formatOf("1010", four).parts(State),
	"AU": formatOf("2000", four).parts(State).behind(),
	"BE": formatOf("1000", four).parts(Province),
	"BG": formatOf("1000", four),
	"BR": formatOf("01000-000", `\d{5}-?\d{3}`).parts(State).behind(),
	"CA": formatOf("K1A 0B1", `[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z] ?\d[ABCEGHJ-NPRSTV-Z]\d`).parts(Province).behind(),
	"CH": formatOf("8001", four).parts(Canton),
	"CN": formatOf("100000", six).parts(Province),
	"CY": formatOf("1010", four),
	"CZ": formatOf("110 00", `\d{3} ?\d{2}`),
	"DE": formatOf("10115", five).parts(State),
	"DK": formatOf("1050", four),
	"EE": formatOf("10111", five).parts(County),
	"ES": formatOf("28001", five).parts(Province),
	"FI": formatOf("00100", five),
	"FR": formatOf("75001", five),
	"GB": formatOf("SW1A 1AA", `GIR ?0AA|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}`).parts(County).behind(),
	"GR": formatOf("104 31", `\d{3} ?\d{2}`),
	"HR": formatOf("10000", five).parts(County),
	"HU": formatOf("1011", four).parts(County),
	"IE": formatOf("D02 AF30", `[A-Z]\d[\dW] ?[A-Z\d]{4}`).parts(County).behind(),
	"IN": formatOf("110001", `\d{3} ?\d{3}`).parts(State).behind(),
	"IT": formatOf("00118", five).parts(Province),
	"JP": formatOf("100-0001", `\d{3}-?\d{4}`).parts(Prefecture).behind(),
	"KR": formatOf("04524", five).parts(Province).behind(),
	"LT": formatOf("LT-01100", `(?:LT-)?\d{5}`),
	"LU": formatOf("1111", `(?:L-)?\d{4}`),
	"LV": formatOf("LV-1010", `(?:LV-)?\d{4}`),
	"MT": formatOf("VLT 1117", `[A-Z]{3} ?\d{4}`),
	"MX": formatOf("06000", five).parts(State),
	"NL": formatOf("1012 AB", `\d{4} ?[A-Z]{2}`).parts(Province),
	"NO": formatOf("0152", four).parts(County),
	"NZ": formatOf("6011", four).behind(),
	"PL": formatOf("00-001", `\d{2}-?\d{3}`),
	"PT": formatOf("1000-001", `\d{4}-\d{3}`),
	"RO": formatOf("010011", six).parts(County),
	"SE": formatOf("111 20", `\d{3} ?\d{2}`).parts(County),
	"SG": formatOf("018956", six).behind(),
	"SI": formatOf("1000", four),
	"SK": formatOf("811 01", `\d{3} ?\d{2}`),
	"TR": formatOf("34000", five).parts(Province),
	"UA": formatOf("01001", five),
	"US": formatOf("94103", `\d{5}(?:-\d{4})?`).parts(State).behind(),
	"ZA": formatOf("0001", four).parts(Province).behind(),
}

// FormatOf says how the addresses of a country look. Of one that is not known
// any postal code is taken.
func FormatOf(country string) Format {
	if f, known := formats[country]; known {
		return f
	}
	return Format{Region: Region}
}

// Takes reports whether code can be a postal code of the country.
func (f Format) Takes(code string) bool { return f.code == nil || f.code.MatchString(code) }

// Address is where something is.
type Address struct {
	Line1, Line2, City, Region, PostalCode, Country string
}

// Lines writes an address as an envelope has it, with the country's name in a
// language below.
func (a Address) Lines(lang string) []string {
	place := joined(" ", a.PostalCode, joined(", ", a.City, a.named()))
	if FormatOf(a.Country).codeAfter {
		place = joined(" ", joined(", ", a.City, a.Region), a.PostalCode)
	}
	var lines []string
	for _, line := range []string{a.Line1, a.Line2, place, CountryName(lang, a.Country)} {
		if line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// named is the part of the country by its name, unless the town has the same.
func (a Address) named() string {
	name := a.Region
	if e, known := FindRegion(a.Country, a.Region); known {
		name = e.Name
	}
	if name == a.City {
		return ""
	}
	return name
}

// joined joins the parts that are not empty.
func joined(by string, parts ...string) string {
	var some []string
	for _, p := range parts {
		if p != "" {
			some = append(some, p)
		}
	}
	return strings.Join(some, by)
}
