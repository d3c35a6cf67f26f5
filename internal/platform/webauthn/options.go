package webauthn

import "time"

// How long a browser waits for its user.
const patience = 5 * time.Minute

// Whether a key verifies its user, by a finger, a face or a PIN.
const (
	Preferred = "preferred"
	Required  = "required"
)

const (
	publicKey = "public-key"
	none      = "none"
)

// CreationOptions ask for a new credential
// (PublicKeyCredentialCreationOptionsJSON).
type CreationOptions struct {
	Party       PartyEntity            `json:"rp"`
	User        UserEntity             `json:"user"`
	Challenge   Bytes                  `json:"challenge"`
	Parameters  []KeyParameter         `json:"pubKeyCredParams"`
	Timeout     int64                  `json:"timeout" doc:"milliseconds"`
	Exclude     []CredentialDescriptor `json:"excludeCredentials"`
	Selection   AuthenticatorSelection `json:"authenticatorSelection"`
	Attestation string                 `json:"attestation"`
}

// RequestOptions ask for an assertion (PublicKeyCredentialRequestOptionsJSON).
type RequestOptions struct {
	Challenge    Bytes                  `json:"challenge"`
	Timeout      int64                  `json:"timeout" doc:"milliseconds"`
	PartyID      string                 `json:"rpId"`
	Allow        []CredentialDescriptor `json:"allowCredentials" doc:"Empty: any that the browser finds for this site."`
	Verification string                 `json:"userVerification" enum:"required,preferred"`
}

// PartyEntity is the site.
type PartyEntity struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// UserEntity is the person. The ID is no name and no address: the key keeps it
// and tells it to nobody else.
type UserEntity struct {
	ID          Bytes  `json:"id"`
	Name        string `json:"name"`
	DisplayName string `json:"displayName"`
}

// KeyParameter is a kind of key that is taken.
type KeyParameter struct {
	Type      string `json:"type"`
	Algorithm int64  `json:"alg"`
}

// CredentialDescriptor names a credential.
type CredentialDescriptor struct {
	Type       string   `json:"type"`
	ID         Bytes    `json:"id"`
	Transports []string `json:"transports,omitempty"`
}

// AuthenticatorSelection says what a new credential shall be like.
type AuthenticatorSelection struct {
	ResidentKey  string `json:"residentKey"`
	Verification string `json:"userVerification"`
}

// Creation returns options for a new credential of user, on a key that holds
// none of those known.
func (p Party) Creation(user UserEntity, challenge []byte, known []Credential) CreationOptions {
	o := CreationOptions{
		Party: PartyEntity{p.ID, p.Name}, User: user, Challenge: challenge, Timeout: patience.Milliseconds(), Exclude: describe(known),
		Selection: AuthenticatorSelection{ResidentKey: Preferred, Verification: Preferred}, Attestation: none,
	}
	for _, alg := range algorithms {
		o.Parameters = append(o.Parameters, KeyParameter{publicKey, alg})
	}
	return o
}

// Request returns options for an assertion by one of those allowed, or by any
// credential if there are none.
func (p Party) Request(challenge []byte, verification string, allowed []Credential) RequestOptions {
	return RequestOptions{
		Challenge: challenge, Timeout: patience.Milliseconds(), PartyID: p.ID, Allow: describe(allowed), Verification: verification,
	}
}

func describe(all []Credential) []CredentialDescriptor {
	out := make([]CredentialDescriptor, len(all))
	for i, c := range all {
		out[i] = CredentialDescriptor{publicKey, c.ID, c.Transports}
	}
	return out
}
