package profile

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
)

// undoLife is for how long a save can be taken back.
const undoLife = time.Hour

// ErrNothingToUndo is returned when there is no save that can be taken back.
var ErrNothingToUndo = errs.New(errs.Conflict, "nothing_to_undo")

// replaced is what a save has replaced, as the column holds it.
type replaced struct {
	Version      int64                                `json:"version"` // that the save has made
	Organization string                               `json:"organization,omitempty"`
	Text         map[identity.Field]string            `json:"text,omitempty"`
	Sees         map[identity.Field]identity.Audience `json:"sees,omitempty"`
}

// Undo is a save that can be taken back.
type Undo struct {
	Until time.Time
	patch Patch
}

// replacing spells what the way from before to after replaces.
func replacing(before, after Profile) string {
	r := replaced{Version: before.User.Version + 1, Organization: before.Current.OrganizationID, Text: map[identity.Field]string{}, Sees: map[identity.Field]identity.Audience{}}
	for _, f := range Order {
		if was := before.Value(f); was != after.Value(f) {
			r.Text[f] = was
		}
	}
	for f, a := range before.Sees {
		if after.Sees[f] != a {
			r.Sees[f] = a
		}
	}
	text, err := json.Marshal(r)
	if err != nil {
		panic(err) // texts always have a form in JSON
	}
	return string(text)
}

// Undoable returns the last save of p, if it was the person's, within the hour,
// and nothing has changed since.
func (s *Service) Undoable(ctx context.Context, p Profile) (Undo, bool, error) {
	now := s.Clock.Now()
	if p.User.UpdatedBy != p.User.ID || now.Sub(p.User.UpdatedAt) >= undoLife {
		return Undo{}, false, nil // and there is no need to look
	}
	row, err := undoOf.One(ctx, s.DB, p.User.ID)
	if err != nil || !row.UndoUntil.Valid || !row.UndoUntil.V.After(now) {
		return Undo{}, false, err
	}
	var r replaced
	if err := json.Unmarshal([]byte(row.Undo), &r); err != nil {
		return Undo{}, false, err
	}
	if r.Version != p.User.Version || r.Organization != p.Current.OrganizationID {
		return Undo{}, false, nil
	}
	return Undo{Until: row.UndoUntil.V, patch: Patch{Text: r.Text, Sees: r.Sees}}, true, nil
}

// Undo takes the caller's last save back, which is a save as well and can be
// taken back in turn. It returns ErrNothingToUndo, or what Save returns.
func (s *Service) Undo(ctx context.Context, c session.Caller) (Profile, error) {
	p, err := s.Get(ctx, c)
	if err != nil {
		return p, err
	}
	u, found, err := s.Undoable(ctx, p)
	if err != nil {
		return p, err
	}
	if !found {
		return p, ErrNothingToUndo
	}
	return s.Save(ctx, c, p.User.Version, u.patch)
}

// Sweep forgets what can no longer be taken back.
func (s *Service) Sweep(ctx context.Context, tx *db.Tx) error {
	_, err := forget.Run(ctx, tx, s.Clock.Now())
	return err
}

var (
	undoOf = db.Rows[struct {
		Undo      string
		UndoUntil sql.Null[time.Time]
	}](`SELECT undo, undo_until FROM users WHERE id = $1`)
	forget = db.Exec(`UPDATE users SET undo = '', undo_until = NULL WHERE undo_until <= $1`)
)
