package app

import (
	"context"
	"net/http"

	"nameplate/internal/access/factor"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
	"nameplate/internal/who/preferences"
)

// theme is what the caller's pages are shown in; empty for what the device
// says.
func (a *App) theme(r *http.Request) string {
	user := session.Of(r.Context()).User
	if user.ID == "" {
		return ""
	}
	theme, err := a.Prefers.Theme(r.Context(), user.ID)
	if err != nil {
		a.Log.Error("theme not looked up", "error", err)
	}
	return theme
}

// twelve reports whether a user reads a clock of twelve hours.
func (a *App) twelve(ctx context.Context, userID string) bool {
	c, err := a.Prefers.Configuration(ctx, userID)
	if err != nil {
		a.Log.Error("clock not looked up", "error", err)
	}
	return c.Clock == preferences.Twelve
}

// provedPhones are those that somebody has proved with a code.
func (a *App) provedPhones(ctx context.Context, q db.Q, userID string) ([]preferences.Phone, error) {
	found, err := a.Factors.List(ctx, q, userID)
	if err != nil {
		return nil, err
	}
	var phones []preferences.Phone
	for _, f := range found {
		if f.Kind != factor.SMS || !f.Confirmed() {
			continue
		}
		ending, err := a.Factors.Ending(f)
		if err != nil {
			return nil, err
		}
		phones = append(phones, preferences.Phone{ID: f.ID, Ending: ending})
	}
	return phones, nil
}
