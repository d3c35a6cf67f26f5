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
	Party       Entity       `json:"rp"`
	User        UserEntity   `json:"user"`
	Challenge   Bytes        `json:"challenge"`
	Parameters  []Parameter  `json:"pubKeyCredParams"`
	Timeout     int64        `json:"timeout" doc:"milliseconds"`
	Exclude     []Descriptor `json:"excludeCredentials"`
	Selection   Selection    `json:"authenticatorSelection"`
	Attestation string       `json:"attestation"`
}

// RequestOptions ask for an assertion (PublicKeyCredentialRequestOptionsJSON).
type RequestOptions struct {
	Challenge    Bytes        `json:"challenge"`
	Timeout      int64        `json:"timeout" doc:"milliseconds"`
	PartyID      string       `json:"rpId"`
	Allow        []Descriptor `json:"allowCredentials" doc:"Empty: any that the browser finds for this site."`
	Verification string       `json:"userVerification" enum:"required,preferred"`
}

// Entity is the site.
type Entity struct {
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

// Parameter is a kind of key that is taken.
type Parameter struct {
	Type      string `json:"type"`
	Algorithm int64  `json:"alg"`
}

// Descriptor names a credential.
type Descriptor struct {
	Type       string   `json:"type"`
	ID         Bytes    `json:"id"`
	Transports []string `json:"transports,omitempty"`
}

// Selection says what a new credential shall be like.
type Selection struct {
	ResidentKey  string `json:"residentKey"`
	Verification string `json:"userVerification"`
}

// Creation returns options for a new credential of user, on a key that holds
// none of those known.
func (p Party) Creation(user UserEntity, challenge []byte, known []Credential) CreationOptions {
	o := CreationOptions{
		Party: Entity{p.ID, p.Name}, User: user, Challenge: challenge, Timeout: patience.Milliseconds(), Exclude: describe(known),
		Selection: Selection{ResidentKey: Preferred, Verification: Preferred}, Attestation: none,
	}
	for _, alg := range algorithms {
		o.Parameters = append(o.Parameters, Parameter{publicKey, alg})
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

func describe(all []Credential) []Descriptor {
	out := make([]Descriptor, len(all))
	for i, c := range all {
		out[i] = Descriptor{publicKey, c.ID, c.Transports}
	}
	return out
}
