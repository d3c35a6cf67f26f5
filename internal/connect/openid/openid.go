package openid

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/jobs"
	"nameplate/internal/platform/secret"
)

// How long things live.
const (
	CodeLife    = time.Minute         // a code
	AccessLife  = 10 * time.Minute    // an access token
	RefreshLife = 30 * 24 * time.Hour // a refresh token that is not used
	IDLife      = 10 * time.Minute    // an ID token: it says who has signed in just now
	KeyLife     = 90 * 24 * time.Hour // a key that signs

	codeKind    = "oc" // "npoc_"
	accessKind  = "ua" // "npua_"
	refreshKind = "or" // "npor_"
)

// What can go wrong before it is known where an answer may be sent to, and in
// what an organization sets.
var (
	ErrNoApp    = errs.New(errs.NotFound, "no_such_app")
	ErrRedirect = errs.New(errs.Malformed, "redirect_unknown")
	ErrTwice    = errs.New(errs.Malformed, "parameter_twice")
	ErrTooLong  = errs.New(errs.Malformed, "request_too_long")
	ErrAddress  = errs.New(errs.Invalid, "app_address")
	ErrMany     = errs.New(errs.Invalid, "app_addresses")
	ErrNeeded   = errs.New(errs.Invalid, "app_address_required")
	ErrLogout   = errs.New(errs.Malformed, "logout_unknown")
)

// Service signs people in at apps.
type Service struct {
	DB       *db.DB
	Keys     *secret.Keys
	Clock    clock.Clock
	Log      *slog.Logger
	Journal  *journal.Journal
	Queue    *jobs.Queue
	Sessions session.Store
	URL      *url.URL // the issuer

	// Client returns the name and the organization of a client, or an empty name.
	Client func(ctx context.Context, q db.Q, id string) (name, organizationID string, err error)
	// Check reads an address that this server may call, and refuses any other.
	Check func(ctx context.Context, text string) (*url.URL, error)
	// Call makes a call by the guarded client.
	Call func(*http.Request) (*http.Response, error)

	keyring
}

// Issuer is the name of this server in tokens.
func (s *Service) Issuer() string { return s.URL.String() }
