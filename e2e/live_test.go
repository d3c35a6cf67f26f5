package e2e

import (
	"database/sql"
	"strings"
	"testing"

	"nameplate/internal/platform/db/dbtest"
	"nameplate/internal/platform/secret"
)

// within is the most milliseconds from the answer to a save until a card that
// is open elsewhere shows it.
const within = 1000

func TestASavedProfileIsOnAnOpenCardWithinASecond(t *testing.T) {
	t.Run("on SQLite", func(t *testing.T) { mainJob(t) })
	t.Run("on PostgreSQL", func(t *testing.T) {
		database := dbtest.PostgresURL(t)
		mainJob(t, "NAMEPLATE_DATABASE="+database, "NAMEPLATE_KEY="+secret.GenerateKey().Reveal())
		if n := peopleIn(t, database); n != 1 {
			t.Errorf("PostgreSQL holds %d people, want the one who signed up", n)
		}
	})
}

// mainJob is what the product is for, from nothing: sign up, edit the profile,
// and the card that a customer has open changes.
func mainJob(t *testing.T, settings ...string) {
	s, err := start(t.TempDir(), settings...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	})
	agent := stranger(t, s)
	agent.open("/")
	agent.the("link", toSignUp).click()
	agent.the("textbox", signUpMail).types("leila@halden.example")
	agent.the("textbox", signUpName).types("Leila")
	agent.the("textbox", signUpOrg).types("Halden Energy")
	agent.the("textbox", signUpWord).types(password)
	agent.leaves(agent.the("button", createAccount).click)
	agent.the("heading", profileTitle)

	customer := stranger(t, s)
	customer.open(strings.TrimPrefix(eval[string](agent, `document.querySelector("a[href^='/c/']").getAttribute("href")`), s.URL))
	customer.the("article", cardOf("Leila"))

	agent.the("textbox", designation).types("Customer care lead")
	agent.the("textbox", displayName).types("Leila Haddad")
	eval[any](customer, `{
		window.changed = new Promise((done) => new MutationObserver(() => {
			if (document.querySelector("main").innerText.includes("Customer care lead")) done(Date.now());
		}).observe(document.body, {subtree: true, childList: true, characterData: true})); 0
	}`)
	if strings.Contains(agent.text(), updated) {
		t.Error("the page says that the profile was updated before anything was sent")
	}
	agent.leaves(agent.the("button", saveAbout).click)
	agent.sees(updated)

	shown := eval[float64](customer, `changed`)
	took := shown - agent.redirected("/settings/profile/about")
	t.Logf("the card changed %.0f ms after the answer to the save", took)
	if took > within {
		t.Errorf("the card changed %.0f ms after the answer, want at most %d", took, within)
	}
	customer.sees("Leila Haddad", "Customer care lead", "Halden Energy")
	customer.the("article", cardOf("Leila Haddad"))
}

// redirected returns when the answer to the form at path arrived, in
// milliseconds since 1970.
func (b *tab) redirected(path string) float64 {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.asked {
		if e.RedirectResponse != nil && e.RedirectResponse.URL == b.server.URL+path {
			return float64(e.WallTime) * 1000
		}
	}
	b.t.Fatal("no answer to a form at " + path)
	return 0
}

// peopleIn counts the accounts in a database.
func peopleIn(t *testing.T, database string) (n int) {
	t.Helper()
	d, err := sql.Open("pgx", database)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.QueryRow(`SELECT count(*) FROM users`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
