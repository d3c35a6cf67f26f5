package invitation_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/platform/db"
	"nameplate/internal/team/invitation"
)

const (
	mia  = "mia@example.com"
	ownr = "owner@example.com"
)

type fields map[string]any

// office is an organization with somebody in it who may invite.
type office struct {
	*apptest.Server
	t    testing.TB
	org  string
	boss apptest.Somebody
}

func open(t testing.TB, s *apptest.Server, role identity.Role) *office {
	t.Helper()
	org := s.Organization("Halden Energy")
	return &office{s, t, org, s.Member(ownr, org, role)}
}

func (o *office) path() string { return "/v1/orgs/" + o.org + "/invitations" }

type invited struct {
	ID, Email, Role, State string
	ExpiresAt              time.Time `json:"expires_at"`
}

// invites invites an address and returns the token that the mail brings.
func (o *office) invites(address, role string) (inv invited, token string) {
	o.t.Helper()
	o.boss.JSON(http.MethodPost, o.path(), fields{"email": address, "role": role}).Want(201).To(&inv)
	return inv, o.token(address)
}

func (o *office) token(address string) string {
	o.t.Helper()
	return apptest.TokenIn(o.Letter(address))
}

func accept(b *apptest.Browser, token string) apptest.Answer {
	return b.JSON(http.MethodPost, "/v1/invitations/accept", fields{"token": token, "password": apptest.Password})
}

func join(b *apptest.Browser, token string) apptest.Answer {
	return b.JSON(http.MethodPost, "/v1/invitations/accept", fields{"token": token})
}

// states is what the list says of each invitation, the newest first.
func (o *office) states() (all []string) {
	o.t.Helper()
	var list struct{ Items []invited }
	o.boss.Get(o.path()).Want(200).To(&list)
	for _, i := range list.Items {
		all = append(all, i.Email+" "+i.Role+" "+i.State)
	}
	return all
}

func (o *office) stand(want ...string) {
	o.t.Helper()
	if got := o.states(); strings.Join(got, ", ") != strings.Join(want, ", ") {
		o.t.Errorf("the list is %q, want %q", got, want)
	}
}

// belongs is the role of whoever b is signed in as.
func (o *office) belongs(b *apptest.Browser) string {
	o.t.Helper()
	var me struct {
		Memberships []struct {
			Organization struct{ ID string }
			Role         string
		}
	}
	b.Get("/v1/me").Want(200).To(&me)
	for _, m := range me.Memberships {
		if m.Organization.ID == o.org {
			return m.Role
		}
	}
	return ""
}

func (o *office) tx(fn func(tx *db.Tx) error) {
	o.t.Helper()
	if err := o.DB.Tx(o.t.Context(), fn); err != nil {
		o.t.Fatal(err)
	}
}

var (
	setRole    = db.Exec(`UPDATE memberships SET role = $2 WHERE user_id = $1`)
	leave      = db.Exec(`DELETE FROM memberships WHERE user_id = $1`)
	deactivate = db.Exec(`UPDATE users SET state = 'deactivated' WHERE id = $1`)
	dissolve   = db.Exec(`DELETE FROM organizations WHERE id = $1`)
	members    = db.Rows[int64](`SELECT count(*) FROM memberships WHERE organization_id = $1`)
)

func (o *office) count() int64 {
	o.t.Helper()
	n, err := members.One(o.t.Context(), o.DB, o.org)
	if err != nil {
		o.t.Fatal(err)
	}
	return n
}

func TestANewAddressJoinsWithAPasswordAndIsSignedIn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		o := open(t, s, identity.Owner)
		inv, token := o.invites(mia, "supervisor")
		if inv.State != "pending" || inv.Role != "supervisor" || inv.ExpiresAt.Sub(apptest.Began) != 7*24*time.Hour || !strings.HasPrefix(inv.ID, "inv_") {
			t.Errorf("%+v", inv)
		}
		b := s.Browser()
		a := b.JSON(http.MethodPost, "/v1/invitations/accept", fields{"token": token, "password": apptest.Password, "display_name": "Mia"}).Want(200)
		if m := a.Map(); m["status"] != "signed_in" || m["organization"].(map[string]any)["id"] != o.org {
			t.Errorf("%s", a.Body)
		}
		if got := o.belongs(b); got != "supervisor" {
			t.Errorf("she is %q", got)
		}
		if me := b.Get("/v1/me").Map(); me["email"] != mia || me["display_name"] != "Mia" {
			t.Errorf("%v", me)
		}
		b.JSON(http.MethodPost, "/v1/me/factors/totp", fields{}).Want(201) // joining was a proof
		s.Browser().JSON(http.MethodPost, "/v1/session", fields{"email": mia, "password": apptest.Password}).Want(200)
		o.stand(mia + " supervisor accepted")
	}, apptest.SignUp("invite"))
}

func TestSomebodyWithAnAccountJoinsSignedInAndKeepsWhatTheyHave(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		o := open(t, s, identity.Owner)
		her := s.Join(mia)
		_, token := o.invites(mia, "agent")
		accept(s.Browser(), token).Refused(403, "invitation_for_another")
		s.Clock.Advance(time.Hour)
		session := her.Session()
		join(her.Browser, token).Want(200)
		if o.belongs(her.Browser) != "agent" || her.Session() != session {
			t.Error("she does not belong, or another session was opened")
		}
		her.JSON(http.MethodPost, "/v1/me/factors/totp", fields{}).Want(201) // the link was a proof
		s.Browser().JSON(http.MethodPost, "/v1/session", fields{"email": mia, "password": apptest.Password}).Want(200)
	})
}

func TestALinkIsNoSecondFactor(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		o := open(t, s, identity.Owner)
		her := s.Join(mia)
		s.Protect(her)
		_, token := o.invites(mia, "agent")
		s.Clock.Advance(time.Hour)
		join(her.Browser, token).Want(200)
		her.JSON(http.MethodPost, "/v1/me/factors/totp", fields{}).Refused(403, "reauthentication_required")
		half := s.Browser()
		half.JSON(http.MethodPost, "/v1/session", fields{"email": mia, "password": apptest.Password}).Want(200)
		_, again := o.invites("other@example.com", "agent")
		join(half, again).Refused(422, "validation_failed")
	})
}

func TestAnInvitationIsAcceptedByItsAddressAlone(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		o := open(t, s, identity.Owner)
		thief := s.Join("thief@example.com")
		_, fresh := o.invites(mia, "admin")
		before := s.Sum(apptest.BySealer...)
		accept(thief.Browser, fresh).Refused(403, "invitation_for_another")
		join(thief.Browser, fresh).Refused(403, "invitation_for_another")
		for _, more := range []string{"role", "organization", "org", "email", "organization_id", "Role", "address"} {
			s.Browser().JSON(http.MethodPost, "/v1/invitations/accept", fields{"token": fresh, "password": apptest.Password, more: "owner"}).
				Refused(422, "validation_failed", more)
		}
		s.Browser().JSON(http.MethodPost, "/v1/invitations/accept", fields{"token": fresh}).Refused(422, "validation_failed", "password")
		s.Browser().JSON(http.MethodPost, "/v1/invitations/accept", fields{"token": fresh, "password": "short"}).Refused(422, "validation_failed", "password")
		if s.Sum(apptest.BySealer...) != before {
			t.Error("a refusal has changed rows")
		}
		o.stand(mia + " admin pending")
		accept(s.Browser(), fresh).Want(200)
	})
}

func TestADeadLinkIsDeadForEverybodyInTheSameWords(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		o := open(t, s, identity.Owner)
		other := s.Join("other@example.com")
		dead := map[string]string{"none": "", "unknown": "npln_" + strings.Repeat("a", 49)}
		_, dead["used"] = o.invites("used@example.com", "agent")
		accept(s.Browser(), dead["used"]).Want(200)
		revoked, token := o.invites("revoked@example.com", "agent")
		dead["revoked"] = token
		o.boss.Delete(o.path() + "/" + revoked.ID).Want(204)
		replaced, token := o.invites("replaced@example.com", "agent")
		dead["sent again"] = token
		o.boss.JSON(http.MethodPost, o.path()+"/"+replaced.ID+"/resend", nil).Want(200)
		_, dead["invited again"] = o.invites("again@example.com", "agent")
		o.invites("again@example.com", "agent")
		var said []byte
		for name, token := range dead {
			for who, b := range map[string]*apptest.Browser{"nobody": s.Browser(), "somebody": other.Browser} {
				a := accept(b, token).Refused(422, "invalid_token")
				p := a.Problem()
				if said == nil {
					said = []byte(p.Title)
				}
				if string(said) != p.Title {
					t.Errorf("%s as %s: %s", name, who, a.Body)
				}
				b.Get("/invitations/accept?token=" + token).Want(422)
				b.Form("/invitations/accept", "token", token, "password", apptest.Password).Want(422)
				b.Form("/invitations/sign-in", "token", token).Want(422)
			}
		}
		if n := o.count(); n != 2 {
			t.Errorf("%d members", n)
		}
	})
}

func TestALinkWorksSevenDaysToTheSecondAndStaysListed(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		o := open(t, s, identity.Owner)
		_, early := o.invites("early@example.com", "agent")
		inv, late := o.invites(mia, "agent")
		s.Clock.Advance(invitation.Life - time.Second)
		accept(s.Browser(), early).Want(200)
		s.Clock.Advance(time.Second)
		accept(s.Browser(), late).Refused(422, "invalid_token")
		o.boss.Browser = s.Enter(o.boss.ID, "full")
		o.stand(mia+" agent expired", "early@example.com agent accepted")
		var again invited
		o.boss.JSON(http.MethodPost, o.path()+"/"+inv.ID+"/resend", nil).Want(200).To(&again)
		if again.State != "pending" || again.ID != inv.ID || !again.ExpiresAt.Equal(s.Clock.Now().Add(invitation.Life)) {
			t.Errorf("%+v", again)
		}
		accept(s.Browser(), late).Refused(422, "invalid_token")
		accept(s.Browser(), o.token(mia)).Want(200)
	})
}

func TestALinkDiesWhenItsSenderMayNotGiveTheRoleAnyMore(t *testing.T) {
	for name, c := range map[string]struct {
		role string
		lose func(o *office, tx *db.Tx) error
	}{
		"an owner's, as an admin": {"owner", func(o *office, tx *db.Tx) error {
			_, err := setRole.Run(t.Context(), tx, o.boss.ID, "admin")
			return err
		}},
		"as an agent": {"agent", func(o *office, tx *db.Tx) error {
			_, err := setRole.Run(t.Context(), tx, o.boss.ID, "agent")
			return err
		}},
		"who has left":               {"agent", func(o *office, tx *db.Tx) error { _, err := leave.Run(t.Context(), tx, o.boss.ID); return err }},
		"who is deactivated":         {"agent", func(o *office, tx *db.Tx) error { _, err := deactivate.Run(t.Context(), tx, o.boss.ID); return err }},
		"whose organization is gone": {"agent", func(o *office, tx *db.Tx) error { _, err := dissolve.Run(t.Context(), tx, o.org); return err }},
		"of a role that is none": {"agent", func(o *office, tx *db.Tx) error {
			_, err := setRole.Run(t.Context(), tx, o.boss.ID, "king")
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			apptest.Each(t, func(t *testing.T, s *apptest.Server) {
				o := open(t, s, identity.Owner)
				_, token := o.invites(mia, c.role)
				o.tx(func(tx *db.Tx) error { return c.lose(o, tx) })
				before := s.Sum(apptest.BySealer...)
				accept(s.Browser(), token).Refused(422, "invalid_token")
				s.Browser().Get("/invitations/accept?token=" + token).Want(422)
				if s.Sum(apptest.BySealer...) != before {
					t.Error("the refusal has changed rows")
				}
			})
		})
	}
}

func TestADemotedOwnersInvitationIsSentAgainBySomebodyWhoMay(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		o := open(t, s, identity.Owner)
		inv, _ := o.invites(mia, "owner")
		second := s.Member("second@example.com", o.org, identity.Owner)
		o.tx(func(tx *db.Tx) error { _, err := setRole.Run(t.Context(), tx, o.boss.ID, "admin"); return err })
		o.stand(mia + " owner expired")
		o.boss.JSON(http.MethodPost, o.path()+"/"+inv.ID+"/resend", nil).Refused(403, "forbidden")
		o.boss.Delete(o.path()+"/"+inv.ID).Refused(403, "forbidden")
		o.boss.JSON(http.MethodPost, o.path(), fields{"email": mia, "role": "agent"}).Refused(403, "forbidden")
		second.JSON(http.MethodPost, o.path()+"/"+inv.ID+"/resend", nil).Want(200)
		o.stand(mia + " owner pending")
		b := s.Browser()
		accept(b, o.token(mia)).Want(200)
		if got := o.belongs(b); got != "owner" {
			t.Errorf("she is %q", got)
		}
	})
}

func TestOfManyWhoAcceptAtOnceOneJoins(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		o := open(t, s, identity.Owner)
		her := s.Join(mia)
		for _, address := range []string{mia, "new@example.com"} {
			before := o.count()
			_, token := o.invites(address, "agent")
			var good, dead, odd atomic.Int32
			var all sync.WaitGroup
			gate := make(chan bool)
			for range 64 {
				b := s.Browser()
				if address == mia {
					b = her.Copy()
				}
				r := b.Request(http.MethodPost, "/v1/invitations/accept", "application/json",
					strings.NewReader(fmt.Sprintf(`{"token":%q,"password":%q}`, token, apptest.Password)))
				all.Go(func() {
					<-gate
					a, err := b.Try(r)
					switch {
					case err != nil:
						odd.Add(1)
						t.Error(err)
					case a.Status == 200:
						good.Add(1)
					case a.Status == 422 && strings.Contains(string(a.Body), "invalid_token"), a.Status == 503 && strings.Contains(string(a.Body), "busy"):
						dead.Add(1)
					default:
						odd.Add(1)
						t.Errorf("%d %s", a.Status, a.Body)
					}
				})
			}
			close(gate)
			all.Wait()
			if good.Load() != 1 || o.count() != before+1 {
				t.Errorf("%s: %d were let in, %d refused, %d members more", address, good.Load(), dead.Load(), o.count()-before)
			}
		}
	})
}

func TestWhoMayInviteWhom(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		for by, gives := range map[identity.Role]string{
			identity.Owner: "owner admin supervisor agent billing", identity.Admin: "admin supervisor agent billing",
			identity.Supervisor: "", identity.Agent: "", identity.Billing: "",
		} {
			org := s.Organization("Halden Energy")
			b := s.Member(string(by)+"@example.net", org, by)
			for _, role := range identity.Roles {
				want := 403
				if strings.Contains(" "+gives+" ", " "+string(role)+" ") {
					want = 201
				}
				a := b.JSON(http.MethodPost, "/v1/orgs/"+org+"/invitations", fields{"email": string(by) + string(role) + "@example.org", "role": role})
				if a.Status != want {
					t.Errorf("%s invites %s: %d, want %d", by, role, a.Status, want)
				}
				several := b.JSON(http.MethodPost, "/v1/orgs/"+org+"/invitations", fields{"invitations": []fields{
					{"email": string(by) + "several@example.org", "role": "agent"}, {"email": string(by) + string(role) + "2@example.org", "role": role},
				}})
				if several.Status != want && (want == 403 || several.Status != 200) {
					t.Errorf("%s invites %s among others: %d", by, role, several.Status)
				}
			}
			if gives == "" && len(s.Letters(string(by)+"several@example.org")) > 0 {
				t.Errorf("%s has sent mail", by)
			}
		}
	})
}

func TestInvitingAnOwnerOrAdminNeedsAFreshProof(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		o := open(t, s, identity.Owner)
		inv, _ := o.invites(mia, "admin")
		s.Clock.Advance(11 * time.Minute)
		for _, body := range []fields{
			{"email": "a@example.com", "role": "owner"}, {"email": "a@example.com", "role": "admin"},
			{"email": "not an address", "role": "admin"},
			{"invitations": []fields{{"email": "b@example.com", "role": "agent"}, {"email": "a@example.com", "role": "admin"}}},
		} {
			o.boss.JSON(http.MethodPost, o.path(), body).Refused(403, "reauthentication_required")
		}
		o.boss.JSON(http.MethodPost, o.path()+"/"+inv.ID+"/resend", nil).Refused(403, "reauthentication_required")
		if len(s.Letters("a@example.com"))+len(s.Letters("b@example.com")) > 0 {
			t.Error("mail was sent")
		}
		admin := s.Member("admin@example.com", o.org, identity.Admin)
		s.Clock.Advance(11 * time.Minute)
		admin.JSON(http.MethodPost, o.path(), fields{"email": "a@example.com", "role": "owner"}).Refused(403, "forbidden")
		o.invites("b@example.com", "agent")
	})
}

func TestAnAddressKnownElsewhereIsInvitedLikeANewOne(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		o := open(t, s, identity.Owner)
		s.Join("known@example.com")
		s.Member("colleague@example.com", o.org, identity.Agent)
		shape := func(address string) string {
			a := o.boss.JSON(http.MethodPost, o.path(), fields{"email": address, "role": "agent"}).Want(201)
			m := a.Map()
			letter := s.Letter(address)
			token := apptest.TokenIn(letter)
			delete(m, "id")
			delete(m, "$schema")
			return strings.ReplaceAll(strings.ReplaceAll(fmt.Sprint(m)+letter.Subject+letter.Text, token, "TOKEN"), address, "ADDRESS")
		}
		if known, fresh := shape("known@example.com"), shape("fresh@example.com"); known != fresh {
			t.Errorf("%s\n%s", known, fresh)
		}
		for _, spelt := range []string{"colleague@example.com", " COLLEAGUE@Example.com ", "colleague@EXAMPLE.com"} {
			o.boss.JSON(http.MethodPost, o.path(), fields{"email": spelt, "role": "agent"}).Refused(409, "already_member")
		}
	})
}

func TestSpellingsOfAnAddressAreOneInvitationAndOneBudget(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		o := open(t, s, identity.Owner)
		var first invited
		o.boss.JSON(http.MethodPost, o.path(), fields{"email": "mia@bücher.example", "role": "agent"}).Want(201).To(&first)
		for i, spelt := range []string{"MIA@bücher.example", "mia@xn--bcher-kva.example", "mia@BÜCHER.example", " mia@bücher.example"} {
			var inv invited
			o.boss.JSON(http.MethodPost, o.path(), fields{"email": spelt, "role": "supervisor"}).Want(201).To(&inv)
			if inv.ID != first.ID {
				t.Errorf("%d: %s is another invitation", i, spelt)
			}
		}
		if got := o.states(); len(got) != 1 || !strings.HasSuffix(got[0], "supervisor pending") {
			t.Errorf("the list is %q", got)
		}
		a := o.boss.JSON(http.MethodPost, o.path(), fields{"email": "Mia@Bücher.example", "role": "agent"}).Refused(429, "too_many_requests")
		if a.Header.Get("Retry-After") == "" {
			t.Error("it does not say when")
		}
		theirs := s.Organization("Elsewhere")
		s.Member("boss@example.org", theirs, identity.Owner).
			JSON(http.MethodPost, "/v1/orgs/"+theirs+"/invitations", fields{"email": "mia@bücher.example", "role": "agent"}).Refused(429, "too_many_requests")
		o.stand("mia@xn--bcher-kva.example supervisor pending")
	})
}

func TestInvitingAgainRenewsWithTheNewRoleAndALink(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		o := open(t, s, identity.Owner)
		first, old := o.invites(mia, "admin")
		second, fresh := o.invites(mia, "agent")
		if first.ID != second.ID {
			t.Error("it is another invitation")
		}
		accept(s.Browser(), old).Refused(422, "invalid_token")
		b := s.Browser()
		accept(b, fresh).Want(200)
		if got := o.belongs(b); got != "agent" {
			t.Errorf("she is %q", got)
		}
		o.boss.JSON(http.MethodPost, o.path()+"/"+first.ID+"/resend", nil).Refused(409, "invitation_answered")
		o.boss.Delete(o.path()+"/"+first.ID).Refused(409, "invitation_answered")
	})
}

func TestALinkToAMemberChangesNothing(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		o := open(t, s, identity.Owner)
		her := s.Join(mia)
		_, token := o.invites(mia, "admin")
		o.tx(func(tx *db.Tx) error {
			return identity.AddMember(t.Context(), tx, identity.Membership{OrganizationID: o.org, UserID: her.ID, Role: identity.Agent}, s.Clock.Now())
		})
		join(her.Browser, token).Refused(409, "already_member")
		her.Get("/invitations/accept?token=" + token).Want(200).Contains("You belong to this organization already.")
		if got := o.belongs(her.Browser); got != "agent" {
			t.Errorf("she is %q", got)
		}
	})
}

func TestSeveralAreInvitedAtOnceEachWithAnAnswer(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		o := open(t, s, identity.Owner)
		s.Member("colleague@example.com", o.org, identity.Agent)
		var out struct {
			Items []struct{ ID, Email, State, Error, Message string }
		}
		o.boss.JSON(http.MethodPost, o.path(), fields{"invitations": []fields{
			{"email": mia, "role": "agent"}, {"email": "nobody", "role": "agent"}, {"email": "colleague@example.com", "role": "agent"},
			{"email": "king@example.com", "role": "king"}, {"email": "MIA@example.com", "role": "agent"},
			{"email": "long@example.com", "role": "agent", "designation": strings.Repeat("x", 129)},
			{"email": "lead@example.com", "role": "supervisor", "designation": "Lead"},
		}}).Want(200).To(&out)
		var got []string
		for _, i := range out.Items {
			got = append(got, i.Email+" "+i.State+i.Error)
			if (i.Error == "") == (i.ID == "") || (i.Error == "") != (i.Message == "") {
				t.Errorf("%+v", i)
			}
		}
		want := "mia@example.com pending, nobody invalid_address, colleague@example.com already_member, king@example.com unknown_role, " +
			"MIA@example.com invited_twice, long@example.com text_too_long, lead@example.com pending"
		if strings.Join(got, ", ") != want {
			t.Errorf("got  %s\nwant %s", strings.Join(got, ", "), want)
		}
		b := s.Browser()
		accept(b, o.token("lead@example.com")).Want(200)
		if me := b.Get("/v1/me").Map(); me["designation"] != "Lead" {
			t.Errorf("the designation is %v", me["designation"])
		}
		many := make([]fields, invitation.Most+1)
		for i := range many {
			many[i] = fields{"email": fmt.Sprintf("p%d@example.com", i), "role": "agent"}
		}
		o.boss.JSON(http.MethodPost, o.path(), fields{"invitations": many}).Refused(422, "validation_failed", "invitations")
		o.boss.JSON(http.MethodPost, o.path(), fields{"invitations": []fields{}}).Refused(422, "validation_failed", "invitations")
		o.boss.JSON(http.MethodPost, o.path(), fields{"invitations": many[:1], "email": mia}).Refused(422, "validation_failed", "invitations")
		o.boss.JSON(http.MethodPost, o.path(), fields{"email": "x", "role": "king"}).Refused(422, "validation_failed", "email", "role")
		o.boss.JSON(http.MethodPost, o.path(), fields{}).Refused(422, "validation_failed", "email", "role")
	})
}

func TestAnOrganizationsInvitationsAreNotThereForOthers(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		o := open(t, s, identity.Owner)
		inv, _ := o.invites(mia, "agent")
		theirs := s.Organization("Elsewhere")
		other := s.Member("boss@example.org", theirs, identity.Owner)
		before := s.Sum(apptest.BySealer...)
		other.Get(o.path()).Refused(404, "not_found")
		other.JSON(http.MethodPost, o.path(), fields{"email": "x@example.com", "role": "agent"}).Refused(404, "not_found")
		for _, id := range []string{inv.ID, "inv_01h455vb4pex5vsknk084sn02q", "x"} {
			base := "/v1/orgs/" + theirs + "/invitations/" + id
			other.JSON(http.MethodPost, base+"/resend", nil).Refused(404, "no_such_invitation")
			other.Delete(base).Refused(404, "no_such_invitation")
			for _, org := range []string{theirs, o.org} {
				other.Form("/settings/members/invitations/" + org + "/" + id + "/resend").Want(404)
				other.Form("/settings/members/invitations/" + org + "/" + id + "/revoke").Want(404)
			}
		}
		if s.Sum(apptest.BySealer...) != before {
			t.Error("a refusal has changed rows")
		}
	})
}

func TestTheListComesInPagesTheNewestFirst(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		o := open(t, s, identity.Owner)
		for i := range 5 {
			o.invites(fmt.Sprintf("p%d@example.com", i), "agent")
		}
		var got []string
		next := ""
		for range 3 {
			var list struct {
				Items      []invited
				NextCursor string `json:"next_cursor"`
			}
			o.boss.Get(o.path() + "?limit=2&cursor=" + next).Want(200).To(&list)
			for _, i := range list.Items {
				got = append(got, i.Email[:2])
			}
			next = list.NextCursor
		}
		if strings.Join(got, "") != "p4p3p2p1p0" || next != "" {
			t.Errorf("%q, then %q", got, next)
		}
		for _, bad := range []string{"inv_1", "%00", "usr_01h455vb4pex5vsknk084sn02q", "'%20OR%201=1"} {
			o.boss.Get(o.path()+"?cursor="+bad).Refused(400, "malformed_request")
		}
	})
}

func TestTheMailSaysWhereAsWhatByWhomAndWhatHolds(t *testing.T) {
	s := apptest.OnSQLite(t, apptest.At("https://id.example.com"))
	o := open(t, s, identity.Owner)
	o.tx(func(tx *db.Tx) error {
		rules := policy.Policies{Clock: s.Clock, Journal: s.Journal}
		actor := identity.Actor{Operator: true}
		if err := rules.Set(t.Context(), tx, actor, policy.Scope{OrganizationID: o.org}, "password.min_length", []byte("20")); err != nil {
			return err
		}
		return rules.Set(t.Context(), tx, actor, policy.Scope{OrganizationID: o.org}, "fields.designation.lock_for_roles", []byte(`["agent"]`))
	})
	_, token := o.invites(mia, "agent")
	letter := s.Letter(mia)
	for _, want := range []string{"Halden Energy", "Somebody", "Agent", "20", "The designation is fixed for your role", "7 days"} {
		if !strings.Contains(letter.Text, want) {
			t.Errorf("no %q in\n%s", want, letter.Text)
		}
	}
	if got := apptest.LinkIn(letter); got != "https://id.example.com/invitations/accept?token="+token {
		t.Errorf("the first link is %s", got)
	}
	b := s.Browser()
	b.Get("/invitations/accept?token=" + token).Want(200).Contains("The designation is fixed for your role").Contains("20 characters")
	b.JSON(http.MethodPost, "/v1/invitations/accept", fields{"token": token, "password": "Quiet-Lantern7-Har"}).Refused(422, "validation_failed", "password")
	german := o.boss.Copy()
	german.Header.Set("Accept-Language", "de")
	german.JSON(http.MethodPost, o.path(), fields{"email": "jonas@example.com", "role": "agent"}).Want(201)
	if m := s.Letter("jonas@example.com"); m.Locale != "de" {
		t.Errorf("the mail speaks %s", m.Locale)
	}
}

func TestTheLinkBeginsWithTheConfiguredAddressWhateverTheRequestSays(t *testing.T) {
	s := apptest.OnSQLite(t, apptest.At("https://id.example.com"))
	o := open(t, s, identity.Owner)
	for i, name := range []string{"X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "X-Original-Host", "Origin-Host"} {
		b := o.boss.Copy()
		b.Header.Set(name, "evil.example")
		if name == "Forwarded" {
			b.Header.Set(name, "host=evil.example;proto=javascript")
		}
		address := fmt.Sprintf("p%d@example.com", i)
		b.JSON(http.MethodPost, o.path(), fields{"email": address, "role": "agent"}).Want(201)
		if m := s.Letter(address); strings.Contains(m.Text+m.HTML, "evil") || !strings.HasPrefix(apptest.LinkIn(m), "https://id.example.com/invitations/accept?token=") {
			t.Errorf("%s: %s", name, m.Text)
		}
	}
	b := o.boss.Copy()
	b.Host = "evil.example"
	b.JSON(http.MethodPost, o.path(), fields{"email": mia, "role": "agent"}).Want(421)
	if len(s.Letters(mia)) > 0 {
		t.Error("mail was sent")
	}
}

func TestNamesInTheMailHoldNoLinkAndNoMarkup(t *testing.T) {
	s := apptest.OnSQLite(t)
	org := s.Organization(`<img src=x> https://evil.example/`)
	boss := s.Member(ownr, org, identity.Owner)
	boss.JSON(http.MethodPatch, "/v1/me", fields{"display_name": `<b>https://evil.example</b>`}).Want(200)
	boss.JSON(http.MethodPost, "/v1/orgs/"+org+"/invitations", fields{"email": mia, "role": "agent"}).Want(201)
	m := s.Letter(mia)
	if strings.Contains(m.HTML, "<img src=x>") || strings.Contains(m.HTML, "<b>https") {
		t.Error("markup of a name is in the mail")
	}
	if !strings.Contains(apptest.LinkIn(m), "/invitations/accept?token=") {
		t.Errorf("the first link is %s", apptest.LinkIn(m))
	}
}

func TestWhereNobodySignsUpOnlyExistingAccountsJoin(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		o := open(t, s, identity.Owner)
		her := s.Member(mia, "", "")
		_, known := o.invites(mia, "agent")
		_, fresh := o.invites("new@example.com", "agent")
		accept(s.Browser(), fresh).Refused(403, "signup_closed")
		s.Browser().Get("/invitations/accept?token=" + fresh).Want(200).Contains("New accounts are closed here.")
		join(her.Browser, known).Want(200)
	}, apptest.SignUp("closed"))
}

func TestEachStepStandsInTheOrganizationsTrail(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		o := open(t, s, identity.Owner)
		inv, _ := o.invites(mia, "agent")
		o.boss.JSON(http.MethodPost, o.path()+"/"+inv.ID+"/resend", nil).Want(200)
		gone, _ := o.invites("gone@example.com", "billing")
		o.boss.Delete(o.path() + "/" + gone.ID).Want(204)
		accept(s.Browser(), o.token(mia)).Want(200)
		rows := s.Rows()
		trail := strings.Join(append(rows["journal"], rows["journal_inbox"]...), "\n")
		for action, want := range map[string]int{
			"member.invited": 2, "invitation.resent": 1, "invitation.revoked": 1, "member.joined": 2, "account.created": 1,
		} {
			if got := strings.Count(trail, action); got != want {
				t.Errorf("%s stands there %d times, want %d", action, got, want)
			}
		}
		for _, personal := range []string{mia, "gone@example.com", "usr_"} {
			if strings.Contains(trail, personal) {
				t.Errorf("%s is in the journal", personal)
			}
		}
	})
}

func TestAnsweredInvitationsGoAfterNinetyDaysAndExpiredOnesStay(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		o := open(t, s, identity.Owner)
		inv, _ := o.invites("revoked@example.com", "agent")
		o.boss.Delete(o.path() + "/" + inv.ID).Want(204)
		o.invites(mia, "agent")
		sweep := func() { o.tx(func(tx *db.Tx) error { return s.Invites.Sweep(t.Context(), tx) }) }
		s.Clock.Advance(invitation.Kept - time.Second)
		sweep()
		o.boss.Browser = s.Enter(o.boss.ID, "full")
		o.stand(mia+" agent expired", "revoked@example.com agent revoked")
		s.Clock.Advance(time.Second)
		sweep()
		o.stand(mia + " agent expired")
	})
}
