package saml

import (
	"encoding/base64"
	"strings"
	"time"
)

// leavingAge is how old a request to sign somebody out may be.
const leavingAge = 5 * time.Minute

// Leave is a provider's word that somebody has left.
type Leave struct {
	ID      string
	Subject string
	Until   time.Time // it is taken no longer
}

// ReadLeave reads a LogoutRequest as the field SAMLRequest of a form has it. It
// is signed, or it is none.
func (p Party) ReadLeave(from Provider, field string, now time.Time) (l Leave, err error) {
	raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(field), ""))
	if err != nil {
		return l, FaultXML
	}
	root, err := parse(raw, plain)
	if err != nil {
		return l, err
	}
	if !is(root, nsProtocol, "LogoutRequest") || attr(root, "Version") != version {
		return l, FaultXML
	}
	if root, err = verified(root, from.Certificates, now); err != nil {
		return l, err
	}
	if text(child(root, nsAssertion, "Issuer")) != from.EntityID {
		return l, FaultIssuer
	}
	if to := attr(root, "Destination"); to != "" && to != p.Leaving {
		return l, FaultRecipient
	}
	if err := window(root, now); err != nil {
		return l, err
	}
	switch at := moment(root, "IssueInstant"); {
	case at.After(now.Add(skew)):
		return l, FaultEarly
	case now.Sub(at) > leavingAge:
		return l, FaultExpired
	}
	l = Leave{attr(root, "ID"), text(child(root, nsAssertion, "NameID")), now.Add(leavingAge + skew)}
	if l.Subject == "" {
		return l, FaultSubject
	}
	return l, nil
}

// Left returns where to send the browser after somebody was signed out here;
// empty, if the provider has no place for that.
func (p Party) Left(of Provider, id string, l Leave, now time.Time) (string, error) {
	if of.SignOut == "" {
		return "", nil
	}
	e := p.message("samlp:LogoutResponse", id, of.SignOut, now)
	e.CreateAttr("InResponseTo", l.ID)
	e.CreateElement("samlp:Status").CreateElement("samlp:StatusCode").CreateAttr("Value", success)
	return p.redirect(of.SignOut, "SAMLResponse", e)
}
