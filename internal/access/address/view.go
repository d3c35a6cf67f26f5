package address

import (
	"context"
	"math"
	"slices"
	"time"

	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/web/ui"
)

// view is what the sections show.
type view struct {
	All      []Address
	Change   Change
	Changing bool     // Change waits for its codes
	Lock     *ui.Lock // the rules don't leave the addresses to the person
	Agreed   string   // the one address that the organizations have agreed to, in spite of Lock
	Refused  refusal
	Word     string // that the page before has left
	Now      time.Time
	Zone     *time.Location

	AgreedUntil time.Time
}

// said is the server's word on the primary address.
func (v view) said(ctx context.Context) ui.Line {
	if n, ok := signedOut(v.Word, changedWord); ok {
		return ui.Line{Tone: ui.Good, Text: i18n.T(ctx, "address.said_changed", "Count", n)}
	}
	switch {
	case v.Word == cancelledWord:
		return ui.Line{Tone: ui.Good, Text: i18n.T(ctx, "address.said_cancelled")}
	case v.Changing && (v.Change.NewConfirmedAt.Valid || v.Change.CurrentConfirmedAt.Valid):
		return ui.Line{Text: i18n.T(ctx, "address.waiting_one")}
	case v.Word == sentWord:
		return ui.Line{Tone: ui.Good, Text: i18n.T(ctx, "address.said_sent")}
	case v.Changing:
		return ui.Line{Text: i18n.T(ctx, "address.waiting_both")}
	}
	return ui.Line{}
}

// saidFurther is the server's word on the further addresses.
func (v view) saidFurther(ctx context.Context) ui.Line {
	switch v.Word {
	case waitsWord:
		return ui.Line{Tone: ui.Good, Text: i18n.T(ctx, "address.said_waits")}
	case addedWord:
		return ui.Line{Tone: ui.Good, Text: i18n.T(ctx, "address.said_added")}
	case removedWord:
		return ui.Line{Tone: ui.Good, Text: i18n.T(ctx, "address.said_removed")}
	}
	return ui.Line{}
}

func (v view) primary() Address {
	return v.All[slices.IndexFunc(v.All, func(a Address) bool { return a.IsPrimary })]
}

func (v view) primaryRow(ctx context.Context) []ui.Row {
	a := v.primary()
	return []ui.Row{{
		Icon: "mail", Name: a.Email.Address, Meta: v.since(ctx, a),
		Tags: append([]ui.Tag{verified(ctx), {Word: i18n.T(ctx, "address.primary")}}, bounced(ctx, a)...),
	}}
}

// bounced says that mails to an address come back.
func bounced(ctx context.Context, a Address) []ui.Tag {
	if !a.BouncedAt.Valid {
		return nil
	}
	return []ui.Tag{{Tone: ui.Bad, Icon: "alert", Word: i18n.T(ctx, "address.bounced", "When", i18n.Date(ctx, a.BouncedAt.V))}}
}

func (v view) furtherRows(ctx context.Context) (rows []ui.Row) {
	for _, a := range v.All {
		switch {
		case a.IsPrimary:
		case a.Pending:
			rows = append(rows, v.pendingRow(ctx, a))
		default:
			rows = append(rows, ui.Row{
				Icon: "mail", Name: a.Email.Address, Meta: v.since(ctx, a), Tags: append([]ui.Tag{verified(ctx)}, bounced(ctx, a)...), Act: acts(v, a), Below: true,
			})
		}
	}
	return rows
}

func (v view) pendingRow(ctx context.Context, a Address) ui.Row {
	row := ui.Row{
		Icon: "mail", Name: a.Email.Address, Meta: i18n.T(ctx, "address.waits"), Act: acts(v, a), Below: true,
		Tags: []ui.Tag{{Tone: ui.Warn, Icon: "clock", Word: i18n.T(ctx, "address.not_verified")}},
	}
	if !v.Now.Before(a.CodeUntil) {
		row.Meta = i18n.T(ctx, "address.waits_long")
	}
	if v.Lock == nil {
		row.More = proof(v, a)
	}
	return row
}

func verified(ctx context.Context) ui.Tag {
	return ui.Tag{Tone: ui.Good, Icon: "check", Word: i18n.T(ctx, "address.verified")}
}

func (v view) since(ctx context.Context, a Address) string {
	return i18n.T(ctx, "address.since", "When", i18n.Date(ctx, a.VerifiedAt.In(v.Zone)))
}

// slot is one of the two codes: a field, or the word that it was right.
func (v view) slot(ctx context.Context, one slot, label, address string) ui.CodeSlot {
	at := v.Change.CurrentConfirmedAt
	if one == newSlot {
		at = v.Change.NewConfirmedAt
	}
	if at.Valid {
		return ui.CodeSlot{Field: ui.Field{Label: label, Hint: address}, Done: i18n.T(ctx, "address.right")}
	}
	return ui.CodeSlot{Field: ui.Field{
		Name: one.field, Label: label, Hint: address, EnterKey: "done", Error: v.Refused.faults.Of(one.field),
	}}
}

// open is how many codes are still to come.
func (v view) open() int {
	if v.Change.NewConfirmedAt.Valid || v.Change.CurrentConfirmedAt.Valid {
		return 1
	}
	return 2
}

// left says how long the codes work and how many tries there are.
func (v view) left(ctx context.Context) string {
	minutes := int(math.Ceil(v.Change.ExpiresAt.Sub(v.Now).Minutes()))
	return i18n.T(ctx, "address.minutes_left", "Count", minutes) + " " + i18n.T(ctx, "address.tries_left", "Count", v.Change.TriesLeft())
}

func (v view) seconds(until time.Time) int {
	return max(0, int(math.Ceil(until.Sub(v.Now).Seconds())))
}

func (v view) full() bool { return len(v.All) >= Most }

func (v view) typed(form string) string {
	if v.Refused.form != form {
		return ""
	}
	return v.Refused.typed
}

// refused reports whether the form at a path was refused.
func (v view) refused(form string) bool {
	return v.Refused.form == form && len(v.Refused.faults) > 0
}
