package address_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"nameplate/internal/access/address"
	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/pace"
)

func TestTheAddressChangesWithBothCodesInAnyOrderOrTogether(t *testing.T) {
	for name, order := range map[string][]string{"new first": {"new_code", "current_code"}, "current first": {"current_code", "new_code"}, "together": nil} {
		t.Run(name, func(t *testing.T) {
			apptest.Each(t, func(t *testing.T, s *apptest.Server) {
				me := s.Join(ada)
				other := s.Enter(me.ID, session.Full)
				forget(s, ada).Want(202)
				link := apptest.TokenIn(s.Letter(ada))
				before := me.Get("/v1/me").Map()
				start(me.Browser, fresh).Want(202)
				sent := codes(s, ada, fresh)
				if len(order) > 0 {
					a := confirm(me.Browser, fields{order[0]: sent[order[0]]}).Want(200).Map()
					if a["done"] != false || a["new_confirmed"] == a["current_confirmed"] {
						t.Errorf("half way: %v", a)
					}
					want(t, "half way", book(me.Browser), ada+"*")
					want(t, "half way", me.Get("/v1/me").Map()["email"].(string), ada)
					signIn(s, ada).Want(200)
					signIn(s, fresh).Want(401)
					other.Get("/v1/me").Want(200)
					want(t, "half way", kinds(s, ada), "email.code_current")
					sent = fields{order[1]: sent[order[1]]}
				}
				old := me.Copy()
				a := confirm(me.Browser, sent).Want(200).Map()
				if a["done"] != true || a["new_confirmed"] != true || a["current_confirmed"] != true {
					t.Errorf("%v", a)
				}
				want(t, "after", book(me.Browser), fresh+"*")
				after := me.Get("/v1/me").Want(200).Map()
				want(t, "memberships", fmt.Sprint(after["memberships"]), fmt.Sprint(before["memberships"]))
				old.Get("/v1/me").Want(401)
				other.Get("/v1/me").Want(401)
				signIn(s, ada).Want(401)
				signIn(s, fresh).Want(200)
				s.Browser().JSON(http.MethodPost, "/v1/password-reset/confirm", fields{"token": link, "new_password": "Violet-Kettle-Storm-41"}).Refused(422, "invalid_token")
				forget(s, fresh).Want(202)
				want(t, "reset", s.Letter(fresh).Kind, "password.reset")
				want(t, "mails to the old", kinds(s, ada), "email.changed email.code_current")
				want(t, "mails to the new", kinds(s, fresh), "email.welcome email.code_new")
				me.Get(change).Refused(404, "no_email_change")
				if left := s.Rows()["email_changes"]; len(left) != 0 {
					t.Errorf("left: %v", left)
				}
				if n := strings.Count(written(s), "action=email.changed "); n != 2 { // in her trail and that of her organization
					t.Errorf("%d entries", n)
				}
			})
		})
	}
}

func TestAWrongCodeConfirmsNeitherAndCountsOneTry(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		start(me.Browser, fresh).Want(202)
		sent := codes(s, ada, fresh)
		left := func() int { return int(me.Get(change).Want(200).Map()["tries_left"].(float64)) }
		confirm(me.Browser, fields{"new_code": sent["new_code"], "current_code": wrong}).Refused(422, "validation_failed", "current_code")
		confirm(me.Browser, fields{"new_code": wrong, "current_code": wrong}).Refused(422, "validation_failed", "new_code", "current_code")
		if state := me.Get(change).Map(); state["new_confirmed"] != false || left() != 3 {
			t.Errorf("%v", state)
		}
		confirm(me.Browser, fields{"new_code": sent["current_code"]}).Refused(422, "validation_failed", "new_code")
		for _, none := range []fields{{}, {"new_code": "12345"}, {"current_code": "abcdef"}} {
			confirm(me.Browser, none).Want(422)
		}
		if left() != 2 {
			t.Errorf("%d tries are left", left())
		}
		digits := sent["new_code"]
		confirm(me.Browser, fields{"new_code": digits[:3] + " " + digits[3:]}).Want(200)
		confirm(me.Browser, fields{"new_code": digits}).Want(200)
		confirm(me.Browser, fields{"new_code": wrong}).Refused(422, "validation_failed", "new_code")
		if a := confirm(me.Browser, sent).Want(200).Map(); a["done"] != true {
			t.Errorf("%v", a)
		}
	})
}

func TestFiveTriesAreForTheWholeChange(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		start(me.Browser, fresh).Want(202)
		sent := codes(s, ada, fresh)
		confirm(me.Browser, fields{"current_code": sent["current_code"]}).Want(200)
		for i := range 200 {
			confirm(me.Browser, fields{"new_code": fmt.Sprintf("%06d", i)}).Refused(422, "validation_failed", "new_code")
		}
		confirm(me.Browser, fields{"new_code": sent["new_code"]}).Refused(422, "validation_failed", "new_code")
		want(t, "addresses", book(me.Browser), ada+"*")
		resend(me.Browser).Refused(404, "no_email_change")
	})
}

func TestNewCodesEndTheOldOnesAndGiveNoTriesBack(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		start(me.Browser, fresh).Want(202)
		old := codes(s, ada, fresh)
		a := resend(me.Browser).Refused(429, "too_many_requests")
		want(t, "Retry-After", a.Header.Get("Retry-After"), "60")
		confirm(me.Browser, fields{"new_code": wrong}).Want(422)
		confirm(me.Browser, fields{"current_code": old["current_code"]}).Want(200)
		s.Clock.Advance(9 * time.Minute)
		resend(me.Browser).Want(202)
		want(t, "mails to the current", kinds(s, ada), "email.code_current") // its code is in
		s.Clock.Advance(9 * time.Minute)
		me.Browser = s.Enter(me.ID, session.Full) // with a fresh proof
		confirm(me.Browser, fields{"new_code": old["new_code"]}).Refused(422, "validation_failed", "new_code")
		if left := me.Get(change).Map()["tries_left"].(float64); left != 3 {
			t.Errorf("%v tries are left", left)
		}
		both := fields{"current_code": old["current_code"], "new_code": codeFor(s, fresh, "email.code_new")}
		if a := confirm(me.Browser, both).Want(200).Map(); a["done"] != true {
			t.Errorf("%v", a)
		}
	})
}

func TestFiveMailsAreSentWithinAnHour(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		start(me.Browser, fresh).Want(202)
		for range 2 {
			s.Clock.Advance(address.Wait)
			resend(me.Browser).Want(202)
		}
		for _, to := range []string{"b@example.net", "c@example.net"} {
			start(me.Browser, to).Want(202)
		}
		s.Clock.Advance(address.Wait)
		resend(me.Browser).Refused(429, "too_many_requests")
		start(me.Browser, "d@example.net").Refused(429, "too_many_requests")
		want(t, "mails", kinds(s, ada), strings.TrimSpace(strings.Repeat("email.code_current ", 5)))
		s.Join(bob)
	})
}

func TestAChangeEnds(t *testing.T) {
	for name, end := range map[string]func(s *apptest.Server, me apptest.Somebody) *apptest.Browser{
		"after ten minutes": func(s *apptest.Server, me apptest.Somebody) *apptest.Browser {
			s.Clock.Advance(address.Life)
			return s.Enter(me.ID, session.Full)
		},
		"when it is cancelled": func(s *apptest.Server, me apptest.Somebody) *apptest.Browser {
			me.Delete(change).Want(204)
			return me.Browser
		},
		"by the link in the mail to the current address": func(s *apptest.Server, me apptest.Somebody) *apptest.Browser {
			s.Browser().Form("/email-change/cancel", "token", apptest.TokenIn(s.Letter(ada))).Want(200)
			return me.Browser
		},
		"by the link in the mail to the new address": func(s *apptest.Server, me apptest.Somebody) *apptest.Browser {
			s.Browser().Form("/email-change/cancel", "token", apptest.TokenIn(s.Letter(fresh))).Want(200)
			return me.Browser
		},
		"with a new password": func(s *apptest.Server, me apptest.Somebody) *apptest.Browser {
			me.JSON(http.MethodPut, "/v1/me/password", fields{"new_password": "Violet-Kettle-Storm-41"}).Want(204)
			return me.Browser
		},
		"with a new second factor": func(s *apptest.Server, me apptest.Somebody) *apptest.Browser {
			s.Protect(me)
			return me.Browser
		},
		"when another one begins": func(s *apptest.Server, me apptest.Somebody) *apptest.Browser {
			start(me.Browser, "elsewhere@example.net").Want(202)
			return me.Browser
		},
	} {
		t.Run(name, func(t *testing.T) {
			apptest.Each(t, func(t *testing.T, s *apptest.Server) {
				me := s.Join(ada)
				start(me.Browser, fresh).Want(202)
				sent := codes(s, ada, fresh)
				confirm(me.Browser, fields{"new_code": sent["new_code"]}).Want(200)
				b := end(s, me)
				confirm(b, sent).Want(422)
				confirm(b, fields{"current_code": sent["current_code"]}).Want(422)
				if a := b.Get(change); a.Status == 200 && a.Map()["new_email"] == fresh {
					t.Error("it is still pending")
				}
				want(t, "addresses", book(b), ada+"*")
			})
		})
	}
}

var deactivate = db.Exec(`UPDATE users SET state = $2 WHERE id = $1`)

func TestAChangeAndAnAddressThatWaitsDieWithADeactivation(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		start(me.Browser, fresh).Want(202)
		add(me.Browser, "more@example.net").Want(201)
		set := func(state string) {
			err := s.DB.Tx(t.Context(), func(tx *db.Tx) error {
				_, err := deactivate.Run(t.Context(), tx, me.ID, state)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		set(identity.Deactivated)
		if _, err := s.Address.Pending(t.Context(), me.ID); !errors.Is(err, address.ErrNoChange) {
			t.Errorf("the change waits: %v", err)
		}
		if all, err := s.Address.List(t.Context(), s.DB, me.ID); err != nil || len(all) != 1 {
			t.Errorf("%+v, %v", all, err)
		}
		s.Browser().Get("/email-change/cancel?token=" + apptest.TokenIn(s.Letter(fresh))).Want(422)
		set(identity.Active)
	})
}

func TestOfManyWhoSubmitBothCodesAtOnceOneChangesTheAddress(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		start(me.Browser, fresh).Want(202)
		sent := codes(s, ada, fresh)
		answers, count := burst(64, func(i int) apptest.Answer {
			part := sent
			switch i % 4 {
			case 1:
				part = fields{"new_code": sent["new_code"]}
			case 2:
				part = fields{"current_code": sent["current_code"]}
			}
			return confirm(me.Copy(), part)
		})
		done := 0
		for _, a := range answers {
			if a.Status == 200 && a.Map()["done"] == true {
				done++
			}
			if a.Status >= 500 || a.Status == 409 {
				t.Errorf("%d: %s", a.Status, a.Body)
			}
		}
		if done != 1 {
			t.Errorf("%d were told that it is done: %v", done, count)
		}
		if n := strings.Count(written(s), "action=email.changed "); n != 2 {
			t.Errorf("%d entries", n)
		}
		want(t, "mails to the old", kinds(s, ada), "email.changed email.code_current")
		want(t, "addresses", strings.Join(owned(s, me.ID), " "), fresh)
	})
}

// owned lists the verified addresses of a user, as the database has them.
func owned(s *apptest.Server, userID string) (all []string) {
	for _, row := range s.Rows()["emails"] {
		if strings.Contains(row, "user_id="+userID+" ") {
			_, rest, _ := strings.Cut(row, " address=")
			found, _, _ := strings.Cut(rest, " ")
			all = append(all, found)
		}
	}
	return all
}

func TestATakenAddressIsAnsweredLikeAFreeOne(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		s.Join(bob)
		held := len(s.Waits.All())
		free := start(me.Browser, fresh).Want(202)
		confirmFree := confirm(me.Browser, fields{"new_code": wrong})
		for _, taken := range []string{bob, "BOB@Example.com", " bob@EXAMPLE.com "} {
			a := start(me.Browser, taken).Want(202)
			alike(t, free, a)
			alike(t, confirmFree, confirm(me.Browser, fields{"new_code": wrong}))
		}
		if len(s.Waits.All()) == held {
			t.Error("no answer was held back")
		}
		for _, d := range s.Waits.All() {
			if d > pace.Least+100*time.Millisecond {
				t.Errorf("held back for %v", d)
			}
		}
		told := s.Letter(bob)
		want(t, "the owner's mail", told.Kind, "email.known")
		if apptest.CodeIn(told) != "" || strings.Contains(told.Text, "ada") || !strings.HasSuffix(apptest.LinkIn(told), "/sign-in") {
			t.Errorf("%s", told.Text)
		}
		want(t, "the current address", s.Letters(ada)[0].Kind, "email.code_current")
		confirm(me.Browser, fields{"current_code": codeFor(s, ada, "email.code_current")}).Want(200)
		for _, row := range s.Rows()["one_time"] {
			if strings.Contains(row, "purpose=email-change.new ") {
				t.Errorf("there is a code that could be right: %s", row)
			}
		}
		signIn(s, bob).Want(200)
	})
}

func TestAnAddressThatIsTakenMeanwhileIsAWrongCode(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		start(me.Browser, fresh).Want(202)
		sent := codes(s, ada, fresh)
		s.Join(fresh)
		confirm(me.Browser, sent).Refused(422, "validation_failed", "new_code")
		confirm(me.Browser, sent).Want(422)
		me.Get(change).Refused(404, "no_email_change")
		me.Get("/v1/me").Want(200)
		want(t, "addresses", book(me.Browser), ada+"*")
		want(t, "mails", kinds(s, ada), "email.code_current")
	})
}

func TestManyWhoWantOneAddressAtOnceGetItOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		var people []apptest.Somebody
		var sent []fields
		for i := range 8 {
			p := s.Join(fmt.Sprintf("p%d@example.com", i))
			people = append(people, p)
			start(p.Browser, fresh).Want(202)
			f := fields{"current_code": codeFor(s, p.Address, "email.code_current")}
			f["new_code"] = codeFor(s, fresh, "email.code_new")
			if i >= 5 { // the sixth mail to a stranger within the hour is not sent
				f["new_code"] = wrong
			}
			sent = append(sent, f)
		}
		_, count := burst(5, func(i int) apptest.Answer { return confirm(people[i].Browser, sent[i]) })
		if count[200] != 1 || count[422] != 4 {
			t.Errorf("%v", count)
		}
		for i := 5; i < 8; i++ {
			confirm(people[i].Browser, sent[i]).Refused(422, "validation_failed", "new_code")
		}
	})
}

func TestOnesOwnAddressIsNoNewOneHoweverItIsSpelled(t *testing.T) {
	s := apptest.OnSQLite(t)
	me := s.Join("jo@bücher.example")
	for _, same := range []string{"jo@bücher.example", "JO@xn--bcher-kva.example", " jo@BÜCHER.example"} {
		start(me.Browser, same).Refused(422, "validation_failed", "new_email")
		add(me.Browser, same).Refused(409, "email_is_yours")
	}
	for _, bad := range []string{"", "ada", "ada@", "jo＠bücher.example", "ada@example.com\r\nBcc: eve@example.com", "Ada <ada@example.com>"} {
		start(me.Browser, bad).Refused(422, "validation_failed", "new_email")
		add(me.Browser, bad).Refused(422, "validation_failed", "email")
	}
	if n := len(s.Rows()["email_changes"]) + len(s.Rows()["pending_emails"]); n != 0 {
		t.Errorf("%d wait", n)
	}
}

func TestChangingAddressesNeedsAFreshProof(t *testing.T) {
	s := apptest.OnSQLite(t)
	me := s.Join(ada)
	id := has(s, me.Browser, "more@example.net")
	s.Clock.Advance(session.ProofLife)
	for _, path := range []string{change, change + "/resend", change + "/confirm", emails, emails + "/" + id + "/verify"} {
		me.JSON(http.MethodPost, path, fields{}).Refused(403, "reauthentication_required")
	}
	me.Delete(change).Refused(403, "reauthentication_required")
	me.Delete(emails+"/"+id).Refused(403, "reauthentication_required")
	me.Get(change).Want(404)
	want(t, "addresses", book(me.Browser), ada+"* more@example.net")
}

func TestAProfileOrASignUpSetsNoAddress(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		before := s.Sum(apptest.BySealer...)
		for _, field := range []string{"email", "email_verified", "pending_email", "emails", "Email", "new_email"} {
			me.JSON(http.MethodPatch, "/v1/me", fields{field: fresh}).Refused(422, "validation_failed", field)
		}
		if s.Sum(apptest.BySealer...) != before {
			t.Error("something has changed")
		}
	})
}

func TestAnOrganizationThatKeepsAddressesIsAskedBeforeTheProof(t *testing.T) {
	for _, rule := range []string{`"readonly"`, `"request"`} {
		t.Run(rule, func(t *testing.T) {
			apptest.Each(t, func(t *testing.T, s *apptest.Server) {
				org, free := s.Organization("Ours"), s.Organization("Free")
				admin, me := s.Member("boss@example.com", org, identity.Admin), s.Member(ada, org, identity.Agent)
				err := s.DB.Tx(t.Context(), func(tx *db.Tx) error {
					if err := identity.AddMember(t.Context(), tx, identity.Membership{OrganizationID: free, UserID: me.ID, Role: identity.Owner}, s.Clock.Now()); err != nil {
						return err
					}
					boss := identity.Membership{OrganizationID: org, UserID: admin.ID, Role: identity.Admin}
					actor := identity.Actor{UserID: admin.ID, Membership: boss}
					return policy.Policies{Clock: s.Clock, Journal: s.Journal}.Set(t.Context(), tx, actor, policy.Scope{OrganizationID: org}, "email_change", []byte(rule))
				})
				if err != nil {
					t.Fatal(err)
				}
				for _, moment := range []string{"with a fresh proof", "without one"} {
					for _, path := range []string{change, change + "/resend", change + "/confirm", emails, emails + "/eml_x/verify"} {
						for _, query := range []string{"", "?organization=" + free} {
							if a := me.JSON(http.MethodPost, path+query, fields{"nonsense": "x"}); a.Problem().Code != "managed_by_organization" || a.Status != 403 {
								t.Errorf("%s %s: %s", moment, path, a.Body)
							}
						}
					}
					me.Form("/settings/security/email", "new_email", fresh).Want(403)
					s.Clock.Advance(session.ProofLife)
				}
				control := me.Get("/v1/me").Map()["controls"].(map[string]any)["email"].(map[string]any)
				want(t, "state", control["state"].(string), strings.Trim(rule, `"`))
				want(t, "rule", control["rule"].(string), "email_change")
				page := me.Get("/settings/security").Want(200).Page()
				if strings.Contains(page, `name="new_email"`) || !strings.Contains(page, "An owner or admin can change this rule.") {
					t.Error("the page offers what the rules don't leave")
				}
			})
		})
	}
}
