package webauthn_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/descope/virtualwebauthn"
	"github.com/fxamacker/cbor/v2"

	"nameplate/internal/platform/webauthn"
)

var (
	site     = webauthn.Party{ID: "example.org", Name: "Nameplate", Origin: "https://example.org"}
	itself   = virtualwebauthn.RelyingParty{ID: site.ID, Name: site.Name, Origin: site.Origin}
	asked    = []byte("sixteen bytes and some more, as it should be")
	userID   = []byte("usr_01h455vb4pex5vsknk084sn02q")
	creation = virtualwebauthn.AttestationOptions{Challenge: asked}
	request  = virtualwebauthn.AssertionOptions{Challenge: asked}
)

// device is a key that does all it is asked.
type device struct {
	virtualwebauthn.Authenticator
	virtualwebauthn.Credential
}

func newDevice(kind virtualwebauthn.KeyType) *device {
	return &device{
		virtualwebauthn.NewAuthenticatorWithOptions(virtualwebauthn.AuthenticatorOptions{UserHandle: userID}), virtualwebauthn.NewCredential(kind),
	}
}

func (d *device) register(at virtualwebauthn.RelyingParty) (webauthn.Credential, error) {
	return register([]byte(virtualwebauthn.CreateAttestationResponse(at, d.Authenticator, d.Credential, creation)))
}

func register(text []byte) (webauthn.Credential, error) {
	r, err := webauthn.ReadRegistration(text)
	if err != nil {
		return webauthn.Credential{}, err
	}
	return site.Register(r)
}

// how is how an assertion is asked for.
type how struct{ verified, vouched bool }

func (d *device) assert(at virtualwebauthn.RelyingParty, c webauthn.Credential, h how) (webauthn.Credential, error) {
	return assert([]byte(virtualwebauthn.CreateAssertionResponse(at, d.Authenticator, d.Credential, request)), c, h)
}

func assert(text []byte, c webauthn.Credential, h how) (webauthn.Credential, error) {
	a, err := webauthn.ReadAssertion(text)
	if err != nil {
		return c, err
	}
	return site.Assert(a, c, h.verified, h.vouched)
}

func registered(t *testing.T, d *device) webauthn.Credential {
	t.Helper()
	c, err := d.register(itself)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func wantRefused(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.Is(err, webauthn.ErrRefused) {
		t.Errorf("%s: %v", what, err)
	}
}

// TestTheVectorsOfTheSpecification holds us against section 16 of Web
// Authentication, Level 3.
func TestTheVectorsOfTheSpecification(t *testing.T) {
	raw, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []struct {
		Section, Name           string
		Registration, Assertion json.RawMessage
	}
	if err := json.Unmarshal(raw, &vectors); err != nil {
		t.Fatal(err)
	}
	// What is not offered, and what comes from a frame.
	never := map[string]bool{"16.4": true, "16.5": true, "16.8": true, "16.9": true}
	for _, v := range vectors {
		t.Run(v.Section+" "+v.Name, func(t *testing.T) {
			c, err := register(v.Registration)
			if never[v.Section] {
				wantRefused(t, "registration", err)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, err := assert(v.Assertion, c, how{}); err != nil {
				t.Error(err)
			}
			c.PublicKey = bytes.Clone(c.PublicKey)
			c.PublicKey[len(c.PublicKey)-1] ^= 1
			_, err = assert(v.Assertion, c, how{})
			wantRefused(t, "with another key", err)
		})
	}
}

func TestAnAnswerNamesItsChallengeAndWhoseItIs(t *testing.T) {
	d := newDevice(virtualwebauthn.KeyTypeEC2)
	r, err := webauthn.ReadRegistration([]byte(virtualwebauthn.CreateAttestationResponse(itself, d.Authenticator, d.Credential, creation)))
	if err != nil || !bytes.Equal(r.Challenge, asked) || !bytes.Equal(r.ID, d.Credential.ID) {
		t.Errorf("%+v %v", r, err)
	}
	a, err := webauthn.ReadAssertion([]byte(virtualwebauthn.CreateAssertionResponse(itself, d.Authenticator, d.Credential, request)))
	if err != nil || !bytes.Equal(a.Challenge, asked) || !bytes.Equal(a.UserHandle, userID) || !bytes.Equal(a.ID, d.Credential.ID) {
		t.Errorf("%+v %v", a, err)
	}
}

func TestKeysOfBothKindsRegisterAndAssert(t *testing.T) {
	for _, kind := range []virtualwebauthn.KeyType{virtualwebauthn.KeyTypeEC2, virtualwebauthn.KeyTypeRSA} {
		for range 20 { // coordinates begin with a zero now and then
			d := newDevice(kind)
			c := registered(t, d)
			d.Counter++
			now, err := d.assert(itself, c, how{verified: true})
			if err != nil || now.Counter != 1 {
				t.Errorf("%s: %+v %v", kind, now, err)
			}
			if kind == virtualwebauthn.KeyTypeRSA {
				break
			}
		}
	}
}

func TestWhatIsNotForThisPartyIsRefused(t *testing.T) {
	for what, at := range map[string]virtualwebauthn.RelyingParty{
		"another origin": {ID: site.ID, Origin: "https://evil.example"}, "another scheme": {ID: site.ID, Origin: "http://example.org"},
		"another port": {ID: site.ID, Origin: "https://example.org:8443"}, "a part of it": {ID: site.ID, Origin: "https://a.example.org"},
		"no origin": {ID: site.ID}, "null": {ID: site.ID, Origin: "null"}, "another party": {ID: "evil.example", Origin: site.Origin}, "no party": {Origin: site.Origin},
	} {
		d := newDevice(virtualwebauthn.KeyTypeEC2)
		_, err := d.register(at)
		wantRefused(t, what+" registers", err)
		c := registered(t, d)
		d.Counter++
		_, err = d.assert(at, c, how{})
		wantRefused(t, what+" asserts", err)
	}
}

func TestFlagsMustFit(t *testing.T) {
	type options = virtualwebauthn.AuthenticatorOptions
	d := newDevice(virtualwebauthn.KeyTypeEC2)
	plain := registered(t, d)
	synced := plain
	synced.Flags |= webauthn.BackupEligible
	for what, c := range map[string]struct {
		options options
		of      webauthn.Credential
		how     how
		ok      bool
	}{
		"nobody present":              {options{UserNotPresent: true}, plain, how{}, false},
		"not verified":                {options{UserNotVerified: true}, plain, how{}, true},
		"not verified where it must":  {options{UserNotVerified: true}, plain, how{verified: true}, false},
		"backed up and can't be":      {options{BackupState: true}, plain, how{}, false},
		"can be backed up from now":   {options{BackupEligible: true, BackupState: true}, plain, how{}, true},
		"can't be backed up any more": {options{}, synced, how{}, false},
		"can be backed up still":      {options{BackupEligible: true}, synced, how{}, true},
	} {
		d.Options = c.options
		d.Counter++
		now, err := d.assert(itself, c.of, c.how)
		if (err == nil) != c.ok {
			t.Errorf("%s: %v", what, err)
		}
		if eligible := now.Flags.Has(webauthn.BackupEligible); err == nil && eligible != c.options.BackupEligible {
			t.Errorf("%s: it is kept as %v", what, eligible)
		}
	}
	d.Options = options{UserNotPresent: true}
	_, err := d.register(itself)
	wantRefused(t, "registered with nobody present", err)
	d.Options = options{BackupState: true}
	_, err = d.register(itself)
	wantRefused(t, "registered as backed up", err)
}

func TestThatAKeyVerifiesCountsFromWhenSomebodyVouchedForIt(t *testing.T) {
	d := newDevice(virtualwebauthn.KeyTypeEC2)
	d.Options.UserNotVerified = true
	c := registered(t, d)
	d.Options.UserNotVerified = false
	_, err := d.assert(itself, c, how{verified: true})
	wantRefused(t, "alone", err)
	c, err = d.assert(itself, c, how{})
	if err != nil || c.Flags.Has(webauthn.Verified) {
		t.Errorf("without a word: %v %v", c.Flags, err)
	}
	c, err = d.assert(itself, c, how{vouched: true})
	if err != nil || !c.Flags.Has(webauthn.Verified) {
		t.Errorf("vouched for: %v %v", c.Flags, err)
	}
	d.Options.UserNotVerified = true
	c, err = d.assert(itself, c, how{})
	if err != nil || !c.Flags.Has(webauthn.Verified) {
		t.Errorf("it is forgotten: %v %v", c.Flags, err)
	}
	d.Options.UserNotVerified = false
	if _, err = d.assert(itself, c, how{verified: true}); err != nil {
		t.Error(err)
	}
}

func TestTheCounterRisesOrIsZeroForGood(t *testing.T) {
	d := newDevice(virtualwebauthn.KeyTypeEC2)
	c := registered(t, d)
	for _, step := range []struct {
		kept, told uint32
		want       error
	}{
		{0, 0, nil}, {0, 1, nil}, {0, 1 << 31, nil}, {5, 6, nil}, {5, 500, nil},
		{5, 5, webauthn.ErrCounter}, {5, 4, webauthn.ErrCounter}, {5, 0, webauthn.ErrCounter}, {1, 0, webauthn.ErrCounter},
	} {
		c.Counter, d.Counter = step.kept, step.told
		now, err := d.assert(itself, c, how{})
		if !errors.Is(err, step.want) {
			t.Errorf("%d after %d: %v", step.told, step.kept, err)
		}
		if step.want == nil && now.Counter != step.told {
			t.Errorf("%d is kept as %d", step.told, now.Counter)
		}
	}
}

// bend changes one place of an answer.
func bend(t *testing.T, text string, change func(answer, response map[string]any)) []byte {
	t.Helper()
	var answer map[string]any
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		t.Fatal(err)
	}
	change(answer, answer["response"].(map[string]any))
	bent, err := json.Marshal(answer)
	if err != nil {
		t.Fatal(err)
	}
	return bent
}

// recode changes one of the answer's parts that are base64url.
func recode(t *testing.T, name string, change func(part []byte) []byte) func(answer, response map[string]any) {
	return func(_, response map[string]any) {
		var part webauthn.Bytes
		if err := part.UnmarshalText([]byte(response[name].(string))); err != nil {
			t.Fatal(err)
		}
		text, _ := webauthn.Bytes(change(part)).MarshalText()
		response[name] = string(text)
	}
}

func replace(old, new string) func([]byte) []byte {
	return func(part []byte) []byte { return []byte(strings.Replace(string(part), old, new, 1)) }
}

func TestABentAssertionIsRefused(t *testing.T) {
	d := newDevice(virtualwebauthn.KeyTypeEC2)
	c := registered(t, d)
	d.Counter = 7
	text := virtualwebauthn.CreateAssertionResponse(itself, d.Authenticator, d.Credential, request)
	if _, err := assert([]byte(text), c, how{}); err != nil {
		t.Fatal(err)
	}
	flip := func(at int) func([]byte) []byte {
		return func(part []byte) []byte { part[at] ^= 1; return part }
	}
	more := func(part []byte) []byte { return append(part, 0) }
	for what, change := range map[string]func(answer, response map[string]any){
		"another ceremony":     recode(t, "clientDataJSON", replace("webauthn.get", "webauthn.create")),
		"another challenge":    recode(t, "clientDataJSON", replace(`"challenge":"`, `"challenge":"AAAA`)),
		"in a frame":           recode(t, "clientDataJSON", replace("{", `{"crossOrigin":true,`)),
		"under another origin": recode(t, "clientDataJSON", replace("{", `{"topOrigin":"https://evil.example",`)),
		"no JSON":              recode(t, "clientDataJSON", func([]byte) []byte { return []byte("{") }),
		"another counter":      recode(t, "authenticatorData", flip(36)),
		"cut off":              recode(t, "authenticatorData", func(part []byte) []byte { return part[:36] }),
		"more than it says":    recode(t, "authenticatorData", more),
		"a credential missing": recode(t, "authenticatorData", func(part []byte) []byte { part[32] |= 1 << 6; return part }),
		"extensions missing":   recode(t, "authenticatorData", func(part []byte) []byte { part[32] |= 1 << 7; return part }),
		"another signature":    recode(t, "signature", flip(9)),
		"no signature":         recode(t, "signature", func([]byte) []byte { return nil }),
		"a longer signature":   recode(t, "signature", more),
		"another type":         func(a, _ map[string]any) { a["type"] = "password" },
		"two ids":              func(a, _ map[string]any) { a["rawId"] = "AAAAAAAAAAAAAAAAAAAAAA" },
		"another id":           func(a, _ map[string]any) { a["rawId"], a["id"] = "AAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAA" },
		"no id":                func(a, _ map[string]any) { a["rawId"], a["id"] = "", "" },
		"no base64":            func(_, r map[string]any) { r["signature"] = "!" },
		"a number":             func(_, r map[string]any) { r["signature"] = 7 },
	} {
		_, err := assert(bend(t, text, change), c, how{})
		wantRefused(t, what, err)
	}
	for _, text := range []string{"", "null", "[]", "{}", `"x"`, `{"type":"public-key"}`} {
		_, err := assert([]byte(text), c, how{})
		wantRefused(t, text, err)
	}
}

func TestWhatAKeyHasSignedForSomethingElseIsRefused(t *testing.T) {
	d := newDevice(virtualwebauthn.KeyTypeEC2)
	c := registered(t, d)
	d.Counter = 7
	text := virtualwebauthn.CreateAssertionResponse(itself, d.Authenticator, d.Credential, request)
	for what, seen := range map[string]func([]byte) []byte{
		"a registration": replace("webauthn.get", "webauthn.create"), "a payment": replace("webauthn.get", "payment.get"),
		"a page in a frame": replace("{", `{"crossOrigin":true,`), "under another page": replace("{", `{"topOrigin":"https://evil.example",`),
	} {
		_, err := assert(d.signs(t, bend(t, text, recode(t, "clientDataJSON", seen))), c, how{})
		wantRefused(t, what, err)
	}
	if _, err := assert(d.signs(t, []byte(text)), c, how{}); err != nil {
		t.Error(err)
	}
}

// signs signs an answer as it stands now.
func (d *device) signs(t *testing.T, text []byte) []byte {
	t.Helper()
	var answer struct {
		Response struct {
			ClientData webauthn.Bytes `json:"clientDataJSON"`
			Data       webauthn.Bytes `json:"authenticatorData"`
		}
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		t.Fatal(err)
	}
	seen := sha256.Sum256(answer.Response.ClientData)
	sum := sha256.Sum256(append(answer.Response.Data, seen[:]...))
	signature, err := d.Key.Sign(sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return bend(t, string(text), recode(t, "signature", func([]byte) []byte { return signature }))
}

func TestABentRegistrationIsRefused(t *testing.T) {
	d := newDevice(virtualwebauthn.KeyTypeEC2)
	text := virtualwebauthn.CreateAttestationResponse(itself, d.Authenticator, d.Credential, creation)
	type attestation struct {
		Format    string         `cbor:"fmt"`
		Statement map[string]any `cbor:"attStmt"`
		Data      []byte         `cbor:"authData"`
	}
	object := func(change func(o *attestation)) func(answer, response map[string]any) {
		return recode(t, "attestationObject", func(part []byte) []byte {
			var o attestation
			if err := cbor.Unmarshal(part, &o); err != nil {
				t.Fatal(err)
			}
			change(&o)
			part, err := cbor.Marshal(o)
			if err != nil {
				t.Fatal(err)
			}
			return part
		})
	}
	for what, c := range map[string]struct {
		change func(answer, response map[string]any)
		ok     bool
	}{
		"no attestation":           {object(func(o *attestation) { o.Format, o.Statement = "none", map[string]any{} }), true},
		"none, and a statement":    {object(func(o *attestation) { o.Format = "none" }), false},
		"another's self-signature": {object(func(o *attestation) { o.Statement["sig"] = []byte("x") }), false},
		"another algorithm":        {object(func(o *attestation) { o.Statement["alg"] = -257 }), false},
		"a format of its own":      {object(func(o *attestation) { o.Format = "of-its-own" }), true},
		"none, of an assertion": {func(a, r map[string]any) {
			object(func(o *attestation) { o.Format, o.Statement = "none", map[string]any{} })(a, r)
			recode(t, "clientDataJSON", replace("webauthn.create", "webauthn.get"))(a, r)
		}, false},
		"another id":        {func(a, _ map[string]any) { a["id"], a["rawId"] = "AAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAA" }, false},
		"no CBOR":           {recode(t, "attestationObject", func([]byte) []byte { return []byte("x") }), false},
		"more than it says": {recode(t, "attestationObject", func(part []byte) []byte { return append(part, 0) }), false},
		"of an assertion":   {recode(t, "clientDataJSON", replace("webauthn.create", "webauthn.get")), false},
	} {
		_, err := register(bend(t, text, c.change))
		if c.ok && err != nil {
			t.Errorf("%s: %v", what, err)
		} else if !c.ok {
			wantRefused(t, what, err)
		}
	}
}

func TestAnIDIsNeitherShortNorLong(t *testing.T) {
	for n, ok := range map[int]bool{1: false, 15: false, 16: true, 1023: true, 1024: false} {
		d := newDevice(virtualwebauthn.KeyTypeEC2)
		d.Credential.ID = bytes.Repeat([]byte{7}, n)
		if _, err := d.register(itself); (err == nil) != ok {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

func TestOnlyKnownWaysToAKeyAreKept(t *testing.T) {
	d := newDevice(virtualwebauthn.KeyTypeEC2)
	text := virtualwebauthn.CreateAttestationResponse(itself, d.Authenticator, d.Credential, creation)
	c, err := register(bend(t, text, func(_, r map[string]any) { r["transports"] = []string{"usb", "<b>", "internal", "usb"} }))
	if got := strings.Join(c.Transports, " "); err != nil || got != "internal usb" {
		t.Errorf("%s %v", got, err)
	}
}

func TestOptionsAreAsBrowsersReadThem(t *testing.T) {
	known := []webauthn.Credential{{ID: []byte{1, 2, 3}, Transports: []string{"usb"}}}
	for got, want := range map[any]string{
		text(t, site.Creation(webauthn.UserEntity{ID: userID, Name: "ada@example.com", DisplayName: "Ada"}, asked, known)): `{"rp":{"id":"example.org","name":"Nameplate"},` +
			`"user":{"id":"dXNyXzAxaDQ1NXZiNHBleDV2c2tuazA4NHNuMDJx","name":"ada@example.com","displayName":"Ada"},` +
			`"challenge":"c2l4dGVlbiBieXRlcyBhbmQgc29tZSBtb3JlLCBhcyBpdCBzaG91bGQgYmU","pubKeyCredParams":[{"type":"public-key","alg":-7},{"type":"public-key","alg":-8},{"type":"public-key","alg":-257}],` +
			`"timeout":300000,"excludeCredentials":[{"type":"public-key","id":"AQID","transports":["usb"]}],` +
			`"authenticatorSelection":{"residentKey":"preferred","userVerification":"preferred"},"attestation":"none"}`,
		text(t, site.Request(asked, webauthn.Required, nil)): `{"challenge":"c2l4dGVlbiBieXRlcyBhbmQgc29tZSBtb3JlLCBhcyBpdCBzaG91bGQgYmU","timeout":300000,"rpId":"example.org","allowCredentials":[],"userVerification":"required"}`,
	} {
		if got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
}

func text(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestBrowsersNeedAHostAndASafeWay(t *testing.T) {
	for at, want := range map[string]string{
		"https://np.example": "", "https://np.example:8443": "", "http://localhost:8080": "", "http://a.localhost": "", "https://intranet": "",
		"http://np.example": webauthn.PlainHTTP, "http://127.0.0.1:8080": webauthn.IPAddress, "https://192.0.2.7": webauthn.IPAddress, "https://[2001:db8::1]": webauthn.IPAddress,
	} {
		base, err := url.Parse(at)
		if err != nil {
			t.Fatal(err)
		}
		if got := webauthn.Obstacle(base); got != want {
			t.Errorf("%s: %q", at, got)
		}
	}
	base, _ := url.Parse("https://np.example:8443")
	if p := webauthn.PartyOf("Nameplate", base); p.ID != "np.example" || p.Origin != "https://np.example:8443" {
		t.Errorf("%+v", p)
	}
}

func FuzzAnAnswerNeverPanics(f *testing.F) {
	d := newDevice(virtualwebauthn.KeyTypeEC2)
	f.Add([]byte(virtualwebauthn.CreateAttestationResponse(itself, d.Authenticator, d.Credential, creation)))
	f.Add([]byte(virtualwebauthn.CreateAssertionResponse(itself, d.Authenticator, d.Credential, request)))
	f.Fuzz(func(t *testing.T, text []byte) {
		if _, err := register(text); err != nil && !errors.Is(err, webauthn.ErrRefused) {
			t.Error(err)
		}
		if _, err := assert(text, webauthn.Credential{PublicKey: text}, how{}); err == nil {
			t.Error("it passes")
		}
	})
}
