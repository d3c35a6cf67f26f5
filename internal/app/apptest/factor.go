package apptest

import (
	"net/http"
	"strings"
	"time"

	"github.com/pquerna/otp/totp"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/sms/smstest"
)

// Phone is the authenticator app of somebody, and their backup codes.
type Phone struct {
	Backup []string

	secret string
	s      *Server
}

// Protect turns a second factor on for somebody, whose browser stays signed
// in. The clock goes on, so that the next code is one that was not used.
func (s *Server) Protect(who Somebody) *Phone {
	s.t.Helper()
	ctx := s.t.Context()
	found, err := s.Sessions.Find(ctx, who.Session())
	s.must(err)
	user, err := identity.Get(ctx, s.DB, who.ID)
	s.must(err)
	c := session.Caller{Session: found, User: user, Actor: identity.Actor{UserID: user.ID, SessionID: found.ID, Origin: identity.API}}
	setup, err := s.Factors.Begin(ctx, c)
	s.must(err)
	p := &Phone{secret: setup.Secret.Reveal(), s: s}
	done, err := s.Factors.Confirm(ctx, c, p.shown())
	s.must(err)
	for _, code := range done.Codes {
		p.Backup = append(p.Backup, code.Reveal())
	}
	who.Cookies[session.CookieName(s.Config.Base.Scheme == "https")] = done.Session.Reveal()
	return p
}

// AddPhone adds a phone for codes by SMS and returns the backup codes that came
// with it.
func (s *Server) AddPhone(who Somebody, w *smstest.Twilio, number string) (backup []string) {
	s.t.Helper()
	who.JSON(http.MethodPost, "/v1/me/factors/sms", map[string]string{"phone": number}).Want(http.StatusCreated)
	var out struct {
		Codes []string `json:"backup_codes"`
	}
	who.JSON(http.MethodPost, "/v1/me/factors/sms/confirm", map[string]string{"code": w.Code(s.t, number)}).Want(http.StatusOK).To(&out)
	return out.Codes
}

// Code waits for the next code and returns it.
func (p *Phone) Code() string {
	p.s.t.Helper()
	p.s.Clock.Advance(30 * time.Second)
	return p.shown()
}

// Wrong is a code that the app does not show, nor soon.
func (p *Phone) Wrong() string {
	near := ""
	for i := -2; i <= 2; i++ {
		near += p.at(p.s.Clock.Now().Add(time.Duration(i)*30*time.Second)) + " "
	}
	for _, code := range []string{"000000", "111111", "222222", "333333", "444444", "555555"} {
		if !strings.Contains(near, code) {
			return code
		}
	}
	return ""
}

func (p *Phone) shown() string { return p.at(p.s.Clock.Now()) }

func (p *Phone) at(when time.Time) string {
	p.s.t.Helper()
	code, err := totp.GenerateCode(p.secret, when)
	p.s.must(err)
	return code
}
