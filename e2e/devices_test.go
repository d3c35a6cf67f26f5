package e2e

import (
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"nameplate/internal/platform/geo/geotest"
)

const (
	firefox = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
	iPhone  = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
)

// atlas writes a file of places in which this machine is somewhere.
func atlas(folder string) (path string, err error) {
	here := geotest.Berlin
	here.Network = geotest.Loopback
	path = filepath.Join(folder, "places.mmdb")
	return path, os.WriteFile(path, geotest.File("Test-City", 1, here), 0o600)
}

// elsewhere signs the person in by another browser, which says what it is.
func (p *person) elsewhere(t testing.TB, agent string) *http.Client {
	t.Helper()
	jar, _ := cookiejar.New(nil)
	client := &http.Client{Jar: jar, Timeout: patience}
	r, err := http.NewRequest(http.MethodPost, p.Server.URL+"/v1/session", strings.NewReader(`{"email":"`+p.Email+`","password":"`+password+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", agent)
	if _, err := read(client.Do(r)); err != nil {
		t.Fatal(err)
	}
	return client
}

// spread is signed in on three devices.
func spread(t testing.TB) *person {
	t.Helper()
	p := filled(t)
	p.elsewhere(t, firefox)
	p.elsewhere(t, iPhone)
	return p
}

func TestALostDeviceIsCutOffAndThisOneStays(t *testing.T) {
	t.Parallel()
	p := newcomer(t, "Leila Haddad")
	lost := p.elsewhere(t, firefox)
	b := as(t, p)
	b.open("/settings/sessions")
	b.sees("Firefox on Windows")
	b.sees("near Berlin, Germany")
	b.leaves(b.the("button", cutOff).click)
	b.sees(cutOffDone)
	b.no("button", en("sessions.end")+" Firefox on Windows")
	answer, err := lost.Get(p.Server.URL + "/v1/me")
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusUnauthorized {
		t.Errorf("the lost device gets %s", answer.Status)
	}
	b.open("/settings/profile")
	b.the("heading", profileTitle)
}

func TestASignInFromANewBrowserIsInTheMailAndTheSecondOneIsNot(t *testing.T) {
	t.Parallel()
	p := newcomer(t, "Mia Berg")
	b := stranger(t, common)
	b.signsIn(p.Email, password)
	b.the("heading", profileTitle)
	text, err := common.mail(p.Email)
	b.must(err)
	for _, want := range []string{en("signin.mail_new_lead"), "Headless Chrome on Linux", "127.0.0.1, near Berlin, Germany", "/revert?token="} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}

	b.the("button", en("ui.your_menu_of", "Name", p.Name)).click()
	b.leaves(b.the("button", signOut).click)
	b.signsIn(p.Email, password)
	b.the("heading", profileTitle)
	if again, err := common.mail(p.Email); err != nil || again != text {
		t.Errorf("there is another mail: %s, %v", again, err)
	}
}
