package rules

import (
	"context"
	"encoding/json"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/platform/i18n"
)

// value is one rule as JSON.
type value struct {
	Value   any        `json:"value"`
	Source  string     `json:"source" doc:"instance, organization, role or identity_provider"`
	SetBy   string     `json:"set_by,omitempty"`
	SetAt   *time.Time `json:"set_at,omitempty"`
	Differs []string   `json:"differs,omitempty" doc:"Of the preset: the keys that are not as it has them."`
}

// document is every rule by its key, and under "roles" what is set for single
// roles.
type document map[string]any

func documentOf(ctx context.Context, sheet Sheet, setBy func(context.Context, string) string) (document, error) {
	set, err := sheet.Set("")
	if err != nil {
		return nil, err
	}
	show := func(v policy.Value) value {
		out := value{Value: v.Value, Source: string(v.Source)}
		if !v.SetAt.IsZero() {
			out.SetBy, out.SetAt = setBy(ctx, v.SetBy), &v.SetAt
		}
		return out
	}
	doc, roles := document{}, map[identity.Role]map[string]value{}
	for _, about := range policy.Rules() {
		doc[about.Name] = show(set.Value(about.Name))
	}
	preset := doc[policy.Preset.Name()].(value)
	preset.Differs = sheet.Differs()
	doc[policy.Preset.Name()] = preset
	for role, values := range sheet.Book.Own(sheet.OrganizationID) {
		if role == "" {
			continue
		}
		roles[role] = map[string]value{}
		for key, v := range values {
			roles[role][key] = show(v)
		}
	}
	doc[rolesKey] = roles
	return doc, nil
}

// Schema names every key.
func (document) Schema(r huma.Registry) *huma.Schema {
	one := r.Schema(reflect.TypeFor[value](), true, "")
	s := &huma.Schema{Type: huma.TypeObject, Properties: map[string]*huma.Schema{
		rolesKey: {
			Type: huma.TypeObject, Description: "What is set for single roles.",
			AdditionalProperties: &huma.Schema{Type: huma.TypeObject, AdditionalProperties: one},
		},
	}}
	for _, about := range policy.Rules() {
		s.Properties[about.Name] = one
	}
	return s
}

// Schema names every key and what it takes. What is wrong is found by the
// rules themselves.
func (patchBody) Schema(huma.Registry) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true, Properties: map[string]*huma.Schema{
		rolesKey: {Description: "The same keys by role; null clears all that is set for the role."},
	}}
	for _, about := range policy.Rules() {
		s.Properties[about.Name] = &huma.Schema{Description: takes(about)}
	}
	return s
}

// takes says in English, for the API's document, which values a rule takes.
func takes(about policy.About) string {
	switch {
	case about.Everybody:
		return "all, none, or a list of roles; null goes back to the layer before."
	case about.Roles:
		return "A list of roles; null goes back to the layer before."
	case len(about.Choices) > 0:
		return text(about.Choices) + "; null goes back to the layer before."
	}
	return "A whole number from " + text(about.Low) + " to " + text(about.High) + "; null goes back to the layer before."
}

// forecast is what a change would do, as JSON.
type forecast struct {
	DryRun     bool         `json:"dry_run"`
	Members    int          `json:"members"`
	Blocked    int          `json:"blocked"`
	Prompted   int          `json:"prompted"`
	SignedOut  int          `json:"signed_out"`
	Unaffected int          `json:"unaffected"`
	Changes    []difference `json:"changes"`
	Affected   []met        `json:"affected"`
}

type difference struct {
	Key    string `json:"key"`
	Role   string `json:"role,omitempty"`
	Before any    `json:"before" doc:"null: the layer before holds"`
	After  any    `json:"after" doc:"null: the layer before would hold"`
}

type met struct {
	User        string `json:"user"`
	DisplayName string `json:"display_name"`
	Role        string `json:"role"`
	Effect      string `json:"effect" enum:"blocked,prompted,signed_out"`
	Rule        string `json:"rule" doc:"Key of the rule that decides"`
	Why         string `json:"why" doc:"The same in words, in the language of the request"`
}

func forecastOf(ctx context.Context, f Forecast) forecast {
	out := forecast{
		DryRun: true, Members: f.Members, Blocked: f.Count(Blocked), Prompted: f.Count(Prompted), SignedOut: f.Count(SignedOut),
		Unaffected: f.Unmet(), Changes: []difference{}, Affected: []met{},
	}
	for _, d := range f.Changes {
		out.Changes = append(out.Changes, difference{d.Key, string(d.Role), raw(d.Before), raw(d.After)})
	}
	for _, m := range f.Met {
		out.Affected = append(out.Affected, met{m.UserID, m.Name, string(m.Role), string(m.Effect), m.Rule, m.why(ctx)})
	}
	return out
}

// why says why somebody is met.
func (m Met) why(ctx context.Context) string {
	switch {
	case m.Rule == policy.MFASMS.Name():
		return i18n.T(ctx, "rules.why_sms")
	case m.Effect == Blocked:
		return i18n.T(ctx, "rules.why_blocked")
	case m.Effect == Prompted:
		return i18n.T(ctx, "rules.why_prompted", "When", i18n.Date(ctx, m.Due))
	}
	limit := hoursWords(ctx, int(m.Limit.Hours()))
	if m.Rule == policy.SessionMax.Name() {
		return i18n.T(ctx, "rules.why_old", "Count", m.Sessions, "Limit", limit)
	}
	return i18n.T(ctx, "rules.why_idle", "Count", m.Sessions, "Limit", limit)
}

// answer is the policy, or what a change of it would do.
type answer struct {
	document document
	forecast *forecast
}

// MarshalJSON spells the one that there is.
func (a answer) MarshalJSON() ([]byte, error) {
	if a.forecast != nil {
		return json.Marshal(a.forecast)
	}
	return json.Marshal(a.document)
}

// Schema is that of either.
func (answer) Schema(r huma.Registry) *huma.Schema {
	return &huma.Schema{OneOf: []*huma.Schema{
		r.Schema(reflect.TypeFor[document](), true, ""), r.Schema(reflect.TypeFor[forecast](), true, ""),
	}}
}
