package e2e

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// firm is an organization with somebody in some roles.
type firm struct {
	id                  string
	owner, admin, agent *person
	crowd               []*person
}

// halden makes an organization with people in it, as the operator does.
func halden(t testing.TB) firm {
	t.Helper()
	h := firm{owner: newcomer(t, "Nora Lindqvist")}
	var all struct{ Items []struct{ ID string } }
	h.owner.must(t, http.MethodGet, "/v1/orgs", nil, &all)
	h.id = all.Items[0].ID
	h.owner.must(t, http.MethodPatch, "/v1/orgs/"+h.id, map[string]any{"name": "Halden Energy"}, nil)
	h.admin, h.agent = h.joined(t, "Leila Haddad", "admin"), h.joined(t, "Mei Tanaka", "agent")
	return h
}

// joined adds somebody by the command line and signs them in.
func (h *firm) joined(t testing.TB, name, role string) *person {
	t.Helper()
	jar, _ := cookiejar.New(nil)
	p := &person{
		Server: h.owner.Server, Email: fmt.Sprintf("person%d@halden.example", people.Add(1)), Name: name, client: &http.Client{Jar: jar, Timeout: patience},
	}
	create := exec.Command(program, "user", "create", "--email", p.Email, "--org", h.id, "--role", role, "--password-stdin")
	create.Env, create.Stdin = p.Server.settings, strings.NewReader(password)
	if out, err := create.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	p.must(t, http.MethodPost, "/v1/session", map[string]string{"email": p.Email, "password": password}, nil)
	p.change(t, map[string]any{"display_name": name})
	var me struct{ ID string }
	p.must(t, http.MethodGet, "/v1/me", nil, &me)
	p.ID = me.ID
	h.crowd = append(h.crowd, p)
	return p
}

// must calls the API and ends the test if that fails.
func (p *person) must(t testing.TB, method, path string, body, answer any) {
	t.Helper()
	if err := p.call(method, path, body, answer); err != nil {
		t.Fatal(err)
	}
}

// described is a firm whose organization tells everything.
func described(t testing.TB) firm {
	t.Helper()
	h := halden(t)
	h.owner.must(t, http.MethodPatch, "/v1/orgs/"+h.id, map[string]any{
		"email": "hello@halden.example", "phone": "+4722345600", "website": "https://halden.example", "time_zone": "Europe/Oslo",
		"address":     map[string]string{"line1": "Tollbugata 14", "postal_code": "0152", "city": "Oslo", "country": "NO"},
		"billing":     map[string]any{"name": "Halden Energy AS", "email": "invoice@halden.example", "tax_id": "918 273 645 MVA", "address": map[string]string{"country": "NO"}},
		"role_labels": map[string]string{"owner": "Account holder"},
	}, nil)
	h.agent.change(t, map[string]any{
		"first_name": "Mei", "last_name": "Tanaka", "pronouns": "she/they", "designation": "Customer Care, Meters", "time_zone": "Europe/Oslo",
		"bio": "Meters, moving home, and what the letters on the invoice mean.", "visibility": map[string]string{"bio": "public", "time_zone": "public"},
	})
	h.owner.uploads(t, "/v1/orgs/"+h.id+"/logo", sunrise(t))
	h.joined(t, "Tomás Ferreira da Silva e Albuquerque", "supervisor")
	h.joined(t, "Maximiliane-Friederike von Donnersmarck-Hohenlohe-Bartenst", "billing")
	return h
}

// holding is an organization that has phones in its hands, shows its logo for
// those who have no picture, and would have addresses if it had a domain.
func holding(t testing.TB) *person {
	t.Helper()
	h := described(t)
	h.owner.rule(t, map[string]any{"phone_change": "readonly", "email_change": "readonly"})
	h.owner.must(t, http.MethodPatch, "/v1/orgs/"+h.id, map[string]any{"logo_for_members": true}, nil)
	return h.owner
}

// sunrise is a PNG that can be told from a face: a light disc over a dark field.
func sunrise(t testing.TB) string {
	t.Helper()
	const side = 400
	m := image.NewRGBA(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			c := color.RGBA{236, 244, 241, 255}
			if dx, dy := x-side/2, y-side*3/5; y > side*3/5 {
				c = color.RGBA{14, 92, 96, 255}
			} else if dx*dx+dy*dy < 110*110 {
				c = color.RGBA{240, 150, 40, 255}
			}
			m.Set(x, y, c)
		}
	}
	path := filepath.Join(t.TempDir(), "sunrise.png")
	f, err := os.Create(path)
	if err == nil {
		err = errors.Join(png.Encode(f, m), f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func describedOwner(t testing.TB) *person { return described(t).owner }
func describedAgent(t testing.TB) *person { return described(t).agent }

// switcher is the name of the button that opens the menu of organizations.
func switcher(organization, role string) string {
	return organization + " " + en("app.you_are", "Role", en(role)) + " " + en("ui.org_switch")
}

// opens leads from the list of members to one of them.
func opens(name string) func(*tab) {
	return func(b *tab) {
		b.leaves(func() {
			eval[any](b, `location.href = [...document.querySelectorAll("main tr")].find((r) => r.textContent.includes(%s)).querySelector("td a").href +
				"?lang=" + document.documentElement.lang`, name)
		})
	}
}

func TestAnAdminFindsSomebodyAndGivesThemAnotherRole(t *testing.T) {
	t.Parallel()
	h := halden(t)
	b := as(t, h.admin)
	b.open("/settings/profile")
	b.leaves(b.the("link", en("app.nav_members")).click)
	b.the("searchbox", en("member.name_or_email")).types("tanaka")
	b.leaves(b.the("button", en("member.find")).click)
	b.leaves(b.the("link", en("member.open")+" Mei Tanaka").click)
	b.the("heading", "Mei Tanaka")
	b.the("radio", en("app.role_supervisor")+" "+en("app.may_supervisor")).click()
	b.leaves(b.the("button", en("member.change_role")).click)
	b.sees(en("member.said_role"))
	text, err := common.mail(h.agent.Email)
	b.must(err)
	if !strings.Contains(text, "Leila Haddad has changed your role at Halden Energy") {
		t.Errorf("the mail says %s", text)
	}
	b.leaves(b.the("button", en("member.sign_out")+" Mei Tanaka").click)
	b.sees(en("member.said_signed_out"))
	m := as(t, h.agent)
	m.open("/settings/profile")
	m.the("heading", signInTitle)
}

func TestALogoStandsForMembersOnOpenCards(t *testing.T) {
	t.Parallel()
	h := halden(t)
	card := stranger(t, h.agent.Server)
	card.open("/c/" + h.agent.ID)
	b := as(t, h.admin)
	b.open("/settings/organization")
	b.picks(en("ui.crop_logo_choose"), sunrise(t))
	b.sees("sunrise.png", en("ui.crop_details"))
	b.leaves(b.the("button", en("ui.crop_logo_update")).click)
	b.sees(en("organization.said_logo"))
	if kind := h.agent.avatarKind(t); kind != "initials" {
		t.Errorf("before the choice the card shows %s", kind)
	}
	b.the("radio", en("organization.stands_logo")+" "+en("organization.stands_logo_note")).click()
	b.leaves(b.the("button", en("organization.save_stands")).click)
	b.sees(en("organization.saved"))
	if kind := h.agent.avatarKind(t); kind != "organization" {
		t.Errorf("the card shows %s", kind)
	}
	card.eventually("the logo on the open card", func() error {
		if !eval[bool](card, `document.querySelector("article img").src.endsWith(".webp")`) {
			return errors.New("it is not there")
		}
		return nil
	})
	b.leaves(b.the("button", en("ui.crop_logo_remove")).click)
	b.sees(en("organization.said_no_logo"))
	card.eventually("the initials on the open card", func() error {
		if !eval[bool](card, `document.querySelector("article img").src.endsWith(".svg")`) {
			return errors.New("they are not there")
		}
		return nil
	})
}

func TestAnAdminChangesAPhoneThatTheOrganizationHasInItsHands(t *testing.T) {
	t.Parallel()
	h := halden(t)
	b := as(t, h.admin)
	b.open("/settings/members/" + h.agent.ID)
	b.sees(en("member.why_held", "Name", "Mei Tanaka"))
	h.owner.rule(t, map[string]any{"phone_change": "readonly", "email_change": "readonly"})
	b.open("/settings/members/" + h.agent.ID)
	b.sees(en("member.why_domain", "Organization", "Halden Energy"))
	b.the("textbox", optional("member.phone")).types("+47 22 34 56 78")
	b.leaves(b.the("button", en("member.save_contact")).click)
	b.sees(en("member.said_contact"))
	text, err := common.mail(h.agent.Email)
	b.must(err)
	if !strings.Contains(text, "Leila Haddad of Halden Energy has changed the phone number") {
		t.Errorf("the mail says %s", text)
	}
}

func TestAnOwnerDescribesHandsOverAndTheOrganizationEnds(t *testing.T) {
	t.Parallel()
	h := halden(t)
	b := as(t, h.admin)
	b.open("/settings/organization")
	b.the("textbox", optional("organization.email")).types("office@halden.example")
	b.leaves(b.the("button", en("organization.save_details")).click)
	digits, err := common.code("office@halden.example")
	b.must(err)
	b.the("textbox", en("organization.code")).types(digits)
	b.leaves(b.the("button", en("organization.verify")).click)
	b.sees(en("organization.said_verified"))
	b.the("combobox", en("organization.country")).choose("Norway")
	b.the("textbox", optional("organization.postal_code")).types("015")
	b.leaves(b.the("button", en("organization.save_address")).click)
	b.sees("Postal codes in Norway look like 0152. Check this one.")
	b = as(t, h.owner)
	b.open("/settings/organization")
	b.the("textbox", en("organization.receiver")).types(h.agent.Email)
	b.leaves(b.the("button", en("organization.offer")).click)
	b.sees(en("organization.said_offered"))

	m := as(t, h.agent)
	m.open("/settings/organization")
	m.leaves(m.the("link", en("organization.offer_open")).click)
	m.leaves(m.the("button", en("organization.accept")).click)
	m.the("heading", en("organization.title"))
	m.leaves(m.the("link", en("organization.delete_open", "Organization", "Halden Energy")).click)
	m.the("textbox", en("organization.confirm")).types("Halden Energy")
	m.leaves(m.the("button", en("organization.delete_submit")).click)
	m.sees(en("organization.said_deleted"), en("organization.none"))
}

func TestSomebodySwitchesBetweenOrganizationsWithoutScripts(t *testing.T) {
	t.Parallel()
	h := halden(t)
	h.agent.must(t, http.MethodPost, "/v1/orgs", map[string]string{"name": "Tanaka Studio"}, nil)
	b := scriptless(t, common)
	b.signsIn(h.agent.Email, password)
	b.open("/settings/sessions")
	b.the("button", switcher("Halden Energy", "app.role_agent")).click()
	b.leaves(b.the("button", "Tanaka Studio "+en("app.role_owner")).click)
	b.the("heading", en("sessions.title"))
	b.the("button", switcher("Tanaka Studio", "app.role_owner"))
}
