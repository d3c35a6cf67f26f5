package sso

import (
	"encoding/json"
	"strings"

	"nameplate/internal/platform/mail"
	"nameplate/internal/platform/saml"
)

// Why an answer by SAML was not taken, beside what can be wrong with any.
const (
	faultXML         refusal = "xml"
	faultUnsigned    refusal = "unsigned"
	faultSignature   refusal = "signature"
	faultAlgorithm   refusal = "algorithm"
	faultCertificate refusal = "certificate"
	faultDecrypt     refusal = "decrypt"
	faultSeveral     refusal = "several"
	faultAudience    refusal = "audience"
	faultRecipient   refusal = "recipient"
	faultExpired     refusal = "expired"
	faultEarly       refusal = "early"
	faultSubject     refusal = "subject"
	faultTransient   refusal = "transient"
)

var faultsOfSAML = map[saml.Fault]refusal{
	saml.FaultXML: faultXML, saml.FaultDenied: faultDenied, saml.FaultUnsigned: faultUnsigned, saml.FaultSignature: faultSignature,
	saml.FaultAlgorithm: faultAlgorithm, saml.FaultCertificate: faultCertificate, saml.FaultDecrypt: faultDecrypt, saml.FaultSeveral: faultSeveral,
	saml.FaultIssuer: faultIssuer, saml.FaultAudience: faultAudience, saml.FaultRecipient: faultRecipient, saml.FaultExpired: faultExpired,
	saml.FaultEarly: faultEarly, saml.FaultSubject: faultSubject, saml.FaultTransient: faultTransient,
}

// Names of attributes, by their last part and in small letters: providers agree
// on none.
var (
	addressNames = []string{"email", "mail", "emailaddress", "email_address", "urn:oid:0.9.2342.19200300.100.1.3"}
	displayNames = []string{"displayname", "display_name", "urn:oid:2.16.840.1.113730.3.1.241"}
	givenNames   = []string{"givenname", "given_name", "firstname", "first_name", "urn:oid:2.5.4.42"}
	familyNames  = []string{"surname", "sn", "familyname", "family_name", "lastname", "last_name", "urn:oid:2.5.4.4"}
)

// claimsOf makes the claims of OpenID Connect out of an answer by SAML. All of
// its attributes are there too, by their names, their friendly names and the
// last parts of names that are addresses. That the address is verified needs no
// word: a provider that speaks SAML is one organization's own, and answers for
// domains alone that the organization has proved.
func claimsOf(a saml.Answer) map[string]json.RawMessage {
	said, short := map[string][]string{}, map[string]string{}
	for _, one := range a.Attributes {
		for _, name := range distinct(one.Name, one.Friendly, lastPart(one.Name)) {
			said[name] = append(said[name], one.Values...)
			if low := strings.ToLower(name); short[low] == "" && len(one.Values) > 0 {
				short[low] = one.Values[0]
			}
		}
	}
	all := map[string]json.RawMessage{}
	for name, values := range said {
		all[name] = raw(values)
	}
	address := firstOf(short, addressNames)
	if _, err := mail.ParseAddress(a.Subject); err == nil && address == "" {
		address = a.Subject
	}
	name := firstOf(short, displayNames)
	if given, family := firstOf(short, givenNames), firstOf(short, familyNames); name == "" {
		name = strings.TrimSpace(given + " " + family)
	}
	if name == "" && !strings.Contains(short["name"], "@") {
		name = short["name"]
	}
	all["email"], all["name"], all["email_verified"], all["auth_time"] = raw(address), raw(name), raw(true), raw(a.ProvedAt.Unix())
	return all
}

func raw(v any) json.RawMessage {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // texts, a number and a truth
	}
	return text
}

// distinct leaves out names that are empty or were there before.
func distinct(names ...string) (all []string) {
	seen := map[string]bool{"": true}
	for _, name := range names {
		if !seen[name] {
			seen[name], all = true, append(all, name)
		}
	}
	return all
}

// lastPart is the last part of a name that is an address.
func lastPart(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

func firstOf(said map[string]string, names []string) string {
	for _, name := range names {
		if said[name] != "" {
			return said[name]
		}
	}
	return ""
}
