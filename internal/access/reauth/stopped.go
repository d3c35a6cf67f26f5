package reauth

import (
	"encoding/base64"
	"encoding/json"
	"time"

	"nameplate/internal/platform/errs"
)

const (
	// StoppedLife is how long a stopped form can go on.
	StoppedLife = 10 * time.Minute
	// Largest is how many bytes of a form are kept: sealed and in base64 they
	// fit into the form that asks for the proof.
	Largest = 40 << 10
)

// Stopped is a form that waits for a proof.
type Stopped struct {
	Path  string    `json:"path"` // with its query
	Body  string    `json:"body"` // application/x-www-form-urlencoded
	Until time.Time `json:"until"`
}

// Seal hides a form in text that opens for this session alone.
func (s *Service) Seal(sessionID, path, body string) (string, error) {
	plain, err := json.Marshal(Stopped{Path: path, Body: body, Until: s.Clock.Now().Add(StoppedLife)})
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(s.Keys.Seal(plain, place(sessionID))), nil
}

// Open returns the form in a sealed text, or ErrStopped if it is too old or not
// of this session.
func (s *Service) Open(sessionID, sealed string) (form Stopped, err error) {
	raw, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil {
		return form, dead(err)
	}
	plain, err := s.Keys.Open(raw, place(sessionID))
	if err != nil {
		return form, dead(err)
	}
	if err := json.Unmarshal(plain, &form); err != nil {
		return form, dead(err)
	}
	if !s.Clock.Now().Before(form.Until) {
		return Stopped{}, ErrStopped
	}
	return form, nil
}

func place(sessionID string) string { return "reauth|stopped|" + sessionID }

func dead(err error) *errs.Error { return ErrStopped.Because(err) }
