package saml

import (
	"crypto/x509"
	"slices"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
	"github.com/russellhaering/goxmldsig/etreeutils"
)

// Algorithms that are taken (RFC 9231).
var (
	signatureMethods = []string{
		dsig.RSASHA256SignatureMethod, dsig.RSASHA384SignatureMethod, dsig.RSASHA512SignatureMethod,
		dsig.ECDSASHA256SignatureMethod, dsig.ECDSASHA384SignatureMethod, dsig.ECDSASHA512SignatureMethod,
	}
	digestMethods = []string{
		"http://www.w3.org/2001/04/xmlenc#sha256", "http://www.w3.org/2001/04/xmldsig-more#sha384", "http://www.w3.org/2001/04/xmlenc#sha512",
	}
	canonicalMethods = []string{dsig.CanonicalXML10ExclusiveAlgorithmId.String()}
	transforms       = []string{dsig.EnvelopedSignatureAltorithmId.String(), dsig.CanonicalXML10ExclusiveAlgorithmId.String()}
)

// signed reports whether an element holds a signature of its own.
func signed(e *etree.Element) bool { return len(children(e, nsSignature, "Signature")) > 0 }

// verified returns an element as the provider has signed it: read anew from the
// bytes that the signature covers.
func verified(e *etree.Element, certificates []*x509.Certificate, now time.Time) (*etree.Element, error) {
	if !signed(e) {
		return nil, FaultUnsigned
	}
	own := child(e, nsSignature, "Signature")
	if own == nil || attr(e, "ID") == "" || !covers(own, attr(e, "ID")) {
		return nil, FaultSignature
	}
	if slices.ContainsFunc(below(e, nsSignature, "Signature"), weak) {
		return nil, FaultAlgorithm
	}
	alone, err := detached(e)
	if err != nil {
		return nil, FaultXML
	}
	var fault error = FaultSignature
	for _, c := range certificates {
		got, err := verify(alone, c)
		if err != nil || !is(got, e.NamespaceURI(), e.Tag) || attr(got, "ID") != attr(e, "ID") {
			continue
		}
		if !now.Before(c.NotBefore) && !now.After(c.NotAfter) {
			return got, nil
		}
		fault = FaultCertificate
	}
	return nil, fault
}

// covers reports whether a signature is about the element with an ID and
// nothing else.
func covers(signature *etree.Element, id string) bool {
	info := child(signature, nsSignature, "SignedInfo")
	if info == nil {
		return false
	}
	reference := child(info, nsSignature, "Reference")
	return reference != nil && attr(reference, "URI") == "#"+id
}

// weak reports whether a signature is made in a way that is not taken.
func weak(signature *etree.Element) bool {
	for tag, taken := range map[string][]string{
		"SignatureMethod": signatureMethods, "DigestMethod": digestMethods, "CanonicalizationMethod": canonicalMethods, "Transform": transforms,
	} {
		all := below(signature, nsSignature, tag)
		if len(all) == 0 || slices.ContainsFunc(all, func(e *etree.Element) bool { return !slices.Contains(taken, attr(e, "Algorithm")) }) {
			return true
		}
	}
	return false
}

// detached is a copy of an element that stands alone, with the namespaces of
// where it stood and without the keys that came along.
func detached(e *etree.Element) (*etree.Element, error) {
	around, err := etreeutils.NSBuildParentContext(e)
	if err != nil {
		return nil, err
	}
	if around, err = around.SubContext(e); err != nil {
		return nil, err
	}
	alone, err := etreeutils.NSDetatch(around, e)
	if err != nil {
		return nil, err
	}
	for _, signature := range below(alone, nsSignature, "Signature") {
		for _, keys := range children(signature, nsSignature, "KeyInfo") {
			signature.RemoveChild(keys)
		}
	}
	return alone, nil
}

// verify holds an element against one certificate, at a time when that was good.
func verify(e *etree.Element, c *x509.Certificate) (*etree.Element, error) {
	v := dsig.NewDefaultValidationContext(&dsig.MemoryX509CertificateStore{Roots: []*x509.Certificate{c}})
	v.Clock = dsig.NewFakeClockAt(c.NotAfter)
	return v.Validate(e.Copy())
}
