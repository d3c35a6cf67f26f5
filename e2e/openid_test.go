package e2e

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"nameplate/examples/chat/chat"
)

// newApp makes an app of the person's organization.
func (p *person) newApp(t testing.TB, base string) (id, secret string) {
	t.Helper()
	var made struct {
		ClientID string `json:"client_id"`
		Secrets  []struct{ Secret string }
	}
	at := p.home(t) + "/clients"
	p.must(t, http.MethodPost, at, map[string]any{"name": "Example Chat", "redirect_uris": []string{base + "/callback"}}, &made)
	p.must(t, http.MethodPut, at+"/"+made.ClientID+"/sign-in", map[string]any{
		"redirect_uris": []string{base + "/callback"}, "post_logout_redirect_uris": []string{base + "/"},
	}, nil)
	return made.ClientID, made.Secrets[0].Secret
}

// platform is the example chat, as an app of the person's organization.
func platform(t testing.TB, p *person) string {
	t.Helper()
	site := httptest.NewUnstartedServer(nil)
	base := "http://" + site.Listener.Addr().String()
	id, secret := p.newApp(t, base)
	handler, err := chat.App{Issuer: p.Server.URL, ClientID: id, ClientSecret: secret, URL: base}.Handler(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	site.Config.Handler = handler
	site.Start()
	t.Cleanup(site.Close)
	return base
}

// signing owns an organization with an app, and has signed in there.
func signing(t testing.TB) *person {
	t.Helper()
	p := newcomer(t, "Leila Haddad")
	base := platform(t, p)
	b := as(t, p)
	b.opens(base + "/sign-in")
	b.leaves(b.the("button", "Go on to Example Chat").click)
	b.sees("Signed in as")
	return p
}

// allowing stands on the page that asks whether an app may know who one is.
func allowing(b *tab) string {
	b.t.Helper()
	p := newcomer(b.t, "Leila Haddad")
	b.becomes(p)
	id, _ := p.newApp(b.t, "http://127.0.0.1:9")
	return b.server.URL + "/oauth2/authorize?" + url.Values{
		"client_id": {id}, "redirect_uri": {"http://127.0.0.1:9/callback"}, "response_type": {"code"}, "scope": {"openid profile email phone offline_access"},
		"code_challenge": {strings.Repeat("a", 42) + "A"}, "code_challenge_method": {"S256"},
	}.Encode()
}

func TestAnAgentSignsInAtTheExampleChat(t *testing.T) {
	t.Parallel()
	p := newcomer(t, "Mia Berg")
	base := platform(t, p)
	b := stranger(t, p.Server)
	b.opens(base)
	b.leaves(b.the("link", "Sign in").click)
	b.the("textbox", signInMail).types(p.Email)
	b.the("textbox", signInWord).types(password)
	b.leaves(b.the("button", signIn).click)
	b.the("heading", "Sign in at Example Chat")
	b.sees(p.Email, "your name, picture")
	b.leaves(b.the("button", "Go on to Example Chat").click)
	b.sees("Signed in as Mia Berg")
	b.the("article", cardOf("Mia Berg"))
	p.change(t, map[string]any{"designation": "Night shift"})
	b.eventually("the card follows", func() error {
		_, err := b.all("article", cardOf("Mia Berg"))
		return err
	})

	b.leaves(b.the("button", "Sign out").click)
	b.the("link", "Sign in")
	b.open("/settings/credentials")
	b.the("heading", signInTitle) // it is out here, too

	// The second time nothing is asked, and a form of ours leads to the app.
	b.opens(base + "/sign-in")
	b.the("textbox", signInMail).types(p.Email)
	b.the("textbox", signInWord).types(password)
	b.leaves(b.the("button", signIn).click)
	b.sees("Signed in as Mia Berg")
	b.open("/settings/credentials#apps")
	b.leaves(b.the("button", "Disconnect Example Chat").click)
	b.sees("The app is disconnected.")
}
