package saml

import (
	"bytes"
	"compress/flate"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"math/big"
	"net/url"
	"strings"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
)

const (
	keyBits = 2048
	// keyLife is for how long a certificate of ours says that it is good. Those
	// who read it look at its key.
	keyLife = 10 * 365 * 24 * time.Hour
)

// Key is a key of ours and the certificate by which providers know it.
type Key struct {
	Private     *rsa.PrivateKey
	Certificate []byte // DER
}

// Party is what we are to a provider.
type Party struct {
	EntityID string
	Answers  string // where it sends people back to
	Leaving  string // where it tells who has left
	Signer   Key
	Keys     []Key // all of ours, the oldest first: each opens what was encrypted for it
}

// NewKey makes a key for a party with this name.
func NewKey(name string, now time.Time) (Key, error) {
	private, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return Key{}, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return Key{}, err
	}
	c := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name}, NotBefore: now.Add(-skew), NotAfter: now.Add(keyLife),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, private.Public(), private)
	return Key{private, der}, err
}

// Ask returns where to send a browser that has to be asked for, under an ID that
// the answer will name. again asks for a new proof of who the person is.
func (p Party) Ask(of Provider, id string, now time.Time, again bool) (string, error) {
	e := p.message("samlp:AuthnRequest", id, of.SignIn, now)
	e.CreateAttr("AssertionConsumerServiceURL", p.Answers)
	e.CreateAttr("ProtocolBinding", postBinding)
	if again {
		e.CreateAttr("ForceAuthn", "true")
	}
	e.CreateElement("samlp:NameIDPolicy").CreateAttr("AllowCreate", "true")
	return p.redirect(of.SignIn, "SAMLRequest", e)
}

// message begins one from us.
func (p Party) message(tag, id, to string, now time.Time) *etree.Element {
	e := etree.NewElement(tag)
	e.CreateAttr("xmlns:samlp", nsProtocol)
	e.CreateAttr("xmlns:saml", nsAssertion)
	e.CreateAttr("ID", id)
	e.CreateAttr("Version", version)
	e.CreateAttr("IssueInstant", instant(now))
	e.CreateAttr("Destination", to)
	e.CreateElement("saml:Issuer").SetText(p.EntityID)
	return e
}

func instant(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// redirect is an address that carries a message, signed (SAML 2.0 Bindings,
// section 3.4.4.1).
func (p Party) redirect(to, field string, message *etree.Element) (string, error) {
	doc := etree.NewDocument()
	doc.SetRoot(message)
	var small bytes.Buffer
	w, err := flate.NewWriter(&small, flate.BestCompression)
	if err != nil {
		return "", err
	}
	if _, err := doc.WriteTo(w); err != nil {
		return "", err
	}
	if err := w.Close(); err != nil {
		return "", err
	}
	query := field + "=" + url.QueryEscape(base64.StdEncoding.EncodeToString(small.Bytes())) + "&SigAlg=" + url.QueryEscape(dsig.RSASHA256SignatureMethod)
	sum := sha256.Sum256([]byte(query))
	signature, err := rsa.SignPKCS1v15(nil, p.Signer.Private, crypto.SHA256, sum[:])
	if err != nil {
		return "", err
	}
	query += "&Signature=" + url.QueryEscape(base64.StdEncoding.EncodeToString(signature))
	if strings.Contains(to, "?") {
		return to + "&" + query, nil
	}
	return to + "?" + query, nil
}

// Metadata describes us. A provider that reads it encrypts for the newest key
// and takes what any of them has signed.
func (p Party) Metadata() ([]byte, error) {
	doc := etree.NewDocument()
	doc.CreateProcInst("xml", `version="1.0" encoding="UTF-8"`)
	e := doc.CreateElement("md:EntityDescriptor")
	e.CreateAttr("xmlns:md", nsMetadata)
	e.CreateAttr("xmlns:ds", nsSignature)
	e.CreateAttr("entityID", p.EntityID)
	role := e.CreateElement("md:SPSSODescriptor")
	role.CreateAttr("AuthnRequestsSigned", "true")
	role.CreateAttr("WantAssertionsSigned", "true")
	role.CreateAttr("protocolSupportEnumeration", nsProtocol)
	for _, k := range p.Keys {
		describe(role, k, "signing")
	}
	if len(p.Keys) > 0 {
		key := describe(role, p.Keys[len(p.Keys)-1], "encryption")
		for _, way := range []string{"http://www.w3.org/2009/xmlenc11#aes256-gcm", "http://www.w3.org/2001/04/xmlenc#aes256-cbc", oaepWithSHA1} {
			key.CreateElement("md:EncryptionMethod").CreateAttr("Algorithm", way)
		}
	}
	out := role.CreateElement("md:SingleLogoutService")
	out.CreateAttr("Binding", postBinding)
	out.CreateAttr("Location", p.Leaving)
	in := role.CreateElement("md:AssertionConsumerService")
	in.CreateAttr("Binding", postBinding)
	in.CreateAttr("Location", p.Answers)
	in.CreateAttr("index", "0")
	in.CreateAttr("isDefault", "true")
	doc.Indent(2)
	return doc.WriteToBytes()
}

func describe(role *etree.Element, k Key, use string) *etree.Element {
	e := role.CreateElement("md:KeyDescriptor")
	e.CreateAttr("use", use)
	e.CreateElement("ds:KeyInfo").CreateElement("ds:X509Data").CreateElement("ds:X509Certificate").SetText(base64.StdEncoding.EncodeToString(k.Certificate))
	return e
}
