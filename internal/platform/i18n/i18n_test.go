package i18n

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"
	"time"
	"unicode/utf8"
)

func in(tag string) context.Context { return With(context.Background(), tag) }

// only returns a context in which the catalogue consists of these files.
func only(t *testing.T, tag string, files map[string]string) context.Context {
	t.Helper()
	dir := fstest.MapFS{}
	for name, text := range files {
		dir["locales/"+name] = &fstest.MapFile{Data: []byte(text)}
	}
	all, err := load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return context.WithValue(context.Background(), contextKey{}, index(all)[tag])
}

var sample = map[string]string{
	"en.json": `{"plain": "Save name", "named": {"other": "Hello {{.Name}}, welcome"},
		"counted": {"one": "{{.Count}} device", "other": "{{.Count}} devices"}}`,
	"de.json": `{"plain": "Namen sichern", "counted": {"one": "{{.Count}} Gerät", "other": "{{.Count}} Geräte"}}`,
}

func TestATextIsSaidInTheLanguageOfTheContext(t *testing.T) {
	en, de := only(t, "en", sample), only(t, "de", sample)
	for _, c := range []struct {
		ctx  context.Context
		key  string
		args []any
		want string
	}{
		{en, "plain", nil, "Save name"},
		{de, "plain", nil, "Namen sichern"},
		{en, "named", []any{"Name", "Zoë <b>"}, "Hello Zoë <b>, welcome"},
		{de, "named", []any{"Name", "Zoë"}, "Hello Zoë, welcome"}, // German lacks it
		{en, "counted", []any{"Count", 1}, "1 device"},
		{en, "counted", []any{"Count", int64(0)}, "0 devices"},
		{en, "counted", []any{"Count", uint8(2)}, "2 devices"},
		{de, "counted", []any{"Count", 1}, "1 Gerät"},
		{de, "counted", []any{"Count", 3}, "3 Geräte"},
		{de, "unheard.of", nil, "unheard.of"},
		{de, "unheard.of", []any{"Count", 3}, "unheard.of"},
	} {
		if got := T(c.ctx, c.key, c.args...); got != c.want {
			t.Errorf("%s %v in %s: %q, want %q", c.key, c.args, Lang(c.ctx).Tag, got, c.want)
		}
	}
}

func TestWithoutALanguageOrWithAnUnknownOneItIsEnglish(t *testing.T) {
	for _, ctx := range []context.Context{context.Background(), in("tlh"), in("")} {
		if got := Lang(ctx).Tag; got != "en" {
			t.Errorf("language %q, want en", got)
		}
		if got := T(ctx, "time.march"); got != "March" {
			t.Errorf("%q, want March", got)
		}
	}
}

func TestABrokenCatalogueStopsTheStart(t *testing.T) {
	for name, text := range map[string]string{"en.json": `{"a": `, "not a tag.json": `{"a": "b"}`} {
		dir := fstest.MapFS{
			"locales/en.json": {Data: []byte(`{"a": "b"}`)},
			"locales/" + name: {Data: []byte(text)},
		}
		if _, err := load(dir); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: error %v does not name the file", name, err)
		}
	}
}

func TestPeopleChooseAmongLanguagesInTheirOwnNames(t *testing.T) {
	want := []Language{{"en", "ltr", "English"}, {"de", "ltr", "Deutsch"}}
	got := Languages()
	if len(got) != len(want) {
		t.Fatalf("languages %v, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("language %v, want %v", got[i], want[i])
		}
		if !Known(got[i].Tag) {
			t.Errorf("%s is not known", got[i].Tag)
		}
	}
	for _, tag := range []string{Pseudo, "DE", "de-AT", "", "x"} {
		if Known(tag) {
			t.Errorf("%q can be chosen", tag)
		}
	}
}

func TestTheBrowsersLanguagesFindTheBestOfOurs(t *testing.T) {
	for header, want := range map[string]string{
		"":                                "en",
		"de":                              "de",
		"de-AT,de;q=0.9,en;q=0.8":         "de",
		"gsw-CH, de;q=0.7":                "de",
		"fr-FR,fr;q=0.9,de;q=0.5":         "de",
		"en-GB,de;q=0.9":                  "en",
		"fr":                              "en",
		"ar":                              "en",
		"ar-XB,en;q=0.9":                  Pseudo,
		"*":                               "en",
		"de;q=nonsense":                   "en",
		strings.Repeat("de-", 3000) + ",": "en",
	} {
		if got := Match(header); got != want {
			t.Errorf("%.40q: %s, want %s", header, got, want)
		}
	}
}

func TestThePseudoLanguageIsLongerAndRunsRightToLeftButKeepsArguments(t *testing.T) {
	ctx := only(t, Pseudo, sample)
	if dir := Lang(ctx).Dir; dir != "rtl" {
		t.Errorf("direction %s", dir)
	}
	if got, want := T(ctx, "plain"), "\u202eSaavee\u202c \u202enaamee\u202c"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := T(ctx, "named", "Name", "Zoë"); !strings.Contains(got, "Zoë") || strings.Contains(got, "Hello") {
		t.Errorf("%q", got)
	}
	if got := T(ctx, "counted", "Count", 1); !strings.HasPrefix(got, "1 ") || strings.Contains(got, "s") {
		t.Errorf("%q does not count like English", got)
	}
	grown := utf8.RuneCountInString(vowel.ReplaceAllString(prose, "$0$0"))
	if share := float64(grown) / float64(len(prose)); share < 1.25 || share > 1.4 {
		t.Errorf("texts grow to %.2f of their length", share)
	}
}

const prose = "This device stays signed in. Other devices were signed out. Enter the code that we sent to your new address."

func TestTimesAreSaidAsPeopleSayThem(t *testing.T) {
	berlin := time.FixedZone("", 3600)
	at := time.Date(2023, 3, 6, 9, 7, 0, 0, berlin)
	for _, c := range []struct {
		tag  string
		say  func(context.Context, time.Time) string
		want string
	}{
		{"en", Date, "6 March 2023"},
		{"de", Date, "6. März 2023"},
		{"en", DateTime, "6 March 2023, 09:07"},
		{"de", DateTime, "6. März 2023, 09:07"},
		{"en", Clock, "09:07"},
	} {
		if got := c.say(in(c.tag), at); got != c.want {
			t.Errorf("%s: %q, want %q", c.tag, got, c.want)
		}
	}
}

func TestTheRecentPastIsSaidByItsDistance(t *testing.T) {
	berlin := time.FixedZone("", 3600)
	now := time.Date(2026, 3, 1, 17, 42, 0, 0, berlin)
	for _, c := range []struct {
		ago    time.Duration
		en, de string
	}{
		{-2 * time.Hour, "1 March 2026, 19:42", "1. März 2026, 19:42"},
		{-30 * time.Second, "just now", "gerade eben"},
		{59 * time.Second, "just now", "gerade eben"},
		{time.Minute, "1 minute ago", "vor 1 Minute"},
		{12*time.Minute + 59*time.Second, "12 minutes ago", "vor 12 Minuten"},
		{time.Hour, "1 hour ago", "vor 1 Stunde"},
		{17 * time.Hour, "17 hours ago", "vor 17 Stunden"},
		{18 * time.Hour, "yesterday, 23:42", "gestern, 23:42"},
		{41 * time.Hour, "yesterday, 00:42", "gestern, 00:42"},
		{42 * time.Hour, "27 February 2026", "27. Februar 2026"},
	} {
		// The zone of now must not matter.
		if got := Relative(in("en"), now.UTC(), now.Add(-c.ago)); got != c.en {
			t.Errorf("%v ago: %q, want %q", c.ago, got, c.en)
		}
		if got := Relative(in("de"), now, now.Add(-c.ago)); got != c.de {
			t.Errorf("%v ago: %q, want %q", c.ago, got, c.de)
		}
	}
}

func TestYesterdayIsThatOfThePlaceOfTheTime(t *testing.T) {
	berlin := time.FixedZone("", 3600)
	now := time.Date(2026, 3, 1, 0, 30, 0, 0, berlin) // in UTC still the day before
	if got, want := Relative(in("en"), now.UTC(), now.Add(-2*time.Hour)), "yesterday, 22:30"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestManyRequestsMaySpeakAtOnce(t *testing.T) {
	ctx := only(t, "de", sample)
	done := make(chan string)
	for range 8 {
		go func() { done <- T(ctx, "counted", "Count", 2) }()
	}
	for range 8 {
		if got := <-done; got != "2 Geräte" {
			t.Error(got)
		}
	}
}

func BenchmarkPlainText(b *testing.B) {
	ctx := in("de")
	for b.Loop() {
		T(ctx, "time.march")
	}
}

func BenchmarkTextWithPlural(b *testing.B) {
	ctx := in("de")
	for b.Loop() {
		T(ctx, "time.minutes_ago", "Count", 3)
	}
}

func TestALanguageIsChosenWhenItIsFirstNeeded(t *testing.T) {
	asked := 0
	ctx := Later(t.Context(), func() string { asked++; return "de" })
	if asked != 0 {
		t.Error("chosen before anybody was spoken to")
	}
	for range 2 {
		if tag := Lang(ctx).Tag; tag != "de" {
			t.Errorf("spoke %s", tag)
		}
	}
	if asked != 1 {
		t.Errorf("chosen %d times", asked)
	}
}
