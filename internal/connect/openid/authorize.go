package openid

import (
	"context"
	"slices"
	"strings"
	"time"

	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/ids"
	"nameplate/internal/platform/secret"
)

// Step is what comes next for whoever was sent by an app.
type Step int

// The steps.
const (
	SignIn  Step = iota // they sign in
	Prove               // they prove again who they are
	Consent             // they are asked whether the app may know what it asks for
	Enter               // they go on to the app
)

// Next says what comes next for a caller. It returns a *Refusal for what the
// app is answered, and session.ErrFactor for whoever has to set up a second
// factor first.
func (s *Service) Next(ctx context.Context, c session.Caller, a Ask) (Step, error) {
	if !c.Actor.SignedIn() {
		return SignIn, a.unless("login_required")
	}
	other, err := s.another(ctx, c, a)
	if err != nil {
		return 0, err
	}
	if other && a.silent() {
		return 0, refused("login_required", "")
	}
	if c.Demand.Over(s.Clock.Now()) {
		lacks, err := s.Sessions.Lacks(ctx, c)
		if err != nil {
			return 0, err
		}
		if lacks && a.silent() {
			return 0, refused("interaction_required", "")
		}
		if lacks {
			return 0, session.ErrFactor
		}
	}
	if s.stale(c, a) {
		return Prove, a.unless("login_required")
	}
	if in, err := member(ctx, s.DB, a.App.OrganizationID, c.User.ID); err != nil || !in {
		return Consent, err // the page says so
	}
	grant, found, err := grantOf.Maybe(ctx, s.DB, c.User.ID, a.App.ClientID)
	if err != nil {
		return 0, err
	}
	if !found || !covers(grant.Scopes, a.Scopes) {
		return Consent, a.unless("consent_required")
	}
	if other || a.prompts("consent") || a.prompts("select_account") {
		return Consent, nil
	}
	return Enter, nil
}

// unless refuses a request during which nothing may be shown.
func (a Ask) unless(code string) error {
	if a.silent() {
		return refused(code, "")
	}
	return nil
}

// another reports whether the app means somebody else.
func (s *Service) another(ctx context.Context, c session.Caller, a Ask) (bool, error) {
	if a.IDHint == "" {
		return false, nil
	}
	h, ok, err := s.readHint(ctx, a.IDHint)
	return ok && h.Subject != c.User.ID, err
}

// stale reports whether the app wants a proof that is younger than the last.
// One that was given after this very request asked for it is young enough.
func (s *Service) stale(c session.Caller, a Ask) bool {
	at := c.Session.ProofAt
	if a.returned() && at.Valid && !at.V.Before(a.Since.Truncate(time.Microsecond)) {
		return false
	}
	if a.prompts("login") {
		return true
	}
	return a.MaxAge >= 0 && (!at.Valid || s.Clock.Now().Sub(at.V) > a.MaxAge)
}

func covers(granted string, asked []string) bool {
	have := strings.Fields(granted)
	return !slices.ContainsFunc(asked, func(s string) bool { return !slices.Contains(have, s) })
}

// Allow notes that the caller lets an app know what it asks for.
func (s *Service) Allow(ctx context.Context, c session.Caller, a Ask) error {
	now := s.Clock.Now()
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		before, found, err := grantOf.Maybe(ctx, tx, c.User.ID, a.App.ClientID)
		if err != nil || found && covers(before.Scopes, a.Scopes) {
			return err
		}
		scopes := known(append(strings.Fields(before.Scopes), a.Scopes...))
		if _, err := allow.One(ctx, tx, ids.New(ids.Connection, now), c.User.ID, a.App.ClientID, words(scopes), now); err != nil {
			return err
		}
		return s.Journal.RecordAccount(ctx, tx, journal.Act{
			At: now, Action: "app.allowed", Actor: c.Actor, Target: journal.Person(c.User.ID), Details: map[string]string{"client": a.App.ClientID},
		})
	})
}

// Code makes a code for a caller who is signed in, belongs to the organization
// and has allowed the app what it asks for. It returns a *Refusal if one of
// these has changed meanwhile.
func (s *Service) Code(ctx context.Context, c session.Caller, a Ask) (secret.Secret, error) {
	now, code := s.Clock.Now(), secret.NewToken(codeKind)
	proofAt := c.Session.ProofAt.V
	if !c.Session.ProofAt.Valid {
		proofAt = c.Session.CreatedAt
	}
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		in, err := member(ctx, tx, a.App.OrganizationID, c.User.ID)
		if err != nil {
			return err
		}
		grant, found, err := grantOf.Maybe(ctx, tx, c.User.ID, a.App.ClientID)
		if err != nil {
			return err
		}
		if !in || !found || !covers(grant.Scopes, a.Scopes) {
			return refused("access_denied", "")
		}
		_, err = addLogin.Run(ctx, tx, ids.New(ids.Login, now), grant.ID, c.Session.ID, words(a.Scopes), a.Redirect, a.Nonce, a.Challenge,
			proofAt, c.Session.ProofMethod, c.User.CredentialEpoch, secret.Hash(code), now.Add(CodeLife), now)
		if err != nil {
			return err
		}
		if _, err := useGrant.Run(ctx, tx, grant.ID, now); err != nil {
			return err
		}
		return s.Journal.RecordAccount(ctx, tx, journal.Act{
			At: now, Action: "app.entered", Actor: c.Actor, Target: journal.Person(c.User.ID), Details: map[string]string{"client": a.App.ClientID},
		})
	})
	return code, err
}
