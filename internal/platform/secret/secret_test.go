package secret

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

const canary = Secret("canary-7f3a")

type holder struct {
	Name  string
	Token Secret
	Codes []Secret
}

func TestASecretIsInNothingThatIsPrinted(t *testing.T) {
	held := holder{"Zoë", canary, []Secret{canary}}
	printed := map[string]string{}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%10.3s", "%T%v"} {
		args := []any{held}
		if verb == "%T%v" {
			args = []any{held, &held}
		}
		printed["struct "+verb] = fmt.Sprintf(verb, args...)
		if verb != "%T%v" {
			printed[verb] = fmt.Sprintf(verb, canary)
		}
	}
	printed["println"] = fmt.Sprintln(canary, &held, []any{canary}, map[string]Secret{"a": canary})
	printed["error"] = fmt.Errorf("refused %v: %w", canary, errors.New("no")).Error()
	printed["go syntax"] = canary.GoString() + canary.String()
	printed["json"] = marshalled(t, json.Marshal, held)
	printed["xml"] = marshalled(t, xml.Marshal, held)
	printed["yaml"] = marshalled(t, yaml.Marshal, held)
	printed["slog text"] = logged(func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) }, held)
	printed["slog json"] = logged(func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) }, held)

	hexed := fmt.Sprintf("%x", canary.Reveal())
	for how, text := range printed {
		if strings.Contains(text, "7f3a") || strings.Contains(strings.ToLower(text), hexed) {
			t.Errorf("%s shows it: %s", how, text)
		}
		if !strings.Contains(text, redacted) {
			t.Errorf("%s does not say that something is missing: %s", how, text)
		}
	}
}

func TestWhoHoldsASecretMayRevealIt(t *testing.T) {
	if canary.Reveal() != "canary-7f3a" {
		t.Error("it is another")
	}
	var held holder
	if err := json.Unmarshal([]byte(`{"Token":"abc"}`), &held); err != nil || held.Token.Reveal() != "abc" {
		t.Errorf("reading one from JSON: %v", err)
	}
}

func marshalled(t *testing.T, marshal func(any) ([]byte, error), v any) string {
	t.Helper()
	text, err := marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func logged(handler func(*bytes.Buffer) slog.Handler, v any) string {
	var out bytes.Buffer
	slog.New(handler(&out)).Info("signed in", "token", canary, "held", v, slog.Group("g", "t", canary))
	return out.String()
}
