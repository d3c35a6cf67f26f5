package apptest

import (
	"encoding/json"
	"net/http"

	"github.com/descope/virtualwebauthn"
)

// Key is a passkey, or with its options changed any other key. It counts.
type Key struct {
	Device virtualwebauthn.Authenticator
	Secret virtualwebauthn.Credential
	At     virtualwebauthn.RelyingParty // where it believes to be

	s *Server
}

// Key returns a passkey that was not added yet.
func (s *Server) Key() *Key {
	at := virtualwebauthn.RelyingParty{ID: s.Config.Base.Hostname(), Origin: s.Config.Base.String()}
	return &Key{virtualwebauthn.NewAuthenticator(), virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2), at, s}
}

type credential struct {
	Name       string          `json:"name,omitempty"`
	Method     string          `json:"method,omitempty"`
	Credential json.RawMessage `json:"credential"`
}

// Make answers options for a new passkey.
func (k *Key) Make(options Answer) json.RawMessage {
	k.s.t.Helper()
	asked, err := virtualwebauthn.ParseAttestationOptions(string(options.Want(http.StatusOK).Body))
	k.s.must(err)
	k.Device.Options.UserHandle = []byte(asked.UserID)
	return json.RawMessage(virtualwebauthn.CreateAttestationResponse(k.At, k.Device, k.Secret, *asked))
}

// Prove answers options for a proof. The counter rises.
func (k *Key) Prove(options Answer) json.RawMessage {
	k.s.t.Helper()
	asked, err := virtualwebauthn.ParseAssertionOptions(string(options.Want(http.StatusOK).Body))
	k.s.must(err)
	k.Secret.Counter++
	return json.RawMessage(virtualwebauthn.CreateAssertionResponse(k.At, k.Device, k.Secret, *asked))
}

// NewPasskey asks for the options of a new passkey.
func (b *Browser) NewPasskey() Answer {
	b.s.t.Helper()
	return b.JSON(http.MethodPost, "/v1/me/factors/passkeys/options", "{}")
}

// AddPasskey adds what a key has made.
func (b *Browser) AddPasskey(name string, made json.RawMessage) Answer {
	b.s.t.Helper()
	return b.JSON(http.MethodPost, "/v1/me/factors/passkeys", credential{Name: name, Credential: made})
}

// AskPasskey asks for the options of a proof.
func (b *Browser) AskPasskey() Answer {
	b.s.t.Helper()
	return b.JSON(http.MethodPost, "/v1/session/passkey/options", "{}")
}

// Enter signs in with what a key has answered, and nothing else.
func (b *Browser) Enter(answer json.RawMessage) Answer {
	b.s.t.Helper()
	return b.JSON(http.MethodPost, "/v1/session/passkey", credential{Credential: answer})
}

// SecondPasskey gives what a key has answered as the second factor.
func (b *Browser) SecondPasskey(answer json.RawMessage) Answer {
	b.s.t.Helper()
	return b.JSON(http.MethodPost, "/v1/session/second-factor", credential{Method: "webauthn", Credential: answer})
}

// ProveByPasskey gives what a key has answered as a fresh proof.
func (b *Browser) ProveByPasskey(answer json.RawMessage) Answer {
	b.s.t.Helper()
	return b.JSON(http.MethodPost, "/v1/session/reauthenticate", credential{Credential: answer})
}

// Own adds a fresh passkey to whoever is signed in.
func (b *Browser) Own() *Key {
	b.s.t.Helper()
	k := b.s.Key()
	b.AddPasskey("", k.Make(b.NewPasskey())).Want(http.StatusCreated)
	return k
}

// HalfWay is a browser that has given the right password and waits.
func (s *Server) HalfWay(address string) *Browser {
	s.t.Helper()
	b := s.Browser()
	a := b.JSON(http.MethodPost, "/v1/session", map[string]string{"email": address, "password": Password}).Want(http.StatusOK)
	if a.Map()["status"] != "second_factor_required" {
		s.t.Fatalf("no second factor is asked for: %s", a.Body)
	}
	return b
}
