// Countriesgen makes the list of countries: the codes of ISO 3166-1 with their
// names in each language of the product, from the Unicode CLDR of
// golang.org/x/text.
//
//	go run ./countriesgen countries.txt
package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// codes are those that ISO 3166-1 assigns officially.
const codes = `AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG
CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ
GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU
LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM
PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT
TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW`

// languages are those of the catalogues.
var languages = []string{"en", "de"}

// renamed are countries that CLDR's list of that library does not name as they
// call themselves today, or that it names at great length.
var renamed = map[string]string{
	"HK en": "Hong Kong", "HK de": "Hongkong", "MO en": "Macao", "MO de": "Macau", "MK en": "North Macedonia", "MK de": "Nordmazedonien",
	"SZ en": "Eswatini", "SZ de": "Eswatini", "TR en": "Türkiye",
}

func main() {
	if len(os.Args) != 2 {
		fail(errors.New("usage: countriesgen <file>"))
	}
	if err := os.WriteFile(os.Args[1], []byte(list()), 0o644); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "countriesgen:", err)
	os.Exit(1)
}

// list has a line for each country, and one of titles above.
func list() string {
	var b strings.Builder
	b.WriteString("code|" + strings.Join(languages, "|") + "\n")
	for code := range strings.FieldsSeq(codes) {
		b.WriteString(code)
		for _, tag := range languages {
			name := renamed[code+" "+tag]
			if name == "" {
				name = display.Regions(language.MustParse(tag)).Name(language.MustParseRegion(code))
			}
			b.WriteString("|" + name)
		}
		b.WriteString("\n")
	}
	return b.String()
}
