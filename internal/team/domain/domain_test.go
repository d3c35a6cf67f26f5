package domain_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/dns/dnstest"
)

type fields map[string]any

// world is two organizations with an owner each, and a name server.
type world struct {
	*apptest.Server
	dns          *dnstest.Server
	ours, theirs string
	owner, rival apptest.Somebody
	agent        apptest.Somebody
}

func each(t *testing.T, fn func(t *testing.T, w world)) {
	t.Helper()
	names := dnstest.New(t)
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		w := world{Server: s, dns: names, ours: s.Organization("Ours"), theirs: s.Organization("Theirs")}
		w.owner = s.Member("owner@ours.test", w.ours, identity.Owner)
		w.agent = s.Member("agent@ours.test", w.ours, identity.Agent)
		w.rival = s.Member("owner@theirs.test", w.theirs, identity.Owner)
		fn(t, w)
	}, apptest.Asking(names.Addr))
}

// domain is one as the API shows it.
type domain struct {
	Domain, State string
	Record        struct{ Type, Name, Value string }
}

func at(org string) string { return "/v1/orgs/" + org + "/domains" }

// name adds a domain that is its own for each test and database.
func (w world) name(t *testing.T, by apptest.Somebody, org, name string) (d domain) {
	t.Helper()
	by.JSON(http.MethodPost, at(org), fields{"domain": name}).Want(201).To(&d)
	return d
}

func verify(by apptest.Somebody, org, name string) apptest.Answer {
	return by.JSON(http.MethodPost, at(org)+"/"+name+"/verify", "")
}

// own is a domain that no other test names.
func own(t *testing.T) string {
	return strings.ToLower(strings.NewReplacer("/", "-", "_", "-").Replace(t.Name()[len(t.Name())-24:])) + ".test"
}

func (w world) owns(t *testing.T, address string) string {
	t.Helper()
	id, err := w.Domains.Owner(t.Context(), w.DB, address)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestADomainIsProvedByItsRecordAndNoSooner(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		name := own(t)
		d := w.name(t, w.owner, w.ours, " "+strings.ToUpper(name)+". ")
		if d.Domain != name || d.State != "pending" || d.Record.Type != "TXT" || !strings.HasSuffix(d.Record.Name, "."+name) || len(d.Record.Value) < 40 {
			t.Fatalf("%+v", d)
		}
		if again := w.name(t, w.owner, w.ours, name); again.Record.Value != d.Record.Value {
			t.Error("another record for the same domain")
		}
		verify(w.owner, w.ours, name).Refused(409, "not_proved")
		w.dns.Text(d.Record.Name, "v=spf1", d.Record.Value+"x")
		verify(w.owner, w.ours, name).Refused(409, "not_proved")
		w.dns.Text(name, d.Record.Value)
		verify(w.owner, w.ours, name).Refused(409, "not_proved")
		if w.owns(t, "a@"+name) != "" {
			t.Error("owned without a proof")
		}
		w.dns.Text(d.Record.Name, "v=spf1", d.Record.Value)
		verify(w.owner, w.ours, name).Want(200).To(&d)
		if d.State != "verified" || w.owns(t, "A@"+strings.ToUpper(name)) != w.ours || w.owns(t, "a@mail."+name) != "" {
			t.Errorf("%+v", d)
		}
		verify(w.owner, w.ours, name).Want(200)
		w.owner.Delete(at(w.ours) + "/" + name).Want(204)
		if w.owns(t, "a@"+name) != "" {
			t.Error("still owned")
		}
		verify(w.owner, w.ours, name).Refused(404, "no_such_domain")
	})
}

func TestOneOrganizationHasProvedADomain(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		name := own(t)
		d, e := w.name(t, w.owner, w.ours, name), w.name(t, w.rival, w.theirs, name)
		if d.Record.Value == e.Record.Value {
			t.Fatal("one record for two")
		}
		verify(w.owner, w.ours, name).Want(409)
		w.dns.Text(d.Record.Name, d.Record.Value, e.Record.Value)
		verify(w.owner, w.ours, name).Want(200)
		verify(w.rival, w.theirs, name).Refused(409, "domain_taken")
		if w.owns(t, "a@"+name) != w.ours {
			t.Error("taken away")
		}
		w.dns.Text(d.Record.Name, e.Record.Value) // the domain was sold
		verify(w.rival, w.theirs, name).Want(200)
		if w.owns(t, "a@"+name) != w.theirs {
			t.Error("not handed over")
		}
	})
}

func TestOfManyWhoProveADomainAtOnceOneDoes(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		name := own(t)
		d, e := w.name(t, w.owner, w.ours, name), w.name(t, w.rival, w.theirs, name)
		w.dns.Text(d.Record.Name, d.Record.Value, e.Record.Value)
		done := make(chan int, 8)
		for i := range 8 {
			by, org := w.owner, w.ours
			if i%2 == 1 {
				by, org = w.rival, w.theirs
			}
			b := by.Copy()
			go func() {
				a, err := b.Try(b.Request(http.MethodPost, at(org)+"/"+name+"/verify", "", nil))
				if err != nil || a.Status != 200 && a.Status != 409 {
					t.Errorf("%d, %v", a.Status, err)
				}
				done <- a.Status
			}()
		}
		for range 8 {
			<-done
		}
		if w.owns(t, "a@"+name) == "" {
			t.Error("nobody's")
		}
	})
}

func TestAProofEndsAWeekAfterItsRecord(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		name := own(t)
		d := w.name(t, w.owner, w.ours, name)
		w.dns.Text(d.Record.Name, d.Record.Value)
		verify(w.owner, w.ours, name).Want(200)
		pass := func(days int, want string) {
			t.Helper()
			w.Clock.Advance(time.Duration(days) * 24 * time.Hour)
			if err := w.Domains.Recheck(t.Context()); err != nil {
				t.Fatal(err)
			}
			b := w.Enter(w.owner.ID, "full")
			var list struct{ Items []domain }
			b.Get(at(w.ours)).Want(200).To(&list)
			if list.Items[0].State != want {
				t.Errorf("%s, want %s", list.Items[0].State, want)
			}
		}
		told := func(want int, subject string) {
			t.Helper()
			var got []string
			for _, m := range w.Letters("owner@ours.test") {
				if m.Kind == "domain.missing" {
					got = append(got, m.Subject)
				}
			}
			if len(got) != want || want > 0 && !strings.Contains(got[0], subject) || len(w.Letters("agent@ours.test")) > 0 {
				t.Errorf("%v, want %d and %q", got, want, subject)
			}
		}
		pass(1, "verified")
		told(0, "")
		w.dns.Text(d.Record.Name)
		pass(1, "missing")
		told(1, "is gone")
		if w.owns(t, "a@"+name) != w.ours {
			t.Error("not owned in the week of grace")
		}
		pass(6, "missing")
		told(1, "is gone")
		w.dns.Text(d.Record.Name, d.Record.Value)
		pass(1, "verified")
		w.dns.Text(d.Record.Name)
		pass(1, "missing")
		pass(7, "pending")
		told(3, "no longer proved")
		if w.owns(t, "a@"+name) != "" {
			t.Error("still owned")
		}
	})
}

func TestASilentResolverChangesNothing(t *testing.T) {
	names := dnstest.New(t)
	s := apptest.OnSQLite(t, apptest.Asking(names.Addr))
	w := world{Server: s, dns: names, ours: s.Organization("Ours")}
	w.owner = s.Member("owner@ours.test", w.ours, identity.Owner)
	d := w.name(t, w.owner, w.ours, "ours.test")
	w.dns.Text(d.Record.Name, d.Record.Value)
	verify(w.owner, w.ours, "ours.test").Want(200)
	w.dns.Fail(true)
	for range 20 {
		s.Clock.Advance(25 * time.Hour)
		if err := s.Domains.Recheck(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if w.owns(t, "a@ours.test") != w.ours {
		t.Error("lost by a silent resolver")
	}
}

func TestWhatIsNoDomainIsRefused(t *testing.T) {
	s := apptest.OnSQLite(t)
	org := s.Organization("Ours")
	owner := s.Member("owner@ours.test", org, identity.Owner)
	for _, name := range []string{"", "x", "localhost", "127.0.0.1", "[::1]", "a@ours.test", "https://ours.test", "-a.test", "a..test", "a b.test", "*.test", "a_b.test", strings.Repeat("a.", 140) + "test", "ours.test/x"} {
		owner.JSON(http.MethodPost, at(org), fields{"domain": name}).Refused(422, "validation_failed", "domain")
	}
	var d domain
	owner.JSON(http.MethodPost, at(org), fields{"domain": "bücher.test"}).Want(201).To(&d)
	if d.Domain != "xn--bcher-kva.test" {
		t.Errorf("%+v", d)
	}
}

func TestAnOrganizationNamesFiftyDomains(t *testing.T) {
	s := apptest.OnSQLite(t)
	org := s.Organization("Ours")
	owner := s.Member("owner@ours.test", org, identity.Owner)
	for i := range 50 {
		owner.JSON(http.MethodPost, at(org), fields{"domain": strings.Repeat("a", i+1) + ".test"}).Want(201)
	}
	owner.JSON(http.MethodPost, at(org), fields{"domain": "one-more.test"}).Refused(409, "too_many_domains")
	owner.JSON(http.MethodPost, at(org), fields{"domain": "a.test"}).Want(201)
}

func TestDomainsAreForThoseWhoEditThePolicyOfThatOrganization(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		w.agent.Get(at(w.ours)).Refused(403, "forbidden")
		w.rival.Get(at(w.ours)).Refused(404, "not_found")
		w.rival.JSON(http.MethodPost, at(w.ours), fields{"domain": "a.test"}).Refused(404, "not_found")
		w.name(t, w.owner, w.ours, "ours.test")
		verify(w.rival, w.theirs, "ours.test").Refused(404, "no_such_domain")
		w.rival.Delete(at(w.theirs)+"/ours.test").Refused(404, "no_such_domain")
		w.Clock.Advance(11 * time.Minute)
		w.owner.JSON(http.MethodPost, at(w.ours), fields{"domain": "b.test"}).Refused(403, "reauthentication_required")
	})
}

func TestThePageNamesProvesAndRemovesADomain(t *testing.T) {
	names := dnstest.New(t)
	s := apptest.OnSQLite(t, apptest.Asking(names.Addr))
	org := s.Organization("Ours")
	owner := s.Member("owner@ours.test", org, identity.Owner)
	const page = "/settings/sign-in-provider"
	owner.Get(page).Want(200).Contains("No domain yet.")
	owner.Form(page+"/domains", "domain", "no domain").Want(422).Contains(`value="no domain"`)
	owner.Form(page+"/domains", "domain", "Ours.test").Want(303)
	owner.Get(page).Want(200).Contains("_nameplate.ours.test").Contains("Not proved yet")
	owner.Form(page + "/domains/ours.test/verify").Want(422).Contains("The record isn&#39;t there yet.")
	var list struct{ Items []domain }
	owner.Get(at(org)).To(&list)
	names.Text(list.Items[0].Record.Name, list.Items[0].Record.Value)
	owner.Form(page + "/domains/ours.test/verify").Want(303)
	owner.Get(page).Want(200).Contains("The domain is yours.").Contains("Proved")
	owner.Form(page + "/domains/ours.test/remove").Want(303)
	owner.Get(page).Want(200).Contains("No domain yet.")
}
