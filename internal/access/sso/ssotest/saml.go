package ssotest

import (
	"bytes"
	"compress/flate"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // of RSA-OAEP
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"html"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
)

// SAML is a SAML provider that does as it is told, also what no provider should.
type SAML struct {
	*httptest.Server
	// The rest is set between requests.

	now        func() time.Time
	Signer     *rsa.PrivateKey
	Good       [2]time.Time // from when until when its certificate is good
	Person     Statement    // who signs in next
	Statement  func(*Statement)
	Finished   func(xml string) string // changes an answer after it was signed
	RelayState string
}

// Statement is what an answer says.
type Statement struct {
	ID, InResponseTo, Confirms          string // Confirms is the request in the subject
	Issuer, Destination, Recipient      string
	Audience, Status, Subject, Format   string
	Issued, NotBefore, NotAfter, Proved time.Time
	Attributes                          [][2]string
	Method                              string // of the signature
	Whole, Assertion                    bool   // what is signed
	EncryptFor                          *x509.Certificate
	CBC                                 bool
	Before                              func(assertion string) string // changes it before it is signed
}

// NewSAML starts a SAML provider whose clock is now.
func NewSAML(t testing.TB, now func() time.Time) *SAML {
	t.Helper()
	p := &SAML{now: now, Signer: KeyOne, Good: [2]time.Time{now().Add(-time.Hour), now().AddDate(1, 0, 0)}}
	p.Server = httptest.NewServer(http.HandlerFunc(p.serve))
	t.Cleanup(p.Close)
	return p
}

// Be sets who signs in next.
func (p *SAML) Be(subject, email string, more ...string) {
	p.Person = Statement{Subject: subject, Attributes: [][2]string{{"email", email}, {"displayName", "Ada Example"}}}
	for i := 0; i < len(more); i += 2 {
		p.Person.Attributes = append(p.Person.Attributes, [2]string{more[i], more[i+1]})
	}
}

// EntityID is what it calls itself.
func (p *SAML) EntityID() string { return p.URL + "/entity" }

// MetadataURL is where it describes itself.
func (p *SAML) MetadataURL() string { return p.URL + "/metadata" }

func (p *SAML) serve(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/metadata":
		fmt.Fprint(w, p.Metadata())
	case "/sign-in":
		q := Inflate(r.URL.Query().Get("SAMLRequest"))
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, `<form method="post" action="%s"><input type="hidden" name="SAMLResponse" value="%s"></form><script>document.forms[0].submit()</script>`,
			html.EscapeString(Attribute(q, "AssertionConsumerServiceURL")), p.Answer(q))
	default:
		http.NotFound(w, r)
	}
}

// Metadata describes it.
func (p *SAML) Metadata() string {
	return fmt.Sprintf(`<?xml version="1.0"?><!-- made for tests --><md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="%s">
<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><md:KeyDescriptor use="signing">
<ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>%s</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>
<md:SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="%[3]s/sign-out"/>
<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="%[3]s/post"/>
<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="%[3]s/sign-in"/>
</md:IDPSSODescriptor></md:EntityDescriptor>`, p.EntityID(), base64.StdEncoding.EncodeToString(p.certificate(p.Signer)), p.URL)
}

func (p *SAML) certificate(key *rsa.PrivateKey) []byte {
	c := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "idp"}, NotBefore: p.Good[0], NotAfter: p.Good[1]}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		panic(err)
	}
	return der
}

// Inflate reads a message of the redirect binding.
func Inflate(field string) string {
	small, err := base64.StdEncoding.DecodeString(field)
	if err != nil {
		return ""
	}
	text, err := io.ReadAll(flate.NewReader(bytes.NewReader(small)))
	if err != nil {
		return ""
	}
	return string(text)
}

// Attribute is the first attribute of a name in a message.
func Attribute(text, name string) string {
	m := regexp.MustCompile(`\b` + name + `="([^"]*)"`).FindStringSubmatch(text)
	if m == nil {
		return ""
	}
	return html.UnescapeString(m[1])
}

// Signed reports whether a query of the redirect binding was signed by the owner
// of a certificate.
func Signed(query string, by *x509.Certificate) bool {
	text, signature, found := strings.Cut(query, "&Signature=")
	sum := sha256.Sum256([]byte(text))
	plain, err := url.QueryUnescape(signature)
	if err != nil || !found {
		return false
	}
	raw, err := base64.StdEncoding.DecodeString(plain)
	return err == nil && rsa.VerifyPKCS1v15(by.PublicKey.(*rsa.PublicKey), crypto.SHA256, sum[:], raw) == nil
}

// Answer answers a request, as the field of a form has it.
func (p *SAML) Answer(request string) string {
	now, to := p.now(), Attribute(request, "AssertionConsumerServiceURL")
	st := p.Person
	st.ID, st.InResponseTo, st.Confirms = "_"+rand.Text(), Attribute(request, "ID"), Attribute(request, "ID")
	st.Issuer, st.Destination, st.Recipient, st.Audience = p.EntityID(), to, to, strings.TrimSuffix(to, "acs")+"metadata"
	st.Status, st.Format = "urn:oasis:names:tc:SAML:2.0:status:Success", "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
	st.Issued, st.NotBefore, st.NotAfter, st.Proved = now, now.Add(-time.Minute), now.Add(5*time.Minute), now
	st.Assertion, st.Method = true, dsig.RSASHA256SignatureMethod
	if p.Statement != nil {
		p.Statement(&st)
	}
	return base64.StdEncoding.EncodeToString([]byte(p.write(st)))
}

func (p *SAML) write(st Statement) string {
	assertion := st.assertion()
	if st.Before != nil {
		assertion = st.Before(assertion)
	}
	if st.Assertion {
		assertion = p.Sign(assertion, st.Method)
	}
	if st.EncryptFor != nil {
		assertion = encrypt(assertion, st)
	}
	answer := fmt.Sprintf(`<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_%s" Version="2.0" IssueInstant="%s" Destination="%s" InResponseTo="%s"><saml:Issuer>%s</saml:Issuer><samlp:Status><samlp:StatusCode Value="%s"/></samlp:Status>%s</samlp:Response>`,
		rand.Text(), instant(st.Issued), st.Destination, st.InResponseTo, st.Issuer, st.Status, assertion)
	if st.Whole {
		answer = p.Sign(answer, st.Method)
	}
	if p.Finished != nil {
		answer = p.Finished(answer)
	}
	return answer
}

func (st Statement) assertion() string {
	attributes := ""
	for _, a := range st.Attributes {
		attributes += fmt.Sprintf(`<saml:Attribute Name="%s"><saml:AttributeValue>%s</saml:AttributeValue></saml:Attribute>`, a[0], a[1])
	}
	return fmt.Sprintf(`<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="%s" Version="2.0" IssueInstant="%s"><saml:Issuer>%s</saml:Issuer><saml:Subject><saml:NameID Format="%s">%s</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData NotOnOrAfter="%s" Recipient="%s" InResponseTo="%s"/></saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore="%s" NotOnOrAfter="%s"><saml:AudienceRestriction><saml:Audience>%s</saml:Audience></saml:AudienceRestriction></saml:Conditions><saml:AuthnStatement AuthnInstant="%s"/><saml:AttributeStatement>%s</saml:AttributeStatement></saml:Assertion>`,
		st.ID, instant(st.Issued), st.Issuer, st.Format, st.Subject, instant(st.NotAfter), st.Recipient, st.Confirms, instant(st.NotBefore), instant(st.NotAfter), st.Audience, instant(st.Proved), attributes)
}

func instant(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// Sign signs an element.
func (p *SAML) Sign(text, method string) string {
	doc := etree.NewDocument()
	if err := doc.ReadFromString(text); err != nil {
		panic(err)
	}
	ctx := dsig.NewDefaultSigningContext(dsig.TLSCertKeyStore(tls.Certificate{Certificate: [][]byte{p.certificate(p.Signer)}, PrivateKey: p.Signer}))
	ctx.Canonicalizer = dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("")
	if err := ctx.SetSignatureMethod(method); err != nil {
		panic(err)
	}
	signed, err := ctx.SignEnveloped(doc.Root())
	if err != nil {
		panic(err)
	}
	doc.SetRoot(signed)
	out, err := doc.WriteToString()
	if err != nil {
		panic(err)
	}
	return out
}

// Leave is a request to sign somebody out, as the field of a form has it.
func (p *SAML) Leave(to, subject string, issued time.Time, sign bool) string {
	text := fmt.Sprintf(`<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_%s" Version="2.0" IssueInstant="%s" Destination="%s"><saml:Issuer>%s</saml:Issuer><saml:NameID>%s</saml:NameID></samlp:LogoutRequest>`,
		rand.Text(), instant(issued), to, p.EntityID(), subject)
	if sign {
		text = p.Sign(text, dsig.RSASHA256SignatureMethod)
	}
	return base64.StdEncoding.EncodeToString([]byte(text))
}

func encrypt(text string, st Statement) string {
	key := make([]byte, 32)
	_, _ = rand.Read(key)
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err)
	}
	way, sealed := "http://www.w3.org/2009/xmlenc11#aes256-gcm", []byte(nil)
	if st.CBC {
		way = "http://www.w3.org/2001/04/xmlenc#aes256-cbc"
		padding := aes.BlockSize - len(text)%aes.BlockSize
		plain := append([]byte(text), bytes.Repeat([]byte{byte(padding)}, padding)...)
		sealed = make([]byte, aes.BlockSize+len(plain))
		_, _ = rand.Read(sealed[:aes.BlockSize])
		cipher.NewCBCEncrypter(block, sealed[:aes.BlockSize]).CryptBlocks(sealed[aes.BlockSize:], plain)
	} else {
		gcm, err := cipher.NewGCM(block)
		if err != nil {
			panic(err)
		}
		nonce := make([]byte, gcm.NonceSize())
		_, _ = rand.Read(nonce)
		sealed = gcm.Seal(nonce, nonce, []byte(text), nil)
	}
	wrapped, err := rsa.EncryptOAEP(sha1.New(), rand.Reader, st.EncryptFor.PublicKey.(*rsa.PublicKey), key, nil)
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf(`<saml:EncryptedAssertion><xenc:EncryptedData xmlns:xenc="http://www.w3.org/2001/04/xmlenc#" Type="http://www.w3.org/2001/04/xmlenc#Element"><xenc:EncryptionMethod Algorithm="%s"/><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><xenc:EncryptedKey><xenc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"><ds:DigestMethod Algorithm="http://www.w3.org/2000/09/xmldsig#sha1"/></xenc:EncryptionMethod><xenc:CipherData><xenc:CipherValue>%s</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey></ds:KeyInfo><xenc:CipherData><xenc:CipherValue>%s</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData></saml:EncryptedAssertion>`,
		way, base64.StdEncoding.EncodeToString(wrapped), base64.StdEncoding.EncodeToString(sealed))
}
