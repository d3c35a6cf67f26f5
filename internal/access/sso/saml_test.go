package sso_test

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	dsig "github.com/russellhaering/goxmldsig"

	"nameplate/internal/access/sso/ssotest"
	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/dns/dnstest"
)

// samlWorld is a world whose provider speaks SAML.
type samlWorld struct {
	world
	op *ssotest.SAML
}

func buildSAML(t *testing.T, s *apptest.Server, names *dnstest.Server) samlWorld {
	t.Helper()
	w := samlWorld{world{Server: s, t: t, org: s.Organization("Acme")}, ssotest.NewSAML(t, s.Clock.Now)}
	w.owner = s.Member("owner@elsewhere.test", w.org, identity.Owner)
	w.prove(names, w.owner, w.org, "acme.test")
	w.id = w.owner.JSON(http.MethodPost, w.providers(w.org), fields{"type": "saml", "name": "Acme Login", "metadata_url": w.op.MetadataURL()}).Want(201).Map()["id"].(string)
	w.op.Be("sub-1", "ada@acme.test")
	return w
}

func eachSAML(t *testing.T, fn func(t *testing.T, w samlWorld)) {
	t.Helper()
	for name, on := range map[string]func(testing.TB, ...apptest.Setting) *apptest.Server{"sqlite": apptest.OnSQLite, "postgres": apptest.OnPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			names := dnstest.New(t)
			fn(t, buildSAML(t, on(t, settings(names.Addr)...), names))
		})
	}
}

func oneSAML(t *testing.T) samlWorld {
	t.Helper()
	names := dnstest.New(t)
	return buildSAML(t, apptest.OnSQLite(t, settings(names.Addr)...), names)
}

// begin starts a sign-in and returns the request.
func (w samlWorld) begin(b *apptest.Browser) string {
	w.t.Helper()
	to := b.Get("/sso/" + w.id + "/start?return_to=/settings/sessions").Want(303).Header.Get("Location")
	u, err := url.Parse(to)
	if err != nil || !strings.HasPrefix(to, w.op.URL+"/sign-in?SAMLRequest=") {
		w.t.Fatalf("%s, %v", to, err)
	}
	return ssotest.Inflate(u.Query().Get("SAMLRequest"))
}

// post brings an answer as the provider's page does: from another site, and
// without cookies.
func (w samlWorld) post(answer string) apptest.Answer {
	w.t.Helper()
	return w.postTo("acs", "SAMLResponse", answer)
}

func (w samlWorld) postTo(what, field, text string) apptest.Answer {
	w.t.Helper()
	r := w.Browser().Request(http.MethodPost, "/sso/"+w.id+"/"+what, "application/x-www-form-urlencoded",
		strings.NewReader(url.Values{field: {text}, "RelayState": {"javascript:alert(1)"}}.Encode()))
	r.Header.Set("Origin", w.op.URL)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	return w.Browser().Send(r)
}

// path is where an answer leads.
func (w samlWorld) path(a apptest.Answer) string {
	w.t.Helper()
	return strings.TrimPrefix(a.Want(303).Header.Get("Location"), w.Config.Base.String())
}

// signIn goes all the way.
func (w samlWorld) signIn(b *apptest.Browser) apptest.Answer {
	w.t.Helper()
	return b.Get(w.path(w.post(w.op.Answer(w.begin(b)))))
}

// ours is the certificate of ours that has a use, the last of them.
func (w samlWorld) ours(use string) (all []*x509.Certificate) {
	w.t.Helper()
	page := w.Browser().Get("/sso/" + w.id + "/metadata").Want(200).Page()
	for _, m := range regexp.MustCompile(`(?s)use="`+use+`".*?<ds:X509Certificate>(.*?)<`).FindAllStringSubmatch(page, -1) {
		der, err := base64.StdEncoding.DecodeString(m[1])
		if err != nil {
			w.t.Fatal(err)
		}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			w.t.Fatal(err)
		}
		all = append(all, c)
	}
	return all
}

func TestBySAMLAnUnknownPersonBecomesAnAgentAndIsTheSameNextTime(t *testing.T) {
	eachSAML(t, func(t *testing.T, w samlWorld) {
		b := w.Browser()
		if a := w.signIn(b).Want(303); a.Header.Get("Location") != "/settings/sessions" {
			t.Errorf("led to %s", a.Header.Get("Location"))
		}
		id, name, role := me(b)
		if name != "Ada Example" || role != "agent" {
			t.Errorf("%s, %s", name, role)
		}
		again := w.Browser()
		w.op.Be("sub-1", "ada.byron@acme.test")
		w.op.Statement = func(s *ssotest.Statement) { s.Whole, s.Assertion = true, false }
		w.signIn(again).Want(303)
		if other, _, _ := me(again); other != id {
			t.Error("somebody else")
		}
		w.op.Be("sub-7", "eve@elsewhere.test")
		w.refusedSAML("domain")
		w.op.Be("ada@acme.test", "")
		w.refusedSAML("taken") // the NameID is the address, and the address another subject's
	})
}

// refusedSAML is refused for an answer that the provider has signed as it should.
func (w samlWorld) refusedSAML(why string) {
	w.t.Helper()
	b := w.Browser()
	if w.signIn(b).Want(403); b.Session() != "" {
		w.t.Errorf("%s: not refused", why)
	}
	w.told(why)
}

func TestASAMLProviderIsAskedWithASignature(t *testing.T) {
	w := oneSAML(t)
	to := w.Browser().Get("/sso/" + w.id + "/start?again=").Want(303).Header.Get("Location")
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	if len(w.ours("signing")) != 1 || !ssotest.Signed(u.RawQuery, w.ours("signing")[0]) {
		t.Error("not signed by the key of the metadata")
	}
	request, base := ssotest.Inflate(u.Query().Get("SAMLRequest")), w.Config.Base.String()+"/sso/"+w.id
	for name, want := range map[string]string{
		"Destination": w.op.URL + "/sign-in", "AssertionConsumerServiceURL": base + "/acs", "ForceAuthn": "true",
		"ProtocolBinding": "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST",
	} {
		if got := ssotest.Attribute(request, name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if !strings.Contains(request, "<saml:Issuer>"+base+"/metadata</saml:Issuer>") {
		t.Error(request)
	}
}

// forged is what an attacker makes of a good answer for eve: an assertion about
// ada, who is somebody else, around, before or inside of what was signed.
func forged(whole bool, place func(answer, signed, evil string) string) func(string) string {
	tag := "saml:Assertion"
	if whole {
		tag = "samlp:Response"
	}
	return func(answer string) string {
		signed := regexp.MustCompile(`(?s)<` + tag + ` .*</` + tag + `>`).FindString(answer)
		signature := regexp.MustCompile(`(?s)<ds:Signature.*</ds:Signature>`).FindString(signed)
		evil := strings.NewReplacer(signature, "", "eve@acme.test", "ada@acme.test", "sub-eve", "sub-1").Replace(signed)
		evil = strings.ReplaceAll(evil, ` ID="`, ` ID="_evil`)
		return place(answer, signed, evil)
	}
}

func signatureOf(text string) string {
	return regexp.MustCompile(`(?s)<ds:Signature.*</ds:Signature>`).FindString(text)
}

func TestNothingIsTakenThatASAMLProviderHasNotSignedForUs(t *testing.T) {
	w := oneSAML(t)
	w.signIn(w.Browser()).Want(303) // ada is here
	set := func(change func(*ssotest.Statement)) func() { return func() { w.op.Statement = change } }
	after := func(whole bool, change func(string) string) func() {
		return func() {
			w.op.Statement = func(s *ssotest.Statement) { s.Whole, s.Assertion = whole, !whole }
			w.op.Finished = change
		}
	}
	put := func(old, new string) func(string) string {
		return func(text string) string { return strings.Replace(text, old, new, 1) }
	}
	before := func(change func(string) string) func() {
		return set(func(s *ssotest.Statement) { s.Before = change })
	}
	now := w.Clock.Now
	for name, test := range map[string]struct {
		how func()
		why string
	}{
		"XSW1: the signed answer in the signature of a forged one": {after(true, forged(true, func(_, signed, evil string) string {
			inner := strings.Replace(signed, signatureOf(signed), "", 1)
			sig := strings.Replace(signatureOf(signed), "</ds:Signature>", "<ds:Object>"+inner+"</ds:Object></ds:Signature>", 1)
			return strings.Replace(evil, "<samlp:Status>", sig+"<samlp:Status>", 1)
		})), "signature"},
		"XSW2: the signed answer beside its signature": {after(true, forged(true, func(_, signed, evil string) string {
			inner := strings.Replace(signed, signatureOf(signed), "", 1)
			return strings.Replace(evil, "<samlp:Status>", inner+signatureOf(signed)+"<samlp:Status>", 1)
		})), "signature"},
		"XSW3: a forged assertion before the signed one": {after(false, forged(false, func(answer, signed, evil string) string {
			return strings.Replace(answer, signed, evil+signed, 1)
		})), "several"},
		"XSW4: the signed assertion in a forged one": {after(false, forged(false, func(answer, signed, evil string) string {
			return strings.Replace(answer, signed, strings.Replace(evil, "</saml:Assertion>", signed+"</saml:Assertion>", 1), 1)
		})), "several"},
		"XSW5: a forged assertion with the signature, the signed one after it": {after(false, forged(false, func(answer, signed, evil string) string {
			with := strings.Replace(evil, "</saml:Assertion>", signatureOf(signed)+"</saml:Assertion>", 1)
			return strings.Replace(answer, signed, with+strings.Replace(signed, signatureOf(signed), "", 1), 1)
		})), "several"},
		"XSW6: the signed assertion in the signature of a forged one": {after(false, forged(false, func(answer, signed, evil string) string {
			inner := strings.Replace(signed, signatureOf(signed), "", 1)
			sig := strings.Replace(signatureOf(signed), "</ds:Signature>", inner+"</ds:Signature>", 1)
			return strings.Replace(answer, signed, strings.Replace(evil, "</saml:Assertion>", sig+"</saml:Assertion>", 1), 1)
		})), "several"},
		"XSW7: a forged assertion in extensions": {after(false, forged(false, func(answer, _, evil string) string {
			return strings.Replace(answer, "<samlp:Status>", "<samlp:Extensions>"+evil+"</samlp:Extensions><samlp:Status>", 1)
		})), "several"},
		"XSW8: the signed assertion in an object of a forged one": {after(false, forged(false, func(answer, signed, evil string) string {
			inner := strings.Replace(signed, signatureOf(signed), "", 1)
			sig := strings.Replace(signatureOf(signed), "</ds:Signature>", "<ds:Object>"+inner+"</ds:Object></ds:Signature>", 1)
			return strings.Replace(answer, signed, strings.Replace(evil, "</saml:Assertion>", sig+"</saml:Assertion>", 1), 1)
		})), "several"},
		"the same ID twice": {after(false, forged(false, func(answer, signed, evil string) string {
			return strings.Replace(answer, signed, strings.ReplaceAll(evil, "_evil", "")+signed, 1)
		})), "flow"},
		"nothing signed":          {set(func(s *ssotest.Statement) { s.Assertion = false }), "unsigned"},
		"the signature taken out": {after(false, func(text string) string { return strings.Replace(text, signatureOf(text), "", 1) }), "unsigned"},
		"changed since":           {after(false, put("eve@acme.test", "ada@acme.test")), "signature"},
		"changed since, whole":    {after(true, put("eve@acme.test", "ada@acme.test")), "signature"},
		"changed status":          {after(true, put("status:Success", "status:Successful")), "signature"},
		"another key":             {func() { w.op.Signer = ssotest.KeyTwo }, "signature"},
		"SHA-1":                   {set(func(s *ssotest.Statement) { s.Method = dsig.RSASHA1SignatureMethod }), "algorithm"},
		"HMAC by name":            {after(false, put("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", "http://www.w3.org/2000/09/xmldsig#hmac-sha1")), "algorithm"},
		"a comment in the name":   {after(false, put("sub-eve", "sub-<!-- -->eve")), "flow"},
		"a type declaration":      {after(false, func(text string) string { return `<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>` + text }), "flow"},
		"endless entities": {after(false, func(text string) string {
			return `<!DOCTYPE r [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>` + put("sub-eve", "&b;")(text)
		}), "flow"},
		"an entity":                {after(false, put("sub-eve", "&x;")), "flow"},
		"a processing instruction": {after(false, put("sub-eve", "<?x?>sub-eve")), "flow"},
		"too deep":                 {after(false, put("<samlp:Status>", strings.Repeat("<x>", 100)+strings.Repeat("</x>", 100)+"<samlp:Status>")), "flow"},
		"two documents":            {after(false, func(text string) string { return text + text }), "flow"},
		"half a document":          {after(false, func(text string) string { return text[:len(text)/2] }), "flow"},
		"no document":              {after(false, func(string) string { return "hello" }), "flow"},
		"another audience":         {set(func(s *ssotest.Statement) { s.Audience = "https://elsewhere.test" }), "audience"},
		"no audience": {before(func(s string) string {
			return regexp.MustCompile(`<saml:AudienceR.*</saml:AudienceRestriction>`).ReplaceAllString(s, "")
		}), "audience"},
		"no condition": {before(func(s string) string {
			return regexp.MustCompile(`<saml:Conditions.*</saml:Conditions>`).ReplaceAllString(s, "")
		}), "audience"},
		"another recipient":            {set(func(s *ssotest.Statement) { s.Recipient = "https://elsewhere.test/acs" }), "recipient"},
		"another destination":          {set(func(s *ssotest.Statement) { s.Destination = "https://elsewhere.test/acs" }), "recipient"},
		"another issuer":               {set(func(s *ssotest.Statement) { s.Issuer = "https://elsewhere.test" }), "issuer"},
		"expired":                      {set(func(s *ssotest.Statement) { s.NotAfter = now().Add(-2 * time.Minute) }), "expired"},
		"no end":                       {set(func(s *ssotest.Statement) { s.NotAfter = time.Time{} }), "expired"},
		"not yet":                      {set(func(s *ssotest.Statement) { s.NotBefore = now().Add(2 * time.Minute) }), "early"},
		"from the future":              {set(func(s *ssotest.Statement) { s.Issued = now().Add(2 * time.Minute) }), "early"},
		"a subject of another request": {set(func(s *ssotest.Statement) { s.Confirms = "id-x" }), "subject"},
		"no subject":                   {set(func(s *ssotest.Statement) { s.Subject = "" }), "subject"},
		"a subject that is too long":   {set(func(s *ssotest.Statement) { s.Subject = strings.Repeat("x", 256) }), "subject"},
		"another confirmation":         {before(put("cm:bearer", "cm:holder-of-key")), "subject"},
		"never proved": {before(func(s string) string {
			return regexp.MustCompile(`<saml:AuthnStatement[^>]*/>`).ReplaceAllString(s, "")
		}), "subject"},
		"a passing name":              {set(func(s *ssotest.Statement) { s.Format = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient" }), "transient"},
		"refused there":               {set(func(s *ssotest.Statement) { s.Status = "urn:oasis:names:tc:SAML:2.0:status:Responder" }), "denied"},
		"unasked":                     {set(func(s *ssotest.Statement) { s.InResponseTo, s.Confirms = "", "" }), "unasked"},
		"for a request that was none": {set(func(s *ssotest.Statement) { s.InResponseTo, s.Confirms = "id-x-1-ab", "id-x-1-ab" }), "unasked"},
		"encrypted for another":       {set(func(s *ssotest.Statement) { s.EncryptFor = certificateOf(t, w.op) }), "decrypt"},
	} {
		t.Run(name, func(t *testing.T) {
			w.t = t
			w.Clock.Advance(16 * time.Minute) // budgets are fresh again
			w.op.Be("sub-eve", "eve@acme.test")
			test.how()
			b := w.Browser()
			page := w.post(w.op.Answer(w.begin(b))).Want(403).Page()
			if strings.Contains(page, "@acme.test") || strings.Contains(page, "saml:") {
				t.Error("the page tells what was wrong")
			}
			if test.why != "flow" {
				w.told(test.why)
			}
			w.op.Statement, w.op.Finished, w.op.Signer = nil, nil, ssotest.KeyOne
		})
	}
	w.t = t
	if _, found, err := identity.FindEmail(t.Context(), w.DB, "eve@acme.test"); err != nil || found {
		t.Errorf("somebody was made: %v", err)
	}
	if rows := w.Rows()["provider_arrivals"]; len(rows) > 0 {
		t.Errorf("an answer waits: %v", rows)
	}
	w.op.Be("sub-1", "ada@acme.test")
	w.signIn(w.Browser()).Want(303)
}

func certificateOf(t *testing.T, p *ssotest.SAML) *x509.Certificate {
	t.Helper()
	der, err := base64.StdEncoding.DecodeString(regexp.MustCompile(`<ds:X509Certificate>(.*?)<`).FindStringSubmatch(p.Metadata())[1])
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestASAMLAnswerBelongsToTheBrowserThatAskedAndIsTakenOnce(t *testing.T) {
	eachSAML(t, func(t *testing.T, w samlWorld) {
		b := w.Browser()
		answer := w.op.Answer(w.begin(b))
		got := make(chan string, 16)
		for range cap(got) {
			go func() {
				r := b.Request(http.MethodPost, "/sso/"+w.id+"/acs", "application/x-www-form-urlencoded", strings.NewReader(url.Values{"SAMLResponse": {answer}}.Encode()))
				a, err := w.Browser().Try(r)
				if err != nil {
					t.Error(err)
				}
				got <- a.Header.Get("Location")
			}()
		}
		to := ""
		for range cap(got) {
			if one := <-got; one != "" && to != "" {
				t.Error("taken twice")
			} else if one != "" {
				to = strings.TrimPrefix(one, w.Config.Base.String())
			}
		}
		other := w.Browser()
		other.Get(to).Want(403)
		w.begin(other)
		kept := b.Cookies["np-sso"]
		if other.Get(to).Want(403); other.Session() != "" {
			t.Error("another browser is signed in")
		}
		b.Cookies["np-sso"] = kept
		if b.Get(to).Want(403); b.Session() != "" { // the other one has used it up
			t.Error("an answer was fetched twice")
		}

		b = w.Browser()
		answer = w.op.Answer(w.begin(b))
		to = w.path(w.post(answer))
		b.Get(to).Want(303)
		if b.Session() == "" {
			t.Error("not signed in")
		}
		w.post(answer).Want(403)
		late := w.Browser()
		to = w.path(w.post(w.op.Answer(w.begin(late))))
		w.Clock.Advance(2 * time.Minute)
		late.Get(to).Want(403)
		request := w.begin(late)
		w.Clock.Advance(10 * time.Minute)
		w.post(w.op.Answer(request)).Want(403)
		w.told("unasked")
	})
}

func TestAnEncryptedAssertionIsReadByEachKeyOfOurs(t *testing.T) {
	eachSAML(t, func(t *testing.T, w samlWorld) {
		in := func(c *x509.Certificate, cbc bool) {
			t.Helper()
			w.op.Statement = func(s *ssotest.Statement) { s.EncryptFor, s.CBC = c, cbc }
			w.signIn(w.Browser()).Want(303)
		}
		old := w.ours("encryption")[0]
		in(old, false)
		in(old, true)
		at := w.providers(w.org) + "/" + w.id
		owner := w.Enter(w.owner.ID, "full")
		rotate := func() bool {
			return owner.JSON(http.MethodPost, at+"/rotate-key", "").Want(200).Map()["new_key"] == true
		}
		signs := func() *x509.Certificate {
			t.Helper()
			u, err := url.Parse(w.Browser().Get("/sso/" + w.id + "/start").Want(303).Header.Get("Location"))
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range w.ours("signing") {
				if ssotest.Signed(u.RawQuery, c) {
					return c
				}
			}
			t.Fatal("signed by no key of the metadata")
			return nil
		}
		w.Clock.Advance(time.Second)
		if !rotate() || len(w.ours("signing")) != 2 || !signs().Equal(old) {
			t.Error("the new key does not stand beside the old one")
		}
		fresh := w.ours("encryption")[0]
		in(old, false)
		in(fresh, false)
		w.Clock.Advance(time.Second)
		if rotate() || !signs().Equal(fresh) || fresh.Equal(old) {
			t.Error("the new key does not sign")
		}
		in(old, false)
		w.Clock.Advance(time.Second)
		if !rotate() || len(w.ours("signing")) != 2 || !signs().Equal(fresh) {
			t.Error("the oldest key is still there")
		}
		w.op.Statement = func(s *ssotest.Statement) { s.EncryptFor = old }
		w.post(w.op.Answer(w.begin(w.Browser()))).Want(403)
		w.told("decrypt")
	})
}

func TestWhoLeavesASAMLProviderIsSignedOut(t *testing.T) {
	eachSAML(t, func(t *testing.T, w samlWorld) {
		b := w.Browser()
		w.signIn(b).Want(303)
		at := w.Config.Base.String() + "/sso/" + w.id + "/logout"
		leave := func(text string) apptest.Answer { return w.postTo("logout", "SAMLRequest", text) }
		leave(w.op.Leave(at, "sub-1", w.Clock.Now(), false)).Want(400)
		leave(w.op.Leave("https://elsewhere.test", "sub-1", w.Clock.Now(), true)).Want(400)
		leave(w.op.Leave(at, "sub-1", w.Clock.Now().Add(-6*time.Minute), true)).Want(400)
		leave("x").Want(400)
		w.op.Signer = ssotest.KeyTwo
		leave(w.op.Leave(at, "sub-1", w.Clock.Now(), true)).Want(400)
		w.op.Signer = ssotest.KeyOne
		b.Get("/v1/me").Want(200)
		word := w.op.Leave(at, "sub-1", w.Clock.Now(), true)
		to := leave(word).Want(303).Header.Get("Location")
		if !strings.HasPrefix(to, w.op.URL+"/sign-out?SAMLResponse=") {
			t.Errorf("led to %s", to)
		}
		b.Get("/v1/me").Refused(401, "unauthenticated")
		leave(word).Want(400)
		leave(w.op.Leave(at, "nobody", w.Clock.Now(), true)).Want(303)
	})
}

func TestAttributesOfProvidersAreUnderstood(t *testing.T) {
	w := oneSAML(t)
	at := w.providers(w.org) + "/" + w.id
	w.owner.JSON(http.MethodPatch, at, fields{"role_mapping": []fields{
		{"claim": "groups", "value": "Leads", "role": "supervisor"},
		{"claim": "http://schemas.xmlsoap.org/claims/Group", "value": "IT", "role": "admin"},
	}}).Want(200)
	const xs, ms = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/", "http://schemas.microsoft.com/ws/2008/06/identity/claims/"
	for name, test := range map[string]struct {
		attributes [][2]string
		called     string
		role       string
	}{
		"Okta":     {[][2]string{{"email", "a@acme.test"}, {"firstName", "Ada"}, {"lastName", "Byron"}, {"groups", "All"}, {"groups", "Leads"}}, "Ada Byron", "supervisor"},
		"Entra ID": {[][2]string{{xs + "emailaddress", "b@acme.test"}, {xs + "givenname", "Ada"}, {xs + "surname", "King"}, {xs + "name", "b@acme.test"}, {ms + "groups", "Leads"}}, "Ada King", "supervisor"},
		"ADFS":     {[][2]string{{xs + "emailaddress", "c@acme.test"}, {xs + "name", "Ada Lovelace"}, {"http://schemas.xmlsoap.org/claims/Group", "IT"}}, "Ada Lovelace", "admin"},
		"LDAP":     {[][2]string{{"urn:oid:0.9.2342.19200300.100.1.3", "d@acme.test"}, {"urn:oid:2.16.840.1.113730.3.1.241", "Countess"}}, "Countess", "agent"},
	} {
		w.op.Person = ssotest.Statement{Subject: name, Attributes: test.attributes}
		b := w.Browser()
		w.signIn(b).Want(303)
		if _, called, role := me(b); called != test.called || role != test.role {
			t.Errorf("%s: %s, %s", name, called, role)
		}
	}
	w.op.Person = ssotest.Statement{Subject: "nobody"}
	w.refusedSAML("address")
}

func TestASAMLProviderIsSetUpReadAgainAndTested(t *testing.T) {
	names := dnstest.New(t)
	w := buildSAML(t, apptest.OnSQLite(t, settings(names.Addr)...), names)
	at, base := w.providers(w.org)+"/"+w.id, w.Config.Base.String()+"/sso/"+w.id
	got := w.owner.Get(at).Want(200).Map()
	for field, want := range map[string]any{
		"type": "saml", "issuer": w.op.EntityID(), "acs_url": base + "/acs", "entity_id": base + "/metadata", "metadata_url": base + "/metadata",
		"provider_metadata_url": w.op.MetadataURL(), "provider_sign_in_url": w.op.URL + "/sign-in", "redirect_uri": nil, "client_id": nil,
	} {
		if got[field] != want {
			t.Errorf("%s is %v, want %v", field, got[field], want)
		}
	}
	post := func(field string, value any) apptest.Answer {
		body := fields{"type": "saml", "name": "N"}
		body[field] = value
		return w.owner.JSON(http.MethodPost, w.providers(w.org), body)
	}
	changed := func(old, new string) string { return strings.Replace(w.op.Metadata(), old, new, 1) }
	for _, test := range []struct{ field, value, code string }{
		{"metadata_url", "", "provider_metadata_none"}, {"metadata_url", "http://10.0.0.1/", "target_not_allowed"}, {"metadata_url", "file:///etc/passwd", "invalid_target_url"},
		{"metadata_url", w.op.URL + "/nowhere", "provider_metadata_silent"}, {"metadata_url", w.op.URL + "/sign-in", "provider_metadata"},
		{"metadata_xml", "hello", "provider_metadata"}, {"metadata_xml", w.Browser().Get("/sso/" + w.id + "/metadata").Page(), "provider_metadata_whose"},
		{"metadata_xml", `<!DOCTYPE x>` + w.op.Metadata(), "provider_metadata"}, {"metadata_xml", changed("bindings:HTTP-Redirect\" Location=\""+w.op.URL+"/sign-in", "bindings:SOAP\" Location=\""), "provider_metadata_redirect"},
		{"metadata_xml", changed("use=\"signing\"", "use=\"encryption\""), "provider_metadata_certificate"},
		{"metadata_xml", changed("entityID=", `validUntil="2020-01-01T00:00:00Z" entityID=`), "provider_metadata_expired"},
	} {
		field := test.field
		if test.value == "" {
			field = "metadata_url"
		}
		if code := post(test.field, test.value).Refused(422, "validation_failed", field).Problem().Errors[0].Code; code != test.code {
			t.Errorf("%.80s: %s, want %s", test.value, code, test.code)
		}
	}
	post("metadata_xml", w.op.Metadata()).Want(201)

	steps := func(want string) {
		t.Helper()
		var out struct {
			Steps []struct{ Step, Code string }
		}
		w.Enter(w.owner.ID, "full").JSON(http.MethodPost, at+"/test", "").Want(200).To(&out)
		text := ""
		for _, s := range out.Steps {
			text += strings.TrimSuffix(s.Step+":"+s.Code, ":") + " "
		}
		if strings.TrimSpace(text) != want {
			t.Errorf("%s, want %s", text, want)
		}
	}
	steps("document certificate domain")

	// The provider changes its key, and within the hour nobody needs to do a thing.
	w.op.Signer = ssotest.KeyTwo
	w.post(w.op.Answer(w.begin(w.Browser()))).Want(403)
	w.told("signature")
	w.Clock.Advance(time.Hour + time.Second)
	if err := w.SSO.Reread(context.Background()); err != nil {
		t.Fatal(err)
	}
	w.signIn(w.Browser()).Want(303)

	w.op.Good[1] = w.Clock.Now().Add(-time.Minute)
	steps("document certificate:provider_certificate domain")
	w.post(w.op.Answer(w.begin(w.Browser()))).Want(403)
	w.told("certificate")
	w.op.Close()
	steps("document:provider_metadata_silent")

	// A browser that was on its way to OpenID finds nothing here.
	w.Browser().Get("/sso/" + w.id + "/callback?code=x&state=x").Want(403)
	w.Browser().Form("/sso/"+w.id+"/logout", "logout_token", "x").Want(404)
}
