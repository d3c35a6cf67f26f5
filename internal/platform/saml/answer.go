package saml

import (
	"encoding/base64"
	"strings"
	"time"

	"github.com/beevik/etree"
)

// skew is by how much clocks may differ.
const skew = time.Minute

// transient is the format of names that are new each time.
const (
	transient = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
	success   = "urn:oasis:names:tc:SAML:2.0:status:Success"
	bearer    = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
	version   = "2.0"
)

// Answer is what a provider says about somebody.
type Answer struct {
	InResponseTo string // which request it answers; empty: nobody has asked
	ID           string
	Until        time.Time // it is good no longer
	Subject      string    // what the provider calls the person
	ProvedAt     time.Time // when the person has proved who they are
	Attributes   []Attribute
}

// Attribute is one thing that a provider says about somebody.
type Attribute struct {
	Name     string
	Friendly string // another name; empty: none
	Values   []string
}

// Read reads the answer that a browser has brought, as the field SAMLResponse of
// a form has it. Beside a Fault it returns what the answer claims to be in
// response to, which nobody has proved then.
func (p Party) Read(from Provider, field string, now time.Time) (a Answer, err error) {
	raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(field), ""))
	if err != nil {
		return a, FaultXML
	}
	root, err := parse(raw, plain)
	if err != nil {
		return a, err
	}
	if !is(root, nsProtocol, "Response") || attr(root, "Version") != version {
		return a, FaultXML
	}
	a.InResponseTo = attr(root, "InResponseTo")
	whole := signed(root)
	if whole {
		if root, err = verified(root, from.Certificates, now); err != nil {
			return a, err
		}
	}
	if err := p.envelope(from, root); err != nil {
		return a, err
	}
	assertion, err := p.assertion(from, root, whole, now)
	if err != nil {
		return a, err
	}
	return a, p.fill(&a, from, assertion, now)
}

// envelope holds against us what stands around the assertion.
func (p Party) envelope(from Provider, root *etree.Element) error {
	if to := attr(root, "Destination"); to != "" && to != p.Answers {
		return FaultRecipient
	}
	if issuers := children(root, nsAssertion, "Issuer"); len(issuers) > 1 || len(issuers) == 1 && text(issuers[0]) != from.EntityID {
		return FaultIssuer
	}
	status := child(root, nsProtocol, "Status")
	if status == nil {
		return FaultXML
	}
	if code := child(status, nsProtocol, "StatusCode"); code == nil || attr(code, "Value") != success {
		return FaultDenied
	}
	return nil
}

// assertion returns the one assertion, of which the provider has signed every
// word. whole says that the answer itself was signed.
func (p Party) assertion(from Provider, root *etree.Element, whole bool, now time.Time) (*etree.Element, error) {
	open, closed := children(root, nsAssertion, "Assertion"), children(root, nsAssertion, "EncryptedAssertion")
	if len(open)+len(closed) != 1 || len(below(root, nsAssertion, "Assertion")) != len(open) {
		return nil, FaultSeveral
	}
	one := append(open, closed...)[0]
	if len(closed) == 1 {
		var err error
		if one, err = p.decrypted(one); err != nil {
			return nil, err
		}
	}
	if whole && !signed(one) {
		return one, nil
	}
	return verified(one, from.Certificates, now)
}

// fill reads an assertion and holds it against us, the clock and the answer
// that it stands in.
func (p Party) fill(a *Answer, from Provider, e *etree.Element, now time.Time) error {
	if a.ID = attr(e, "ID"); a.ID == "" || attr(e, "Version") != version {
		return FaultXML
	}
	if text(child(e, nsAssertion, "Issuer")) != from.EntityID {
		return FaultIssuer
	}
	if moment(e, "IssueInstant").After(now.Add(skew)) {
		return FaultEarly
	}
	if err := p.conditions(a, child(e, nsAssertion, "Conditions"), now); err != nil {
		return err
	}
	if err := p.subject(a, child(e, nsAssertion, "Subject"), now); err != nil {
		return err
	}
	if err := a.proof(children(e, nsAssertion, "AuthnStatement"), now); err != nil {
		return err
	}
	for _, statement := range children(e, nsAssertion, "AttributeStatement") {
		for _, one := range children(statement, nsAssertion, "Attribute") {
			a.Attributes = append(a.Attributes, attribute(one))
		}
	}
	return nil
}

// conditions are for whom and when an assertion is good.
func (p Party) conditions(a *Answer, e *etree.Element, now time.Time) error {
	if e == nil {
		return FaultAudience
	}
	if err := window(e, now); err != nil {
		return err
	}
	a.Until = earliest(a.Until, moment(e, "NotOnOrAfter"))
	restrictions := children(e, nsAssertion, "AudienceRestriction")
	for _, r := range restrictions {
		if !p.among(children(r, nsAssertion, "Audience")) {
			return FaultAudience
		}
	}
	if len(restrictions) == 0 {
		return FaultAudience
	}
	return nil
}

func (p Party) among(audiences []*etree.Element) bool {
	for _, e := range audiences {
		if text(e) == p.EntityID {
			return true
		}
	}
	return false
}

// subject is who it is about, and that whoever brings it may say so.
func (p Party) subject(a *Answer, e *etree.Element, now time.Time) error {
	if e == nil {
		return FaultSubject
	}
	name := child(e, nsAssertion, "NameID")
	if a.Subject = text(name); a.Subject == "" {
		return FaultSubject
	}
	if attr(name, "Format") == transient {
		return FaultTransient
	}
	var fault error = FaultSubject
	for _, c := range children(e, nsAssertion, "SubjectConfirmation") {
		if attr(c, "Method") != bearer {
			continue
		}
		if fault = p.confirmed(a, child(c, nsAssertion, "SubjectConfirmationData"), now); fault == nil {
			return nil
		}
	}
	return fault
}

func (p Party) confirmed(a *Answer, e *etree.Element, now time.Time) error {
	switch {
	case e == nil:
		return FaultSubject
	case attr(e, "Recipient") != p.Answers:
		return FaultRecipient
	case moment(e, "NotOnOrAfter").IsZero():
		return FaultExpired
	case attr(e, "InResponseTo") != a.InResponseTo:
		return FaultSubject
	}
	a.Until = earliest(a.Until, moment(e, "NotOnOrAfter"))
	return window(e, now)
}

// window holds the clock against NotBefore and NotOnOrAfter.
func window(e *etree.Element, now time.Time) error {
	if from := moment(e, "NotBefore"); attr(e, "NotBefore") != "" && (from.IsZero() || from.After(now.Add(skew))) {
		return FaultEarly
	}
	if until := moment(e, "NotOnOrAfter"); attr(e, "NotOnOrAfter") != "" && !now.Add(-skew).Before(until) {
		return FaultExpired
	}
	return nil
}

func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// proof is when the person has proved who they are, the last time.
func (a *Answer) proof(statements []*etree.Element, now time.Time) error {
	for _, e := range statements {
		if end := attr(e, "SessionNotOnOrAfter"); end != "" && !now.Add(-skew).Before(moment(e, "SessionNotOnOrAfter")) {
			return FaultExpired
		}
		if at := moment(e, "AuthnInstant"); at.After(a.ProvedAt) {
			a.ProvedAt = at
		}
	}
	if a.ProvedAt.IsZero() {
		return FaultSubject
	}
	return nil
}

func attribute(e *etree.Element) Attribute {
	a := Attribute{Name: attr(e, "Name"), Friendly: attr(e, "FriendlyName")}
	for _, value := range children(e, nsAssertion, "AttributeValue") {
		if said := text(value); said != "" {
			a.Values = append(a.Values, said)
		}
	}
	return a
}
