package request

import (
	"context"
	"strings"

	"github.com/a-h/templ"

	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/web/ui"
)

// acts are what can be done about the request that is there, or nothing.
func (v askView) acts() templ.Component {
	switch v.Last.State {
	case Open:
		return withdrawing()
	case Approved:
		return proving()
	}
	return nil
}

// names are those of the organizations that decide.
func (v askView) names(ctx context.Context) string {
	all := make([]string, len(v.Orgs))
	for i, o := range v.Orgs {
		all[i] = o.OrganizationName
	}
	if len(all) == 1 {
		return all[0]
	}
	return i18n.T(ctx, "request.and", "Others", strings.Join(all[:len(all)-1], ", "), "Last", all[len(all)-1])
}

func (v askView) open() bool { return v.Last != nil && v.Last.State == Open }

func (v askView) heading(ctx context.Context) string {
	if v.Last != nil {
		return i18n.T(ctx, "request.another")
	}
	return i18n.T(ctx, "request.title")
}

func (v askView) lead(ctx context.Context) string {
	if v.open() {
		return i18n.T(ctx, "request.replaces")
	}
	return ""
}

// state is the server's word beside the button.
func (v askView) state(ctx context.Context) ui.Line {
	switch {
	case len(v.Faults) > 0:
		return ui.Line{Tone: ui.Bad, Text: i18n.T(ctx, "request.not_sent")}
	case v.Said != "" && !v.open():
		return ui.Line{Tone: ui.Good, Text: v.Said}
	}
	return ui.Line{}
}

// clock is the server's word on the request that is there.
func (v askView) clock(ctx context.Context) ui.Line {
	switch {
	case v.open() && v.Said != "":
		return ui.Line{Tone: ui.Good, Text: v.Said}
	case v.open():
		return ui.Line{Text: v.left(ctx, v.Last.Request)}
	case v.Last.State == Approved:
		return ui.Line{Text: i18n.T(ctx, "request.until", "When", v.date(ctx, v.Last.ExpiresAt))}
	}
	return ui.Line{}
}

// row is the request that is there, with what each organization has said where
// there are several.
func (v askView) row(ctx context.Context) []ui.Row {
	all := []ui.Row{{
		Icon: "pencil", Name: shownValue(ctx, v.Last.Value), Tags: []ui.Tag{ending(ctx, v.Last.State)},
		Meta: i18n.T(ctx, "request.asked_ago", "When", v.ago(ctx, v.Last.CreatedAt)),
	}}
	if len(v.Last.Answers) < 2 {
		return all
	}
	for _, a := range v.Last.Answers {
		all = append(all, ui.Row{Icon: "building", Name: a.OrganizationName, Tags: []ui.Tag{ending(ctx, a.State)}})
	}
	return all
}
