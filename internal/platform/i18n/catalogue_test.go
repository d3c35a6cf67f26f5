package i18n

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// These tests hold the catalogues against the source of the whole module.

// family is the keys with one prefix that no source spells out, because they
// are put together from a part that is data.
type family struct{ prefix, reason string }

var families = []family{
	{"policy.rule.", "why a field is locked, by policy.Control.Reason"},
	{"policy.changeable_by.", "who can change a rule, by policy.Control.ChangeableBy"},
	{"rules.name.", "what a rule is called, by its key"},
	{"rules.value.", "what a value of a rule is called, by key and value"},
	{"rules.effect.", "what a value of a rule does, by key and value"},
	{"sso.fault.", "why an answer of a provider was refused, by sso.refusal"},
	{"sso.step_", "steps of a test of a connection, by sso.Step"},
	{"rules.part_", "sections of the policy page, by their names"},
	{"scope.", "what a token may do, by its scope"},
	{"configuration.", "fields of the user configuration and their choices, by their names"},
	{"channel.name.", "channels, by their names in policy.Channels"},
	{"notify.kind.", "events, by notify.Kind"},
	{"notify.happened.", "what has happened, by notify.Kind"},
	{"notify.rule.", "why something was decided, by the rules of package notify"},
	{"notify.outcome.", "what became of something, by the outcomes of package notify"},
	{"notify.channel.", "ways on which people are told, by their names"},
	{"notify.mode.", "for which conversations sounds are, by the modes of package notify"},
	{"notify.tone.", "tones, by their names in package notify"},
	{"push.failure_", "why a push did not arrive, by the codes of package push"},
	{"notify.day.", "days of the week, by notify.Days"},
	{"rules.tally_", "how many a change meets, by rules.Effect"},
	{"audit.did.", "what was done, by the action of an entry of the journal"},
	{"audit.method.", "by which method somebody signed in or proved who they are"},
}

// pluralForms lists what a language tells apart, as CLDR has it.
var pluralForms = map[string][]string{
	"en": {"one", "other"},
	"de": {"one", "other"},
}

func TestEveryTextThatTheSourceAsksForIsInTheCatalogue(t *testing.T) {
	en := entries(t, "en")
	for _, call := range module(t).calls {
		if _, ok := en[call.key]; !ok {
			t.Errorf("%s: no text for %q", call.at, call.key)
		}
	}
}

func TestEveryTextInTheCatalogueIsAskedFor(t *testing.T) {
	src := module(t)
	for key := range entries(t, "en") {
		code, isError := strings.CutPrefix(key, "error.")
		switch {
		case src.literals[key], isError && src.codes[code] != "":
		case slices.ContainsFunc(families, func(f family) bool { return strings.HasPrefix(key, f.prefix) }):
		default:
			t.Errorf("nobody asks for %q", key)
		}
	}
}

func TestEveryErrorHasAText(t *testing.T) {
	en := entries(t, "en")
	for code, at := range module(t).codes {
		if _, ok := en["error."+code]; !ok {
			t.Errorf("%s: no text for %q", at, "error."+code)
		}
	}
}

func TestEveryCallGivesTheArgumentsOfItsText(t *testing.T) {
	en := entries(t, "en")
	for _, call := range module(t).calls {
		e, ok := en[call.key]
		if !ok || call.open {
			continue
		}
		if want := e.args(); !slices.Equal(call.args, want) {
			t.Errorf("%s: %q is given %v and takes %v", call.at, call.key, call.args, want)
		}
	}
}

func TestEveryTextTellsTranslatorsWhereItStands(t *testing.T) {
	for key, e := range entries(t, "en") {
		if strings.TrimSpace(e["description"]) == "" {
			t.Errorf("%q has no description", key)
		}
	}
}

func TestEveryLanguageHasTheSameTexts(t *testing.T) {
	en := entries(t, "en")
	for _, lang := range Languages() {
		if lang.Tag == "en" {
			continue
		}
		t.Run(lang.Tag, func(t *testing.T) {
			other := entries(t, lang.Tag)
			for key, e := range en {
				translated, ok := other[key]
				if !ok {
					t.Errorf("%q is missing", key)
				} else if got, want := translated.args(), e.args(); !slices.Equal(got, want) {
					t.Errorf("%q has the arguments %v and in English %v", key, got, want)
				}
			}
			for key := range other {
				if _, ok := en[key]; !ok {
					t.Errorf("%q is not in English", key)
				}
			}
		})
	}
}

func TestATextThatCountsHasEveryPluralFormOfItsLanguage(t *testing.T) {
	en := entries(t, "en")
	for _, lang := range Languages() {
		forms, ok := pluralForms[lang.Tag]
		if !ok {
			t.Errorf("the plural forms of %s are not known", lang.Tag)
		}
		for key, e := range entries(t, lang.Tag) {
			if en[key]["one"] == "" {
				continue
			}
			for _, form := range forms {
				if e[form] == "" {
					t.Errorf("%s: %q lacks the form %q", lang.Tag, key, form)
				}
			}
		}
	}
}

func TestTextsAreWrittenAlike(t *testing.T) {
	for _, lang := range Languages() {
		for key, e := range entries(t, lang.Tag) {
			if !wellNamed.MatchString(key) {
				t.Errorf("%q is not a lower-case dotted name", key)
			}
			for _, text := range e.texts() {
				if text == "" || text != strings.TrimSpace(text) {
					t.Errorf("%s: %q is empty or has space around it: %q", lang.Tag, key, text)
				}
				if rest := argument.ReplaceAllString(text, ""); strings.Contains(rest, "{{") {
					t.Errorf("%s: %q does more than name its arguments: %q", lang.Tag, key, text)
				}
			}
		}
	}
}

func TestCallsAreFoundInCodeAndInPages(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a.go": `package a
			var ErrGone = errs.New(errs.NotFound, "gone")
			var key = "a.held"
			func f() { i18n.T(ctx, "a.code", "Name", n, "Count", 3); i18n.T(ctx, "a.open", pairs...); i18n.T(ctx, key) }`,
		"p.templ":         "templ p() {\n<b title={ i18n.T(r.Context(), \"a.page\", \"Who\", who(\")\")) }>{ i18n.T(ctx, \"a.text\") }</b>\n}",
		"a_test.go":       `package a; var x = i18n.T(ctx, "a.test")`,
		"tools/go.mod":    "module tools",
		"tools/a.go":      `package a; var x = i18n.T(ctx, "a.tool")`,
		"testdata/bad.go": `not Go`,
	} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	src := readSource(t, dir)

	var got []string
	for _, c := range src.calls {
		got = append(got, strings.TrimSpace(c.key+" "+strings.Join(c.args, " ")))
	}
	if want := []string{"a.code Count Name", "a.open", "a.page Who", "a.text"}; !slices.Equal(got, want) {
		t.Errorf("calls %q, want %q", got, want)
	}
	if len(src.codes) != 1 || src.codes["gone"] == "" {
		t.Errorf("codes %v", src.codes)
	}
	if !src.literals["a.held"] || src.literals["a.tool"] || src.literals["a.test"] {
		t.Errorf("literals %v", src.literals)
	}
}

var (
	wellNamed = regexp.MustCompile(`^[a-z0-9_]+(\.[a-z0-9_]+)+$`)
	argument  = regexp.MustCompile(`\{\{\.([A-Z][A-Za-z0-9]*)\}\}`)
)

// entry is one text of a locale file: its plural forms and its description.
type entry map[string]string

func (e *entry) UnmarshalJSON(raw []byte) error {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		*e = entry{"other": text}
		return nil
	}
	return json.Unmarshal(raw, (*map[string]string)(e))
}

func (e entry) texts() []string {
	var all []string
	for form, text := range e {
		if form != "description" {
			all = append(all, text)
		}
	}
	return all
}

// args returns the names of the arguments, sorted.
func (e entry) args() []string {
	var names []string
	for _, text := range e.texts() {
		for _, m := range argument.FindAllStringSubmatch(text, -1) {
			names = append(names, m[1])
		}
	}
	if e["one"] != "" {
		names = append(names, "Count")
	}
	return unique(names)
}

func unique(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}

func entries(t *testing.T, tag string) map[string]entry {
	t.Helper()
	raw, err := locales.ReadFile("locales/" + tag + ".json")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]entry{}
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// source is what the program's own files say about texts.
type source struct {
	literals map[string]bool   // every string in it
	codes    map[string]string // code of an error → where it is declared
	calls    []call
}

// call is one call of T with a literal key.
type call struct {
	at   string
	key  string
	args []string // their names, sorted
	open bool     // some are not literals
}

func module(t *testing.T) *source {
	t.Helper()
	return readSource(t, "../../..")
}

// readSource reads every .go and .templ file of the module in root but its
// tests.
func readSource(t *testing.T, root string) *source {
	t.Helper()
	src := &source{literals: map[string]bool{}, codes: map[string]string{}}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case path == root:
			return nil
		case d.IsDir():
			return skip(path, d.Name())
		case strings.HasSuffix(path, ".templ"):
			return src.readTempl(path)
		case strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go"):
			return src.readGo(path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// skip leaves out what is not of this module.
func skip(path, name string) error {
	_, err := os.Stat(filepath.Join(path, "go.mod"))
	if err == nil || name == "testdata" || name == "node_modules" || strings.HasPrefix(name, ".") {
		return filepath.SkipDir
	}
	return nil
}

func (s *source) readGo(path string) error {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	s.inspect(file, func(p token.Pos) string { return fset.Position(p).String() })
	return nil
}

var (
	quoted = regexp.MustCompile("\"(?:[^\"\\\\\n]|\\\\.)*\"|`[^`]*`")
	asked  = regexp.MustCompile(`\bi18n\.T\(`)
)

// readTempl reads a page before it is generated: the strings in it, and each
// call of T, which is Go wherever it stands.
func (s *source) readTempl(path string) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	for _, q := range quoted.FindAllString(string(raw), -1) {
		if text, err := strconv.Unquote(q); err == nil {
			s.literals[text] = true
		}
	}
	for _, at := range asked.FindAllIndex(raw, -1) {
		line := strconv.Itoa(1 + strings.Count(string(raw[:at[0]]), "\n"))
		if expr, err := parser.ParseExpr(balanced(string(raw[at[0]:]))); err == nil {
			s.inspect(expr, func(token.Pos) string { return path + ":" + line })
		}
	}
	return nil
}

// balanced cuts text after the parenthesis that closes its first one.
func balanced(text string) string {
	depth := 0
	inString := false
	for i, r := range text {
		switch {
		case r == '"' && (i == 0 || text[i-1] != '\\'):
			inString = !inString
		case inString:
		case r == '(':
			depth++
		case r == ')':
			if depth--; depth == 0 {
				return text[:i+1]
			}
		}
	}
	return text
}

func (s *source) inspect(root ast.Node, where func(token.Pos) string) {
	ast.Inspect(root, func(n ast.Node) bool {
		if text, ok := literal(n); ok {
			s.literals[text] = true
		}
		c, ok := n.(*ast.CallExpr)
		if !ok || len(c.Args) < 2 {
			return true
		}
		text, ok := literal(c.Args[1])
		if !ok {
			return true
		}
		switch name(c.Fun) {
		case "i18n.T", "T":
			s.calls = append(s.calls, newCall(c, text, where(c.Pos())))
		case "errs.New":
			s.codes[text] = where(c.Pos())
		}
		return true
	})
}

func newCall(c *ast.CallExpr, key, at string) call {
	made := call{at: at, key: key, open: c.Ellipsis.IsValid()}
	for i := 2; i < len(c.Args); i += 2 {
		name, ok := literal(c.Args[i])
		if !ok {
			made.open = true
			continue
		}
		made.args = append(made.args, name)
	}
	made.args = unique(made.args)
	return made
}

func literal(n ast.Node) (string, bool) {
	b, ok := n.(*ast.BasicLit)
	if !ok || b.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(b.Value)
	return text, err == nil
}

func name(fun ast.Expr) string {
	switch f := fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		if x, ok := f.X.(*ast.Ident); ok {
			return x.Name + "." + f.Sel.Name
		}
	}
	return ""
}
