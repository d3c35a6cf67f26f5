package session_test

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/secret"
)

func TestASessionThatIsNotUsedDiesAfterSevenDays(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Member("ada@example.com", "", "")
		s.Clock.Advance(session.Idle - time.Second)
		me.Get("/v1/me").Want(200) // and is counted from here again
		s.Clock.Advance(session.Idle - time.Second)
		me.Get("/v1/me").Want(200)
		s.Clock.Advance(session.Idle)
		me.Get("/v1/me").Refused(401, "unauthenticated")
	})
}

func TestASessionDiesAfterThirtyDaysHoweverItIsUsed(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Member("ada@example.com", "", "")
		for range 5 {
			s.Clock.Advance(6*24*time.Hour - time.Second)
			me.Get("/v1/me").Want(200)
		}
		s.Clock.Advance(4 * time.Second)
		me.Get("/v1/me").Want(200)
		s.Clock.Advance(time.Second)
		me.Get("/v1/me").Want(401)
		commit(t, s, func(tx *db.Tx) error { return s.Sessions.Sweep(t.Context(), tx) })
		if left := s.Rows()["sessions"]; len(left) != 0 {
			t.Errorf("%v", left)
		}
	})
}

func TestWhenASessionWasSeenIsKeptToTheMinute(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Member("ada@example.com", "", "")
		before := s.Rows()
		s.Clock.Advance(59 * time.Second)
		me.Get("/v1/me").Want(200)
		if changed := apptest.Changed(before, s.Rows(), apptest.BySealer...); len(changed) > 0 {
			t.Errorf("written within the minute: %v", changed)
		}
		s.Clock.Advance(time.Second)
		me.Get("/v1/me").Want(200)
		if changed := apptest.Changed(before, s.Rows(), apptest.BySealer...); len(changed) != 2 {
			t.Errorf("after a minute: %v", changed)
		}
	})
}

func TestASecurityEventEndsAllOtherSessionsAndRenewsThisOne(t *testing.T) {
	for name, raise := range map[string]func(session.Store, context.Context, *db.Tx, string, string) (secret.Secret, error){
		"session epoch": session.Store.EndOthers, "credential epoch": session.Store.EndEverything,
	} {
		t.Run(name, func(t *testing.T) {
			apptest.Each(t, func(t *testing.T, s *apptest.Server) {
				me, stranger := s.Member("ada@example.com", "", ""), s.Member("bob@example.com", "", "")
				others := []*apptest.Browser{s.Enter(me.ID, session.Full), s.Enter(me.ID, session.Half), s.Enter(me.ID, session.Full)}
				mine, err := s.Sessions.Find(t.Context(), me.Session())
				if err != nil {
					t.Fatal(err)
				}
				s.Clock.Advance(5 * time.Minute)
				old := me.Copy()
				var token secret.Secret
				commit(t, s, func(tx *db.Tx) (err error) {
					token, err = raise(s.Sessions, t.Context(), tx, me.ID, mine.ID)
					return err
				})
				for _, b := range append(others, old) {
					b.Get("/v1/me").Want(401)
					b.Form("/sign-out").Want(401)
				}
				me.Cookies["np"] = token.Reveal()
				me.Get("/v1/me").Want(200)
				stranger.Get("/v1/me").Want(200)
				reborn, err := s.Sessions.Find(t.Context(), token.Reveal())
				if err != nil || reborn.ID != mine.ID || !reborn.Proved(s.Clock.Now()) || reborn.ProofAt != mine.ProofAt {
					t.Errorf("%+v %v", reborn, err)
				}
				s.Enter(me.ID, session.Full).Get("/v1/me").Want(200)
			})
		})
	}
}

func TestASessionThatHasEndedIsNotKeptByALaterEvent(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Member("ada@example.com", "", "")
		mine, err := s.Sessions.Find(t.Context(), me.Session())
		if err != nil {
			t.Fatal(err)
		}
		commit(t, s, func(tx *db.Tx) error {
			_, err := s.Sessions.EndEverything(t.Context(), tx, me.ID, "")
			return err
		})
		before := s.Rows()
		err = s.DB.Tx(t.Context(), func(tx *db.Tx) error {
			_, err := s.Sessions.EndOthers(t.Context(), tx, me.ID, mine.ID)
			return err
		})
		if !errors.Is(err, session.ErrNone) {
			t.Errorf("the late event got %v", err)
		}
		if changed := apptest.Changed(before, s.Rows(), apptest.BySealer...); len(changed) > 0 {
			t.Errorf("it changed %v", changed)
		}
		me.Get("/v1/me").Refused(401, "unauthenticated")
	})
}

func TestAProofIsFreshForTenMinutes(t *testing.T) {
	s := apptest.OnSQLite(t)
	me := s.Member("ada@example.com", "", "")
	found, err := s.Sessions.Find(t.Context(), me.Session())
	if err != nil {
		t.Fatal(err)
	}
	for after, fresh := range map[time.Duration]bool{0: true, session.ProofLife - 1: true, session.ProofLife: false, time.Hour: false} {
		if found.Proved(s.Clock.Now().Add(after)) != fresh {
			t.Errorf("after %v it is fresh: %v", after, !fresh)
		}
	}
}

func TestADeactivatedPersonIsSignedOutEverywhere(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Member("ada@example.com", "", "")
		commit(t, s, func(tx *db.Tx) error {
			_, err := deactivate.Run(t.Context(), tx, me.ID, identity.Deactivated)
			return err
		})
		me.Get("/v1/me").Want(401)
		s.Browser().Get("/v1/cards/"+me.ID).Refused(404, "no_such_card")
	})
}

var deactivate = db.Exec(`UPDATE users SET state = $2 WHERE id = $1`)

func TestWhatTheDatabaseHoldsOpensNothing(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		s.Join("first@example.com")
		me := s.Join("ada@example.com")
		s.Browser().JSON(http.MethodPost, "/v1/signup", map[string]string{"email": "bob@example.com", "password": apptest.Password}).Want(201)
		dump := ""
		for _, rows := range s.Rows() {
			dump += strings.Join(rows, "\n")
		}
		for what, text := range map[string]string{
			"token": me.Session(), "password": apptest.Password, "code": apptest.CodeIn(s.Letter("bob@example.com")), "link": apptest.TokenIn(s.Letter("bob@example.com")),
		} {
			if strings.Contains(dump, "="+text) || strings.Contains(dump, text) && what != "code" {
				t.Errorf("the %s is in the database", what)
			}
		}
		seen := map[string]bool{}
		for _, value := range regexp.MustCompile(`=(\S+)`).FindAllStringSubmatch(dump, -1) {
			if seen[value[1]] || len(value[1]) < 6 || len(value[1]) > 200 {
				continue
			}
			seen[value[1]] = true
			for _, token := range []string{value[1], "npse_" + value[1]} {
				if _, err := s.Sessions.Find(t.Context(), token); err == nil {
					t.Errorf("%q opens a session", token)
				}
				if _, ok, _ := s.Once.PeekLink(t.Context(), s.DB, "signup", token); ok {
					t.Errorf("%q is a link", token)
				}
			}
		}
		if len(seen) < 30 {
			t.Errorf("only %d values were tried", len(seen))
		}
	})
}

func TestATokenIsWholeOrNothing(t *testing.T) {
	s := apptest.OnSQLite(t)
	me := s.Member("ada@example.com", "", "")
	token := me.Session()
	for _, bad := range []string{"", token[:len(token)-1], token + "x", strings.ToUpper(token), " " + token, "npln_" + token[5:], strings.Repeat("x", 8000)} {
		b := s.Browser()
		b.Cookies["np"] = bad
		b.Get("/v1/me").Want(401, 431)
	}
	for _, where := range []string{"/v1/me?np=" + token, "/v1/me?token=" + token, "/v1/me?access_token=" + token} {
		s.Browser().Get(where).Want(401)
	}
	b := s.Browser()
	b.Cookies["__Host-np"] = token // the name of another scheme
	b.Get("/v1/me").Want(401)
	b = s.Browser()
	b.Header.Set("Authorization", "Bearer "+token)
	b.Get("/v1/me").Want(401)
}

func commit(t *testing.T, s *apptest.Server, fn func(*db.Tx) error) {
	t.Helper()
	if err := s.DB.Tx(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}
