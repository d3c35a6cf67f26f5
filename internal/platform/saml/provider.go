package saml

import (
	"crypto/x509"
	"encoding/base64"
	"net/url"
	"strings"
	"time"

	"github.com/beevik/etree"
)

// Bindings (SAML 2.0 Bindings, chapter 3).
const (
	redirectBinding = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
	postBinding     = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
)

// Provider is an identity provider as it describes itself.
type Provider struct {
	EntityID     string
	SignIn       string // where to ask
	SignOut      string // where it is told that somebody was signed out; empty: nowhere
	Certificates []*x509.Certificate
}

// ReadProvider reads metadata, and returns a Fault where that is not to be used.
func ReadProvider(raw []byte, now time.Time) (p Provider, err error) {
	root, err := parse(raw, commented)
	if err != nil {
		return p, FaultMetadata
	}
	entity := root
	if is(root, nsMetadata, "EntitiesDescriptor") {
		if entity = child(root, nsMetadata, "EntityDescriptor"); entity == nil {
			return p, FaultNoProvider
		}
	}
	if !is(entity, nsMetadata, "EntityDescriptor") {
		return p, FaultMetadata
	}
	role := child(entity, nsMetadata, "IDPSSODescriptor")
	if p.EntityID = attr(entity, "entityID"); role == nil || p.EntityID == "" {
		return p, FaultNoProvider
	}
	for _, e := range []*etree.Element{root, entity, role} {
		if until := moment(e, "validUntil"); !until.IsZero() && !now.Before(until) {
			return p, FaultMetadataTooOld
		}
	}
	p.SignIn, p.SignOut = place(role, "SingleSignOnService", "Location"), place(role, "SingleLogoutService", "ResponseLocation")
	if p.SignOut == "" {
		p.SignOut = place(role, "SingleLogoutService", "Location")
	}
	if p.SignIn == "" {
		return p, FaultNoRedirect
	}
	if p.Certificates = signers(role); len(p.Certificates) == 0 {
		return p, FaultNoCertificate
	}
	return p, nil
}

// place is where a browser can be sent for a service.
func place(role *etree.Element, service, attribute string) string {
	for _, e := range children(role, nsMetadata, service) {
		if at := attr(e, attribute); attr(e, "Binding") == redirectBinding && isPlace(at) {
			return at
		}
	}
	return ""
}

func isPlace(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil && u.Fragment == ""
}

// signers are the certificates that sign.
func signers(role *etree.Element) (all []*x509.Certificate) {
	for _, key := range children(role, nsMetadata, "KeyDescriptor") {
		if use := attr(key, "use"); use != "" && use != "signing" {
			continue
		}
		for _, e := range below(key, nsSignature, "X509Certificate") {
			der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(e.Text()), ""))
			if err != nil {
				continue
			}
			if c, err := x509.ParseCertificate(der); err == nil {
				all = append(all, c)
			}
		}
	}
	return all
}

// Good is until when the provider has a certificate that is good.
func (p Provider) Good() (until time.Time) {
	for _, c := range p.Certificates {
		if c.NotAfter.After(until) {
			until = c.NotAfter
		}
	}
	return until
}
