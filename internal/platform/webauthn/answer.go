package webauthn

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// What an answer that does not pass is.
var (
	ErrRefused = errors.New("webauthn: refused")
	ErrCounter = errors.New("webauthn: the counter went backwards")
)

func refused(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrRefused}, args...)...)
}

// The ceremonies, as the browser names them.
const (
	creating = "webauthn.create"
	getting  = "webauthn.get"
)

// Registration is a browser's answer to [CreationOptions].
type Registration struct {
	ID         []byte // of the credential
	Challenge  []byte // that it answers
	Transports []string

	client clientData
	raw    []byte // the client data as they were signed
	object []byte // CBOR
}

// Assertion is a browser's answer to [RequestOptions].
type Assertion struct {
	ID         []byte // of the credential
	Challenge  []byte // that it answers
	UserHandle []byte // whose it is, as the key tells; a key may be silent

	client    clientData
	raw       []byte
	data      []byte // of the authenticator
	signature []byte
}

// clientData is what the browser has seen (CollectedClientData).
type clientData struct {
	Type        string `json:"type"`
	Challenge   Bytes  `json:"challenge"`
	Origin      string `json:"origin"`
	TopOrigin   string `json:"topOrigin"`
	CrossOrigin bool   `json:"crossOrigin"`
}

// answer is the frame that both answers have.
type answer struct {
	ID       Bytes  `json:"id"`
	RawID    Bytes  `json:"rawId"`
	Type     string `json:"type"`
	Response struct {
		ClientData        Bytes    `json:"clientDataJSON"`
		AttestationObject Bytes    `json:"attestationObject"`
		Transports        []string `json:"transports"`
		AuthenticatorData Bytes    `json:"authenticatorData"`
		Signature         Bytes    `json:"signature"`
		UserHandle        Bytes    `json:"userHandle"`
	} `json:"response"`
}

func read(text []byte) (a answer, c clientData, err error) {
	if err := json.Unmarshal(text, &a); err != nil {
		return a, c, refused("%w", err)
	}
	if a.Type != publicKey || len(a.ID) == 0 || !bytes.Equal(a.ID, a.RawID) {
		return a, c, refused("it is no public key with an id")
	}
	if err := json.Unmarshal(a.Response.ClientData, &c); err != nil {
		return a, c, refused("client data: %w", err)
	}
	return a, c, nil
}

// ReadRegistration reads an answer as JSON (RegistrationResponseJSON). Nothing
// of it is checked before [Party.Register]. It returns ErrRefused.
func ReadRegistration(text []byte) (Registration, error) {
	a, c, err := read(text)
	return Registration{
		ID: a.ID, Challenge: c.Challenge, Transports: a.Response.Transports,
		client: c, raw: a.Response.ClientData, object: a.Response.AttestationObject,
	}, err
}

// ReadAssertion reads an answer as JSON (AuthenticationResponseJSON). Nothing
// of it is checked before [Party.Assert]. It returns ErrRefused.
func ReadAssertion(text []byte) (Assertion, error) {
	a, c, err := read(text)
	return Assertion{
		ID: a.ID, Challenge: c.Challenge, UserHandle: a.Response.UserHandle,
		client: c, raw: a.Response.ClientData, data: a.Response.AuthenticatorData, signature: a.Response.Signature,
	}, err
}

// saw checks that the browser was at this party, in a page of its own, for this
// ceremony.
func (p Party) saw(c clientData, ceremony string) error {
	switch {
	case c.Type != ceremony:
		return refused("it is for %q", c.Type)
	case c.Origin != p.Origin:
		return refused("it is from %q", c.Origin)
	case c.CrossOrigin || c.TopOrigin != "":
		return refused("it is from within %q", c.TopOrigin)
	}
	return nil
}
