package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// view is a page in one of its states.
type view struct {
	name  string
	who   func(t testing.TB) *person // nobody without
	path  string                     // {user} is the person's id
	state func(b *tab)               // what is done on the page to bring it about
	url   func(b *tab) string        // in place of path, for what stands elsewhere
}

var views = []view{
	{name: "sign-in", path: "/sign-in"},
	{name: "sign-in refused", path: "/sign-in", state: func(b *tab) { b.sends("nobody@halden.example", "Wrong-"+password) }},
	{name: "sign-up", path: "/sign-up"},
	{name: "sign-up typing", path: "/sign-up", state: func(b *tab) { b.fills("password", "Quiet") }},
	{name: "sign-up refused", path: "/sign-up", state: func(b *tab) { b.sends("nobody", "short") }},
	{name: "code", path: "/sign-up/code"},
	{name: "dead link", path: "/verify?token=none"},
	{name: "link elsewhere", url: linkElsewhere},
	{name: "profile fresh", who: fresh, path: "/settings/profile"},
	{name: "profile filled", who: filled, path: "/settings/profile"},
	{name: "profile unsaved", who: filled, path: "/settings/profile", state: func(b *tab) { b.fills("designation", "Night shift") }},
	{name: "profile refused", who: filled, path: "/settings/profile", state: func(b *tab) { b.fills("phone", "twelve"); b.submits("contact-form") }},
	{name: "profile crop", who: fresh, path: "/settings/profile", state: crops},
	{name: "menu", who: filled, path: "/settings/profile", state: func(b *tab) { eval[any](b, `document.getElementById("me-menu").showPopover()`) }},
	{name: "security", who: filled, path: "/settings/security"},
	{name: "security refused", who: filled, path: "/settings/security", state: func(b *tab) { b.submits("password-form") }},
	{name: "security guarded", who: guarded, path: "/settings/security"},
	{name: "security changing", who: moving, path: "/settings/security"},
	{name: "security changing refused", who: moving, path: "/settings/security", state: func(b *tab) { b.fills("new_code", "000000"); b.submits("email-form") }},
	{name: "security addresses", who: reachable, path: "/settings/security"},
	{name: "security address refused", who: reachable, path: "/settings/security", state: func(b *tab) { b.submits("addresses-form") }},
	{name: "cancel a change", url: cancelling},
	{name: "dead cancel", path: "/email-change/cancel?token=none"},
	{name: "security keyed", who: keyed, path: "/settings/security"},
	{name: "passkey new", who: fresh, path: "/settings/security/passkey"},
	{name: "passkey refused", who: fresh, path: "/settings/security/passkey", state: failsToMake},
	{name: "passkey", who: keyed, path: "/settings/security", state: func(b *tab) {
		b.leaves(func() {
			eval[any](b, `location.href = document.querySelector("#factors .row-acts a").href + "?lang=" + document.documentElement.lang`)
		})
	}},
	{name: "proof by passkey", who: keyed, path: "/settings/security", state: provesWrongly},
	{name: "second factor passkey", url: func(b *tab) string { return halfWay(b, keyed(b.t)) }},
	{name: "second factor code", url: func(b *tab) string { return halfWay(b, guarded(b.t)) }},
	{name: "authenticator", who: fresh, path: "/settings/security/authenticator"},
	{name: "authenticator begun", who: begun, path: "/settings/security/authenticator"},
	{name: "authenticator refused", who: begun, path: "/settings/security/authenticator", state: func(b *tab) { b.submits("confirm-form") }},
	{name: "backup codes", who: guarded, path: "/settings/security", state: func(b *tab) {
		b.leaves(func() { eval[any](b, `document.querySelector("#backup-codes form").requestSubmit()`) })
	}},
	{name: "phone", who: loner, path: "/settings/security/sms"},
	{name: "phone refused", who: loner, path: "/settings/security/sms", state: func(b *tab) { b.fills("phone", "twelve"); b.submits("number-form") }},
	{name: "phone begun", who: waits, path: "/settings/security/sms"},
	{name: "phone wrong", who: waits, path: "/settings/security/sms", state: func(b *tab) { b.submits("confirm-form") }},
	{name: "security texted", who: texted, path: "/settings/security"},
	{name: "backup code as a proof", who: outOfProof, path: "/reauthenticate"},
	{name: "second factor sent", who: halfway, path: "/sign-in/second-factor"},
	{name: "second factor early", who: halfway, path: "/sign-in/second-factor", state: func(b *tab) {
		b.leaves(func() { eval[any](b, `document.querySelector(".door-links button").click()`) })
	}},
	{name: "second factor choice", who: choosing, path: "/sign-in/second-factor?method=sms"},
	{name: "sessions", who: filled, path: "/settings/sessions"},
	{name: "sessions spread", who: spread, path: "/settings/sessions"},
	{name: "credentials", who: fresh, path: "/settings/credentials"},
	{name: "credentials held", who: keyHolder, path: "/settings/credentials"},
	{name: "token made", who: keyHolder, path: "/settings/credentials", state: func(b *tab) {
		b.leaves(func() { eval[any](b, `document.querySelector("#tokens .aside form").requestSubmit()`) })
	}},
	{name: "chatwoot", who: connected, path: "/settings/chatwoot"},
	{name: "chatwoot refused", who: connected, path: "/settings/chatwoot", state: func(b *tab) { b.submits("account-form") }},
	{name: "billing", who: connected, path: "/settings/billing"},
	{name: "found token", path: "/found-token"},
	{name: "found token revoked", path: "/found-token", state: func(b *tab) {
		b.fills("token", "npat_nobodys")
		b.leaves(func() { eval[any](b, `document.querySelector("form.form").requestSubmit()`) })
	}},
	{name: "token new", who: fresh, path: "/settings/credentials/tokens/new"},
	{name: "token refused", who: fresh, path: "/settings/credentials/tokens/new", state: func(b *tab) { b.submits("new-form") }},
	{name: "credentials connected", who: connected, path: "/settings/credentials"},
	{name: "client", who: connected, path: "/settings/credentials", state: opensFirst("clients")},
	{name: "client new", who: fresh, path: "/settings/credentials/clients/new"},
	{name: "client app", who: signing, path: "/settings/credentials", state: opensFirst("clients")},
	{name: "credentials app", who: signing, path: "/settings/credentials"},
	{name: "app allowed", url: allowing},
	{name: "app left", who: fresh, path: "/oauth2/logout"},
	{name: "client refused", who: fresh, path: "/settings/credentials/clients/new", state: func(b *tab) { b.submits("new-form") }},
	{name: "client made", who: fresh, path: "/settings/credentials/clients/new", state: func(b *tab) { b.fills("name", "Halden CRM"); b.submits("new-form") }},
	{name: "credentials hooked", who: hooked, path: "/settings/credentials"},
	{name: "webhook", who: hooked, path: "/settings/credentials", state: func(b *tab) {
		opensFirst("webhooks")(b)
		eval[any](b, `document.querySelector("#log details").open = true`)
	}},
	{name: "webhook new", who: fresh, path: "/settings/credentials/webhooks/new"},
	{name: "webhook refused", who: fresh, path: "/settings/credentials/webhooks/new", state: func(b *tab) { b.submits("new-form") }},
	{name: "digital employee refused", who: fresh, path: "/settings/digital-employees/new", state: func(b *tab) { b.submits("employee-form") }},
	{name: "digital employee", who: fresh, path: "/settings/digital-employees/new", state: func(b *tab) {
		language := eval[string](b, `document.documentElement.lang`)
		b.fills("name", "Volt")
		b.submits("employee-form")
		b.leaves(func() { eval[any](b, `location.search = "?lang=`+language+`"`) })
	}},
	{name: "channels", who: busy, path: "/settings/channels"},
	{name: "channels fresh", who: fresh, path: "/settings/channels"},
	{name: "channels refused", who: busy, path: "/settings/channels", state: func(b *tab) {
		b.fills("'capacity.chat'", "25")
		b.submits("channels-form")
	}},
	{name: "channels locked", who: locked, path: "/settings/channels"},
	{name: "coverage", who: busy, path: "/settings/channels/coverage"},
	{name: "coverage refused", who: fresh, path: "/settings/channels/coverage?from=soon"},
	{name: "taskrouter", who: busy, path: "/settings/channels/taskrouter"},
	{name: "focus", who: away, path: "/settings/channels"},
	{name: "notifications", who: told, path: "/settings/notifications"},
	{name: "notifications fresh", who: fresh, path: "/settings/notifications?kind=mention&at=2026-11-29T12:00"},
	{name: "notifications refused", who: told, path: "/settings/notifications", state: func(b *tab) {
		b.fills("'from.monday'", "")
		b.submits("quiet-form")
	}},
	{name: "unsubscribe", url: ending},
	{name: "interaction", who: fresh, path: "/settings/interaction"},
	{name: "interaction agreed", who: consenting, path: "/settings/interaction"},
	{name: "interaction refused", who: fresh, path: "/settings/interaction", state: func(b *tab) {
		eval[any](b, `document.querySelector("#theme-form [name=theme]:checked").value = "sepia"`)
		b.submits("theme-form")
	}},
	{name: "configuration", who: consenting, path: "/settings/configuration"},
	{name: "organization", who: describedOwner, path: "/settings/organization"},
	{name: "organization refused", who: describedOwner, path: "/settings/organization", state: func(b *tab) {
		b.fills("'address.postal_code'", "015")
		b.submits("address-form")
	}},
	{name: "organization logo crop", who: fresh, path: "/settings/organization", state: crops},
	{name: "organization logo stands", who: holding, path: "/settings/organization"},
	{name: "organization read", who: describedAgent, path: "/settings/organization"},
	{name: "organization fresh", who: fresh, path: "/settings/organization"},
	{name: "organization end", who: describedOwner, path: "/settings/organization", state: func(b *tab) {
		b.leaves(func() {
			eval[any](b, `location.href = document.querySelector("#delete a").href + "?lang=" + document.documentElement.lang`)
		})
	}},
	{name: "organization menu", who: filled, path: "/settings/profile", state: func(b *tab) { eval[any](b, `document.getElementById("org-menu").showPopover()`) }},
	{name: "organizations", who: describedAgent, path: "/settings/organizations"},
	{name: "members", who: describedOwner, path: "/settings/members"},
	{name: "members found nobody", who: describedOwner, path: "/settings/members?q=nobody"},
	{name: "members read", who: describedAgent, path: "/settings/members"},
	{name: "member", who: describedOwner, path: "/settings/members", state: opens("Mei Tanaka")},
	{name: "member held", who: holding, path: "/settings/members", state: opens("Mei Tanaka")},
	{name: "member read", who: describedAgent, path: "/settings/members", state: opens("Nora Lindqvist")},
	{name: "profile on request", who: asking, path: "/settings/profile"},
	{name: "request", who: asking, path: "/settings/profile/request/phone"},
	{name: "request refused", who: asking, path: "/settings/profile/request/phone", state: func(b *tab) { b.fills("value", "twelve"); b.submits("ask-form") }},
	{name: "request declined", who: refusedPerson, path: "/settings/profile/request/phone"},
	{name: "request of an address", who: agreedPerson, path: "/settings/profile/request/email"},
	{name: "security agreed", who: agreedPerson, path: "/settings/security"},
	{name: "requests", who: decider, path: "/settings/members/requests"},
	{name: "requests none", who: fresh, path: "/settings/members/requests"},
	{name: "requests refused", who: decider, path: "/settings/members/requests", state: func(b *tab) {
		b.leaves(func() { eval[any](b, `document.querySelector(".unfold form").requestSubmit()`) })
	}},
	{name: "members asked", who: decider, path: "/settings/members"},
	{name: "policy", who: fresh, path: "/settings/policy"},
	{name: "policy changed", who: ruled, path: "/settings/policy"},
	{name: "policy of a role", who: ruled, path: "/settings/policy?role=agent"},
	{name: "policy tried", who: ruled, path: "/settings/policy", state: tries("signing", "mfa.grace_days", "0")},
	{name: "preset tried", who: ruled, path: "/settings/policy", state: tries("preset", "preset", "enterprise-sso")},
	{name: "sign-in provider", who: fresh, path: "/settings/sign-in-provider"},
	{name: "sign-in provider refused", who: fresh, path: "/settings/sign-in-provider", state: func(b *tab) { b.fills("domain", "here"); b.submits("add-domain-form") }},
	{name: "sign-in provider domains", who: domains, path: "/settings/sign-in-provider"},
	{name: "sign-in provider connected", who: provided, path: "/settings/sign-in-provider"},
	{name: "provisioning", who: fresh, path: "/settings/provisioning"},
	{name: "provisioning token", who: fresh, path: "/settings/provisioning", state: func(b *tab) { b.fills("name", "Okta"); b.submits("new-token-form") }},
	{name: "provisioning in use", who: provisioned, path: "/settings/provisioning"},
	{name: "sign-in provider tested", who: provided, path: "/settings/sign-in-provider", state: func(b *tab) { b.submits("test-form") }},
	{name: "sign-in provider by SAML", who: fresh, path: "/settings/sign-in-provider?type=saml"},
	{name: "sign-in provider by SAML connected", who: providedBySAML, path: "/settings/sign-in-provider", state: func(b *tab) { b.submits("test-form") }},
	{name: "sign-in at a provider", path: "/sign-in/provider"},
	{name: "factor asked", who: asked, path: "/settings/profile"},
	{name: "factor required", who: barred, path: "/settings/security"},
	{name: "invitations empty", who: fresh, path: "/settings/members/invitations"},
	{name: "invitations", who: inviting, path: "/settings/members/invitations"},
	{name: "invitations refused", who: inviting, path: "/settings/members/invitations", state: func(b *tab) {
		b.fills("people", "jonas.weber@halden\ningrid.solberg@halden.example, king")
		b.submits("invite-form")
	}},
	{name: "invitation", url: invitedNew},
	{name: "invitation refused", url: invitedNew, state: func(b *tab) {
		b.fills("password", "short")
		b.leaves(func() { eval[any](b, `document.querySelector("main form").requestSubmit()`) })
	}},
	{name: "invitation known", url: invitedKnown},
	{name: "invitation of another", who: fresh, url: invitedNew},
	{name: "dead invitation", path: "/invitations/accept?token=none"},
	{name: "audit", who: inviting, path: "/settings/audit", state: opensEntries},
	{name: "audit verified", who: inviting, path: "/settings/audit?verify=now"},
	{name: "audit nothing", who: inviting, path: "/settings/audit?who=nobody"},
	{name: "forgotten", path: "/forgot-password"},
	{name: "dead reset", path: "/reset-password?token=none"},
	{name: "card fresh", who: fresh, path: "/c/{user}"},
	{name: "card filled", who: filled, path: "/c/{user}"},
	{name: "card long", who: long, path: "/c/{user}"},
	{name: "no card", path: "/c/usr_01jzzzzzzzfzzs0000000000aa"},
	{name: "components", path: "/dev/components"},
	{name: "403", url: crossSite, state: func(b *tab) { b.leaves(func() { eval[any](b, `document.forms[0].submit()`) }) }},
	{name: "404", path: "/nowhere"},
	{name: "404 signed in", who: filled, path: "/nowhere"},
	{name: "405", path: "/sign-out"},
	{name: "421", url: func(b *tab) string {
		return strings.Replace(b.server.URL, "localhost", "elsewhere.localhost", 1) + "/sign-in"
	}},
	{name: "guide", path: "/help"},
	{name: "guide page", path: "/help/embed"},
	{name: "API reference", path: "/docs/api"},
}

// visitor opens a browser for whoever looks at a view, and says where it is.
func (v view) visitor(t testing.TB) (b *tab, url string) {
	t.Helper()
	b, path := stranger(t, common), v.path
	if v.who != nil {
		p := v.who(t)
		b, path = as(t, p), strings.ReplaceAll(path, "{user}", p.ID)
	}
	if v.url != nil {
		return b, v.url(b)
	}
	return b, b.server.URL + path
}

// reach opens a view in a language.
func (v view) reach(b *tab, url, language string) {
	b.t.Helper()
	b.opens(in(url, language))
	if v.state != nil {
		eval[any](b, `document.querySelectorAll("form").forEach((f) => {
			const to = new URL(f.action);
			to.searchParams.set("lang", %s);
			f.action = to;
		})`, language)
		v.state(b)
	}
	if got := eval[string](b, `document.documentElement.lang`); got != language {
		b.t.Errorf("the page speaks %q, want %q", got, language)
	}
}

func in(url, language string) string {
	if strings.Contains(url, "?") {
		return url + "&lang=" + language
	}
	return url + "?lang=" + language
}

func fresh(t testing.TB) *person {
	t.Helper()
	return newcomer(t, "Mia Berg")
}

func filled(t testing.TB) *person {
	t.Helper()
	p := newcomer(t, "Leila Haddad")
	p.change(t, map[string]any{
		"first_name": "Leila", "last_name": "Haddad", "designation": "Customer care lead", "pronouns": "she/her", "phone": "+4722345678",
		"bio":       "I look after billing and meters.\nAsk me anything about your bill.",
		"time_zone": "Europe/Oslo", "visibility": map[string]string{"bio": "public", "phone": "public", "time_zone": "public", "email": "public"},
	})
	p.wear(t, redAndBlue(t))
	return p
}

// long has a name of 60 letters and no picture.
func long(t testing.TB) *person {
	t.Helper()
	p := newcomer(t, "Marjorie")
	p.change(t, map[string]any{
		"display_name": "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh Marjor",
		"designation":  "Senior Principal Customer Relationship and Communications Officer for Northern Europe", "pronouns": "they/them",
		"bio": strings.Repeat("Donaudampfschifffahrtsgesellschaft, and so on. ", 10), "visibility": map[string]string{"bio": "public"},
	})
	return p
}

// fills types into the field of that name, whatever it is called in the
// language of the page.
func (b *tab) fills(name, text string) {
	b.t.Helper()
	eval[any](b, `{
		const field = document.querySelector("[name=" + %s + "]");
		field.value = %s;
		field.dispatchEvent(new Event("input", {bubbles: true}));
	}`, name, text)
}

// sends fills in and sends a form at the door.
func (b *tab) sends(address, word string) {
	b.t.Helper()
	b.fills("email", address)
	b.fills("password", word)
	b.leaves(func() { eval[any](b, `document.querySelector("main form").requestSubmit()`) })
}

func (b *tab) submits(form string) {
	b.t.Helper()
	b.leaves(func() { eval[any](b, `document.getElementById(%s).requestSubmit()`, form) })
}

// crops chooses a picture and waits until it can be cropped.
func crops(b *tab) {
	b.t.Helper()
	found, err := b.all("button", eval[string](b, `document.querySelector("[data-choose-first] button").innerText`))
	b.must(err)
	b.picks(word(found[0].node.Name), redAndBlue(b.t))
	b.eventually("a picture to crop", func() error {
		if !eval[bool](b, `document.querySelector("[data-area] img") !== null`) {
			return fmt.Errorf("it is not there")
		}
		return nil
	})
}

// linkElsewhere is the link of a sign-up that began in another browser.
func linkElsewhere(b *tab) string {
	b.t.Helper()
	address := arrival()
	p := &person{Server: b.server, client: &http.Client{Timeout: patience}}
	b.must(p.call(http.MethodPost, "/v1/signup", map[string]string{"email": address, "password": password}, nil))
	text, err := b.server.mail(address)
	b.must(err)
	return b.server.URL + verifyLink.FindString(text)
}

// crossSite is another site with a form that posts to ours.
func crossSite(b *tab) string {
	b.t.Helper()
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, `<!DOCTYPE html><html lang="%s"><link rel="icon" href="data:,"><title>Elsewhere</title><form method="post" action="%s/sign-in"></form>`,
			r.URL.Query().Get("lang"), b.server.URL)
	}))
	b.t.Cleanup(site.Close)
	return site.URL
}
