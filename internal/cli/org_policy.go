package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"nameplate/internal/app"
	"nameplate/internal/kernel/identity"
)

// orgPolicy shows and changes rules.
type orgPolicy struct {
	Org      string            `arg:"" optional:"" name:"org" help:"Organization, by name or id."`
	Instance bool              `name:"instance" help:"The rules of the instance, which hold wherever an organization sets none."`
	Role     string            `name:"role" placeholder:"ROLE" help:"The rules for this role alone."`
	Set      map[string]string `name:"set" placeholder:"KEY=VALUE" mapsep:"none" help:"Set a rule. The value is JSON, or a bare word. Can be given several times."`
	Clear    []string          `name:"clear" placeholder:"KEY" help:"Take a rule out, so that the layer before holds. Can be given several times."`
	Preset   string            `name:"preset" placeholder:"NAME" help:"Begin from a preset: set its rules and clear all others."`
	settings
}

// Help is shown behind the sentence of the command.
func (orgPolicy) Help() string {
	return help(`nameplate org policy "Halden Energy"`,
		`nameplate org policy "Halden Energy" --set mfa.required=all --set mfa.grace_days=7`,
		`nameplate org policy "Halden Energy" --role agent --set phone_change=readonly`,
		`nameplate org policy "Halden Energy" --clear mfa.required`,
		`nameplate org policy "Halden Energy" --preset managed`,
		`nameplate org policy --instance --set password.preset=nist --json`)
}

var errWhosePolicy = errors.New("name an organization, or the instance with --instance")

// Run changes what is asked for, and shows the rules.
func (c *orgPolicy) Run(r *run, from *sources) error {
	if c.Instance == (c.Org != "") {
		return &usageError{errWhosePolicy}
	}
	in := app.PolicyChange{Organization: c.Org, Role: identity.Role(c.Role), Preset: c.Preset, Clear: c.Clear, Set: map[string]json.RawMessage{}}
	for key, value := range c.Set {
		in.Set[key] = asJSON(value)
	}
	var out app.Policy
	if err := c.operation(r, from, "policy.change", false, in, &out); err != nil {
		return err
	}
	return r.say(out, rulesTable(out))
}

// asJSON takes a bare word for a text.
func asJSON(value string) json.RawMessage {
	if json.Valid([]byte(value)) {
		return json.RawMessage(value)
	}
	quoted, err := json.Marshal(value)
	if err != nil {
		panic(err) // a text always has a form in JSON
	}
	return quoted
}

func rulesTable(p app.Policy) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, rule := range p.Rules {
		value, err := json.Marshal(rule.Value)
		if err != nil {
			panic(err) // it was read from JSON
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", rule.Key, strings.Trim(string(value), `"`), rule.Source)
	}
	w.Flush() //nolint:errcheck // writing to memory does not fail
	return b.String()
}
