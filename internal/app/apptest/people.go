package apptest

import (
	"encoding/hex"
	"net/http"
	"regexp"
	"strings"

	"nameplate/internal/access/signup"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/mail"
	"nameplate/internal/platform/secret"
)

// Password is one that the rules take.
const Password = "Quiet-Lantern7-Harbour"

// Somebody is a person with a browser that is signed in.
type Somebody struct {
	*Browser
	ID      string
	Address string
}

// Join signs a person up through the API, proof and all.
func (s *Server) Join(address string) Somebody {
	s.t.Helper()
	b := s.Browser()
	a := b.JSON(http.MethodPost, "/v1/signup", map[string]string{"email": address, "password": Password, "display_name": "Somebody"}).Want(http.StatusCreated)
	if a.Map()["status"] == "verification_required" {
		code := CodeIn(s.Letter(address))
		b.JSON(http.MethodPost, "/v1/signup/verify", map[string]string{"email": address, "code": code}).Want(http.StatusOK)
	}
	return Somebody{b, b.Get("/v1/me").Want(http.StatusOK).Map()["id"].(string), address}
}

// Find returns the user with an id as the database has it.
func (s *Server) Find(userID string) identity.User {
	s.t.Helper()
	user, err := identity.Get(s.t.Context(), s.DB, userID)
	s.must(err)
	return user
}

// Organization makes one.
func (s *Server) Organization(name string) (id string) {
	s.t.Helper()
	s.must(s.DB.Tx(s.t.Context(), func(tx *db.Tx) (err error) {
		id, err = identity.AddOrganization(s.t.Context(), tx, name, s.Clock.Now())
		return err
	}))
	return id
}

// Member makes a person with a role, signed in through the kernel. An empty
// organization is none.
func (s *Server) Member(address, organization string, role identity.Role) Somebody {
	s.t.Helper()
	var id string
	s.must(s.DB.Tx(s.t.Context(), func(tx *db.Tx) (err error) {
		ctx := s.t.Context()
		id, err = identity.Add(ctx, tx, identity.NewUser{Address: address, DisplayName: "Somebody"}, s.Clock.Now())
		if err != nil || organization == "" {
			return err
		}
		return identity.AddMember(ctx, tx, identity.Membership{OrganizationID: organization, UserID: id, Role: role}, s.Clock.Now())
	}))
	return Somebody{s.Enter(id, session.Full), id, address}
}

// Belong makes somebody a member of a further organization.
func (s *Server) Belong(who Somebody, organization string, role identity.Role) {
	s.t.Helper()
	s.must(s.DB.Tx(s.t.Context(), func(tx *db.Tx) error {
		return identity.AddMember(s.t.Context(), tx, identity.Membership{OrganizationID: organization, UserID: who.ID, Role: role}, s.Clock.Now())
	}))
}

// Enter opens a session of a user through the kernel and returns its browser.
func (s *Server) Enter(userID string, level session.Level) *Browser {
	s.t.Helper()
	var token secret.Secret
	s.must(s.DB.Tx(s.t.Context(), func(tx *db.Tx) error {
		user, err := identity.Get(s.t.Context(), tx, userID)
		if err != nil {
			return err
		}
		token, err = s.Sessions.Open(s.t.Context(), tx, session.Opening{User: user, Level: level, Method: "password"})
		return err
	}))
	b := s.Browser()
	b.Cookies[session.CookieName(s.Config.Base.Scheme == "https")] = token.Reveal()
	return b
}

// SetUp makes a set-up link and returns its token.
func (s *Server) SetUp() string {
	s.t.Helper()
	token := secret.NewToken(signup.SetupKind)
	s.must(s.DB.Tx(s.t.Context(), func(tx *db.Tx) error {
		return identity.SetFact(s.t.Context(), tx, identity.SetupFact, hex.EncodeToString(secret.Hash(token)))
	}))
	return token.Reveal()
}

// Letters returns the mails to an address that wait, the newest first.
func (s *Server) Letters(address string) []mail.Message {
	s.t.Helper()
	all, err := s.Mail.Outbox(s.t.Context(), 1000)
	s.must(err)
	var to []mail.Message
	for _, m := range all {
		if strings.EqualFold(m.Message.To, address) {
			to = append(to, m.Message)
		}
	}
	return to
}

// Letter returns the newest mail to an address.
func (s *Server) Letter(address string) mail.Message {
	s.t.Helper()
	all := s.Letters(address)
	if len(all) == 0 {
		s.t.Fatalf("no mail to %s", address)
	}
	return all[0]
}

var (
	codeLine  = regexp.MustCompile(`(?m)^\d{6}$`)
	firstLink = regexp.MustCompile(`https?://\S+`)
)

// CodeIn returns the code in a mail.
func CodeIn(m mail.Message) string { return codeLine.FindString(m.Text) }

// LinkIn returns the first link in a mail.
func LinkIn(m mail.Message) string { return firstLink.FindString(m.Text) }

// TokenIn returns the token of the first link in a mail.
func TokenIn(m mail.Message) string {
	_, token, _ := strings.Cut(LinkIn(m), "?token=")
	return token
}
