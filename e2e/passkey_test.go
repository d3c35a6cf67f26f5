package e2e

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/descope/virtualwebauthn"

	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/session"
)

// keyed has a security key and backup codes.
func keyed(t testing.TB) *person {
	t.Helper()
	p := newcomer(t, "Leila Haddad")
	var options json.RawMessage
	if err := p.call(http.MethodPost, "/v1/me/factors/passkeys/options", map[string]string{}, &options); err != nil {
		t.Fatal(err)
	}
	asked, err := virtualwebauthn.ParseAttestationOptions(string(options))
	if err != nil {
		t.Fatal(err)
	}
	at := virtualwebauthn.RelyingParty{ID: "localhost", Origin: p.Server.URL}
	made := virtualwebauthn.CreateAttestationResponse(at, virtualwebauthn.NewAuthenticator(), virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2), *asked)
	err = p.call(http.MethodPost, "/v1/me/factors/passkeys", map[string]any{"name": "Blue key in the drawer", "credential": json.RawMessage(made)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// halfWay gives the password of somebody and returns where the next proof is
// asked for.
func halfWay(b *tab, p *person) string {
	b.t.Helper()
	b.open("/sign-in")
	b.sends(p.Email, password)
	return b.server.URL + "/sign-in/second-factor"
}

// failsToMake lets the page say that nothing came.
func failsToMake(b *tab) {
	b.t.Helper()
	locked := laptop
	locked.Transport, locked.IsUserVerified = webauthn.AuthenticatorTransportUsb, false
	b.plugs(locked)
	eval[any](b, `document.getElementById("passkey-form").requestSubmit()`)
	b.eventually("trouble", func() error {
		if eval[bool](b, `document.querySelector("[data-trouble]").hidden`) {
			return errors.New("there is none")
		}
		return nil
	})
}

// provesWrongly gives a proof that is none.
func provesWrongly(b *tab) {
	b.t.Helper()
	b.leaves(func() {
		eval[any](b, `{
			const form = Object.assign(document.createElement("form"), {method: "post", action: "/reauthenticate?lang=" + document.documentElement.lang});
			form.append(Object.assign(document.createElement("input"), {name: "credential", value: "{}"}));
			document.body.append(form);
			form.submit();
		}`)
	})
}

// The keys that people have.
var (
	laptop = webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Ctap2version: webauthn.Ctap2versionCtap21, Transport: webauthn.AuthenticatorTransportInternal,
		HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
		DefaultBackupEligibility: true, DefaultBackupState: true,
	}
	usbKey = webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportUsb, AutomaticPresenceSimulation: true,
	}
)

// plugs a key into the browser.
func (b *tab) plugs(key webauthn.VirtualAuthenticatorOptions) webauthn.AuthenticatorID {
	b.t.Helper()
	call(b, webauthn.Enable, webauthn.EnableParams{})
	return call(b, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &key}).AuthenticatorID
}

// touched says whether somebody touches the key when it blinks.
func (b *tab) touched(id webauthn.AuthenticatorID, yes bool) {
	b.t.Helper()
	call(b, webauthn.SetAutomaticPresenceSimulation, webauthn.SetAutomaticPresenceSimulationParams{AuthenticatorID: id, Enabled: yes})
}

// offersNothing makes the browser one that shows no passkeys in a field, so that
// only the button asks for one.
func (b *tab) offersNothing() {
	b.t.Helper()
	call(b, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: `PublicKeyCredential.isConditionalMediationAvailable = async () => false`,
	})
}

// adds a passkey under a name, as the first factor.
func (b *tab) adds(name string) {
	b.t.Helper()
	b.open("/settings/security")
	b.leaves(b.the("link", en("factor.passkey_add")).click)
	b.the("textbox", optional("factor.name")).types(name)
	b.leaves(b.the("button", en("factor.passkey_make")).click)
	b.the("heading", en("factor.on"))
	b.leaves(b.the("link", en("factor.saved")).click)
	b.sees(name, en("factor.never_used"))
}

func (b *tab) signsOut(name string) {
	b.t.Helper()
	b.the("button", en("ui.your_menu_of", "Name", name)).click()
	b.leaves(b.the("button", signOut).click)
	b.the("heading", signInTitle)
}

func TestAPasskeySignsInAloneAndAfterThePassword(t *testing.T) {
	t.Parallel()
	p := newcomer(t, "Mei Tanaka")
	b := as(t, p)
	id := b.plugs(laptop)
	b.adds("My laptop")
	b.sees(en("factor.passkey"))

	b.touched(id, false)
	b.signsOut(p.Name)
	b.signsIn(p.Email, password)
	b.the("heading", en("signin.second_title"))
	b.touched(id, true)
	b.leaves(b.the("button", en("signin.use_passkey")).click)
	b.the("heading", profileTitle)

	b.offersNothing()
	b.signsOut(p.Name)
	b.leaves(b.the("button", en("signin.by_passkey")).click)
	b.the("heading", profileTitle)

	b.open("/settings/security")
	b.leaves(b.the("link", en("factor.edit")+" My laptop").click)
	b.leaves(b.the("button", en("factor.passkey_remove")).click)
	b.sees(en("factor.said_removed"), en("factor.off"))
}

func TestAKeyThatDoesNotVerifyIsASecondFactorOnly(t *testing.T) {
	t.Parallel()
	p := newcomer(t, "Mei Tanaka")
	b := as(t, p)
	b.plugs(usbKey)
	b.adds("Blue key")
	b.sees(en("factor.security_key"))
	b.open("/settings/security/passkey")
	b.the("button", en("factor.passkey_make")).click()
	b.sees(en("ui.passkey_known"))

	b.signsOut(p.Name)
	b.the("button", en("signin.by_passkey")).click()
	b.sees(en("ui.passkey_nothing"))
	b.signsIn(p.Email, password)
	b.leaves(b.the("button", en("signin.use_passkey")).click)
	b.the("heading", profileTitle)
}

func TestABrowserOffersPasskeysBesideTheAddress(t *testing.T) {
	t.Parallel()
	p := newcomer(t, "Mei Tanaka")
	b := as(t, p)
	b.plugs(laptop)
	b.adds("My laptop")
	b.leaves(func() { b.signsOut(p.Name) })
	b.the("heading", profileTitle)
}

func TestACallThatNeedsAProofAsksForItAndGoesOn(t *testing.T) {
	t.Parallel()
	inside := apptest.OnSQLite(t)
	s := &server{URL: strings.Replace(inside.URL, "127.0.0.1", "localhost", 1)}
	p, err := s.join("mei@halden.example", "Mei Tanaka", "")
	if err != nil {
		t.Fatal(err)
	}
	b := as(t, p)
	b.plugs(laptop)
	b.open("/settings/security/passkey")
	inside.Clock.Advance(session.ProofLife)
	b.the("button", en("factor.passkey_make")).click()
	b.the("dialog", en("reauth.title"))
	b.sound("the dialog", rulesFor(languages[0], themes[0], widths[0]))
	b.the("textbox", en("reauth.password")).types("Wrong-" + password)
	b.the("button", en("reauth.submit")).click()
	b.sees(en("error.wrong_password"))
	b.the("textbox", en("reauth.password")).types(password)
	b.leaves(b.the("button", en("reauth.submit")).click)
	b.the("heading", en("factor.on"))

	b.open("/settings/security/passkey")
	inside.Clock.Advance(session.ProofLife)
	b.the("button", en("factor.passkey_make")).click()
	b.the("dialog", en("reauth.title"))
	b.the("link", en("reauth.back")).click()
	b.no("dialog", en("reauth.title"))
	b.sees(en("error.reauthentication_required"))
	b.the("button", en("factor.passkey_make")).click()
	b.the("button", en("reauth.use_passkey")).click()
	b.sees(en("ui.passkey_known"))
	b.no("dialog", en("reauth.title"))
	b.forgives("403", "422")
}

func TestWithoutScriptsThePageSaysThatPasskeysNeedOne(t *testing.T) {
	t.Parallel()
	b := scriptless(t, common)
	b.open("/sign-in")
	b.sees(en("ui.passkey_script"))
}
