package rules

import (
	"context"
	"slices"
	"strings"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/web/ui"
)

// form is the form of a section: it is tried first, and saved when it was.
func (v view) form(ctx context.Context, name string) *ui.Form {
	query := strings.TrimPrefix(v.address(), path)
	f := &ui.Form{Action: path + "/" + name + query + "#" + name, Submit: i18n.T(ctx, "rules.try"), Back: v.address() + "#" + name}
	if v.Part != name {
		return f
	}
	f.State = ui.Line{Tone: ui.Good, Text: v.Said}
	switch {
	case len(v.Faults) > 0:
		f.Refused, f.State = true, ui.Line{Tone: ui.Bad, Text: i18n.T(ctx, "rules.not_saved")}
	case v.Forecast != nil && len(v.Forecast.Changes) == 0:
		f.State = ui.Line{Text: i18n.T(ctx, "rules.no_change")}
	case v.Forecast != nil:
		f.Action, f.Refused = path+"/"+name+"/save"+query, true
		f.Submit = i18n.T(ctx, "rules.save", "Count", len(v.Forecast.Changes))
		f.Hidden = []ui.Pair{{Name: "tried", Value: v.Tried}}
		f.State = ui.Line{Tone: ui.Dirty, Text: i18n.T(ctx, "rules.waits", "Count", len(v.Forecast.Changes))}
	}
	return f
}

// list is the rules of a section.
func (v view) list(ctx context.Context, section part) ui.RuleList {
	abouts := map[string]policy.About{}
	for _, about := range policy.Rules() {
		abouts[about.Name] = about
	}
	l := ui.RuleList{Label: i18n.T(ctx, "rules.part_"+section.name)}
	if section.name == fieldsPart {
		l.Columns = []string{i18n.T(ctx, "rules.members_may"), i18n.T(ctx, "rules.who_sees_it")}
	}
	byField := map[string]int{}
	for _, key := range section.keys {
		field, kind := fieldOf(key)
		at, known := byField[field]
		if kind == "" || !known {
			byField[field], at = len(l.Rows), len(l.Rows)
			l.Rows = append(l.Rows, ui.RuleRow{Title: v.rowTitle(ctx, key, field)})
		}
		v.put(ctx, &l.Rows[at], abouts[key])
	}
	return l
}

func (v view) rowTitle(ctx context.Context, key, field string) string {
	if field != "" {
		return i18n.T(ctx, "profile."+field)
	}
	return title(ctx, key)
}

// put adds a rule to a row.
func (v view) put(ctx context.Context, row *ui.RuleRow, about policy.About) {
	key := about.Name
	holds := v.Set.Value(key)
	row.Effect = effect(ctx, key, holds.Value)
	choice := ui.Field{
		Name: key, Label: title(ctx, key), Optional: true, Value: v.Own[place{v.Role, key}], Error: v.Faults.Of(key),
	}
	if chosen, ok := v.Posted[key]; ok {
		choice.Value = chosen
	}
	layer := v.layer(ctx, holds)
	if was := v.Own[place{v.Role, key}]; v.Forecast != nil && choice.Value != was {
		row.New, layer.Note = true, i18n.T(ctx, "rules.was", "Value", v.wasWords(ctx, key, was))
	}
	if !slices.Contains(row.Layers, layer) {
		row.Layers = append(row.Layers, layer)
	}
	choice.Options = v.options(ctx, about, choice.Value)
	row.Choices = append(row.Choices, choice)
}

// wasWords are what a rule was before: its own value, or that of the layer
// before.
func (v view) wasWords(ctx context.Context, key, was string) string {
	if was != "" {
		return wordsOf(ctx, key, was)
	}
	return v.before(ctx, key)
}

// options are the values of a rule, first that of the layer before.
func (v view) options(ctx context.Context, about policy.About, chosen string) []ui.Option {
	label := "rules.like_instance"
	if v.Role != "" {
		label = "rules.like_organization"
	}
	all := []ui.Option{{Label: i18n.T(ctx, label, "Value", v.before(ctx, about.Name))}}
	offered := choices(about)
	known := chosen == ""
	for _, value := range offered {
		known = known || value == chosen
		all = append(all, ui.Option{Value: value, Label: wordsOf(ctx, about.Name, value)})
	}
	if !known {
		all = append(all, ui.Option{Value: chosen, Label: wordsOf(ctx, about.Name, chosen)})
	}
	return all
}

// before are the words for what holds in the layer before the one that is
// edited.
func (v view) before(ctx context.Context, key string) string {
	scope := policy.Scope{}
	if v.Role != "" {
		scope.OrganizationID = v.Sheet.OrganizationID
	}
	set, err := v.Sheet.Book.Effective(scope)
	if err != nil {
		return "" // the set of the page was read from the same book
	}
	return words(ctx, key, set.Value(key).Value)
}

var stepOf = map[policy.Source]ui.Step{
	policy.FromInstance: ui.StepInstance, policy.FromOrganization: ui.StepOrganization, policy.FromRole: ui.StepRole,
}

// layer says where a value comes from, who set it and when.
func (v view) layer(ctx context.Context, from policy.Value) ui.Layer {
	l := ui.Layer{Step: stepOf[from.Source], Name: sourceName(ctx, from.Source), Note: i18n.T(ctx, "rules.standard")}
	if !from.SetAt.IsZero() {
		l.Note = i18n.T(ctx, "rules.set_by", "Who", v.SetBy(ctx, from.SetBy), "When", v.day(ctx, from.SetAt))
	}
	return l
}

func sourceName(ctx context.Context, s policy.Source) string {
	switch s {
	case policy.FromOrganization:
		return i18n.T(ctx, "rules.organization")
	case policy.FromRole:
		return i18n.T(ctx, "rules.role")
	}
	return i18n.T(ctx, "rules.instance")
}

func (v view) day(ctx context.Context, t time.Time) string { return i18n.Date(ctx, t.In(v.Zone)) }

// presets are the choices of the first section.
func (v view) presets(ctx context.Context) ui.Field {
	f := ui.Field{
		Name: presetPart, Label: i18n.T(ctx, "rules.preset_label"), Value: v.Sheet.preset().Name, Error: v.Faults.Of(presetPart),
	}
	for _, b := range policy.Presets {
		f.Options = append(f.Options, ui.Option{Value: b.Name, Label: words(ctx, policy.Preset.Name(), b.Name)})
	}
	if n := len(v.Sheet.Differs()); n > 0 {
		f.Below = i18n.T(ctx, "rules.differs", "Count", n)
	}
	if chosen, ok := v.Posted[presetPart]; ok {
		f.Value = chosen
	}
	return f
}

// scopes lead to the rules of everybody and of each role.
func (v view) scopes(ctx context.Context) []ui.NavItem {
	all := []ui.NavItem{{Label: i18n.T(ctx, "rules.all_roles"), Href: path, Current: v.Role == ""}}
	for _, r := range identity.Roles {
		all = append(all, ui.NavItem{Label: i18n.T(ctx, "app.role_"+string(r)), Href: addressOf(r), Current: v.Role == r})
	}
	return all
}

// counts say how many rules come from each layer.
func (v view) counts(ctx context.Context) []ui.Layer {
	n := map[policy.Source]int{}
	for _, about := range policy.Rules() {
		if about.Name != policy.Preset.Name() {
			n[v.Set.Value(about.Name).Source]++
		}
	}
	for at := range v.Own {
		if v.Role == "" && at.role != "" {
			n[policy.FromRole]++
		}
	}
	var all []ui.Layer
	for _, s := range []policy.Source{policy.FromInstance, policy.FromOrganization, policy.FromRole} {
		all = append(all, ui.Layer{Step: stepOf[s], Name: sourceName(ctx, s), Note: i18n.T(ctx, "rules.count", "Count", n[s])})
	}
	return all
}

// differences are what a preset would change, for people.
func (v view) differences(ctx context.Context) (all []string) {
	for _, d := range v.Forecast.Changes {
		if d.Key == policy.Preset.Name() {
			continue
		}
		after := d.After
		if after == "" {
			all = append(all, i18n.T(ctx, "rules.goes_back", "Rule", ruleName(ctx, d.Key, d.Role), "Value", v.before(ctx, d.Key)))
			continue
		}
		all = append(all, i18n.T(ctx, "rules.becomes", "Rule", ruleName(ctx, d.Key, d.Role), "Value", wordsOf(ctx, d.Key, after)))
	}
	return all
}

// ruleName is a rule's title, with the role that it is set for.
func ruleName(ctx context.Context, key string, role identity.Role) string {
	if role == "" {
		return titleOf(ctx, key)
	}
	return i18n.T(ctx, "rules.for_role", "Rule", titleOf(ctx, key), "Role", i18n.T(ctx, "app.role_"+string(role)))
}

// outlook is a forecast as the page tells it.
func (v view) outlook(ctx context.Context) ui.Outlook {
	f := *v.Forecast
	o := ui.Outlook{
		ID: "outlook", Title: i18n.T(ctx, "rules.outlook"), Note: i18n.T(ctx, "rules.tried", "Count", f.Members),
		Bad: f.Count(Blocked), Warn: f.Count(Prompted) + f.Count(SignedOut), Others: f.Unmet(),
	}
	tally := []string{}
	for _, e := range effects {
		if n := f.Count(e); n > 0 {
			tally = append(tally, i18n.T(ctx, "rules.tally_"+string(e), "Count", n))
		}
		o.Groups = append(o.Groups, v.groups(ctx, e)...)
	}
	if f.Unmet() > 0 || len(tally) == 0 {
		tally = append(tally, i18n.T(ctx, "rules.tally_none", "Count", f.Unmet()))
	}
	o.Line = strings.Join(tally, " ")
	if v.Moved {
		o.Note = i18n.T(ctx, "rules.moved")
	}
	return o
}

// namesMost is the most people that are named in one line.
const namesMost = 8

// groups put those together who are met in the same way for the same reason.
func (v view) groups(ctx context.Context, e Effect) (all []ui.OutlookGroup) {
	names, order := map[string][]string{}, []string{}
	for _, m := range v.Forecast.Met {
		if m.Effect != e {
			continue
		}
		why := m.why(ctx)
		if names[why] == nil {
			order = append(order, why)
		}
		names[why] = append(names[why], m.Name)
	}
	for _, why := range order {
		all = append(all, ui.OutlookGroup{Tag: tagOf(ctx, e), Text: i18n.T(ctx, "rules.names", "Names", listed(ctx, names[why]), "Why", why)})
	}
	return all
}

func listed(ctx context.Context, names []string) string {
	if rest := len(names) - namesMost; rest > 0 {
		return i18n.T(ctx, "rules.and_more", "Names", strings.Join(names[:namesMost], ", "), "Count", rest)
	}
	return strings.Join(names, ", ")
}

func tagOf(ctx context.Context, e Effect) ui.Tag {
	switch e {
	case Blocked:
		return ui.Tag{Tone: ui.Bad, Icon: "lock", Word: i18n.T(ctx, "rules.blocked")}
	case Prompted:
		return ui.Tag{Tone: ui.Warn, Icon: "shield", Word: i18n.T(ctx, "rules.prompted")}
	}
	return ui.Tag{Tone: ui.Warn, Icon: "leave", Word: i18n.T(ctx, "rules.signed_out")}
}

// past are the last changes.
func (v view) past(ctx context.Context) []ui.Row {
	var rows []ui.Row
	for _, p := range v.Past {
		row := ui.Row{Icon: "rules", Name: v.pastName(ctx, p), Side: v.day(ctx, p.At), Meta: i18n.T(ctx, "rules.by", "Who", v.SetBy(ctx, p.By))}
		if p.Reverts != "" {
			row.Icon, row.Tags = "undo", []ui.Tag{{Word: i18n.T(ctx, "rules.is_revert")}}
		}
		switch {
		case p.Reverted:
			row.Tags = append(row.Tags, ui.Tag{Word: i18n.T(ctx, "rules.was_reverted")})
		case p.Present && p.Key != policy.Preset.Name():
			row.Act = revertForm(p.ID, row.Name)
		}
		rows = append(rows, row)
	}
	return rows
}

func (v view) pastName(ctx context.Context, p Past) string {
	value := i18n.T(ctx, "rules.layer_before")
	if p.After != "" {
		value = wordsOf(ctx, p.Key, p.After)
	}
	return i18n.T(ctx, "rules.past", "Rule", ruleName(ctx, p.Key, p.Role), "Value", value)
}

// historyState is the word on a change that was taken back.
func (v view) historyState() ui.Line {
	if v.Part == "history" {
		return ui.Line{Tone: ui.Good, Text: v.Said}
	}
	return ui.Line{}
}

// tabs lead about the page.
func (v view) tabs(ctx context.Context) []ui.Tab {
	all := []ui.Tab{{Anchor: "layers", Label: i18n.T(ctx, "rules.layers")}}
	if v.Role == "" {
		all = append(all, ui.Tab{Anchor: presetPart, Label: i18n.T(ctx, "rules.preset")})
	}
	for _, p := range parts {
		all = append(all, ui.Tab{Anchor: p.name, Label: i18n.T(ctx, "rules.part_"+p.name)})
	}
	return append(all, ui.Tab{Anchor: "history", Label: i18n.T(ctx, "rules.history")})
}
