package saml_test

import (
	"encoding/base64"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"nameplate/internal/platform/saml"
)

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

const answer = `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_1" Version="2.0" InResponseTo="id-1"><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status><saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_2"><ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo><ds:Reference URI="#_2"/></ds:SignedInfo></ds:Signature></saml:Assertion></samlp:Response>`

func FuzzNothingUnsignedIsTaken(f *testing.F) {
	ours, err := saml.NewKey("id.example", now)
	if err != nil {
		f.Fatal(err)
	}
	party := saml.Party{EntityID: "https://id.example/metadata", Answers: "https://id.example/acs", Signer: ours, Keys: []saml.Key{ours}}
	f.Add(answer)
	f.Add(strings.Replace(answer, "Assertion", "EncryptedAssertion", 2))
	f.Add(`<!DOCTYPE x><x/>`)
	f.Fuzz(func(t *testing.T, text string) {
		field := base64.StdEncoding.EncodeToString([]byte(text))
		if a, err := party.Read(saml.Provider{EntityID: "https://idp.example"}, field, now); err == nil {
			t.Errorf("%s is taken: %+v", text, a)
		}
		if l, err := party.ReadLeave(saml.Provider{EntityID: "https://idp.example"}, field, now); err == nil {
			t.Errorf("%s is taken: %+v", text, l)
		}
		_, _ = saml.ReadProvider([]byte(text), now)
	})
}

// TestTheLibraryIsNoneThatLetsSignaturesThrough holds go.mod against the first
// version without CVE-2026-33487.
func TestTheLibraryIsNoneThatLetsSignaturesThrough(t *testing.T) {
	text, err := os.ReadFile("../../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "github.com/russellhaering/goxmldsig ")
	var major, minor int
	if _, err := fmt.Sscanf(rest, "v%d.%d.", &major, &minor); err != nil || !found || major < 1 || major == 1 && minor < 6 {
		t.Errorf("goxmldsig v%d.%d, %v: older than v1.6", major, minor, err)
	}
}
