package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/blob"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
)

const (
	manyPeople   = 10_000
	perCompany   = 50
	pictureBytes = 8 << 10
	pictureName  = "benchbenchbenchbenchbenchb"
	atOnce       = 500 // people to a transaction
)

// people is what the requests need to know of those in the database.
type people struct {
	ids     []string // of the savers
	tokens  []string // of the savers' sessions
	shown   string   // whose card is asked for, and who is not among the savers
	picture []byte
	desk    desk
}

var (
	decorate = db.Exec(`
		UPDATE users SET first_name = 'Kateřina', last_name = 'Winterová', phone = '+420601123456', pronouns = 'she/her',
			time_zone = 'Europe/Prague', picture = $2, bio = $3, visibility = '{"bio":"public","email":"public","phone":"public"}' WHERE id = $1`)
	synchronous  = db.Rows[int]("PRAGMA synchronous")
	secureDelete = db.Rows[int]("PRAGMA secure_delete")
)

// bio makes a card of about 2 KiB.
var bio = strings.Repeat("Ask me about bills, contracts, and meters. ", 26)

// seed adds people, each with a session, to the stopped database in folder.
func seed(ctx context.Context, folder string) (people, error) {
	var p people
	d, err := db.Open(ctx, filepath.Join(folder, "nameplate.db"))
	if err != nil {
		return p, err
	}
	defer d.Close()
	s := seeder{d: d, sessions: session.Store{DB: d, Clock: clock.System{}}}
	for n := 0; n < manyPeople; n += atOnce {
		if err := s.some(ctx, n, &p); err != nil {
			return p, err
		}
	}
	if p.desk, err = s.desk(ctx); err != nil {
		return p, err
	}
	p.picture = make([]byte, pictureBytes)
	rand.Read(p.picture) //nolint:errcheck // it never fails
	blobs, err := blob.Open(filepath.Join(folder, "blobs"))
	if err != nil {
		return p, err
	}
	defer blobs.Close()
	return p, blobs.Put(ctx, "avatars/"+pictureName+"/256.webp", p.picture)
}

type seeder struct {
	d        *db.DB
	sessions session.Store
	company  string
}

// some adds people n and up, in one transaction. The first are the savers, the
// one after them is shown.
func (s *seeder) some(ctx context.Context, n int, p *people) error {
	return s.d.Tx(ctx, func(tx *db.Tx) error {
		for i := n; i < n+atOnce; i++ {
			id, token, err := s.one(ctx, tx, i)
			switch {
			case err != nil:
				return err
			case i < savers:
				p.ids, p.tokens = append(p.ids, id), append(p.tokens, token)
			case i == savers:
				p.shown = id
			}
		}
		return nil
	})
}

func (s *seeder) one(ctx context.Context, tx *db.Tx, i int) (id, token string, err error) {
	now := s.sessions.Clock.Now()
	name := fmt.Sprintf("Kateřina Winterová %d", i)
	if id, err = identity.Add(ctx, tx, identity.NewUser{Address: fmt.Sprintf("katerina.%d@example.com", i), DisplayName: name}, now); err != nil {
		return "", "", err
	}
	if _, err = decorate.Run(ctx, tx, id, pictureName, bio); err != nil {
		return "", "", err
	}
	if i%perCompany == 0 {
		if s.company, err = identity.AddOrganization(ctx, tx, fmt.Sprintf("Winterová & Söhne %d", i/perCompany), now); err != nil {
			return "", "", err
		}
	}
	member := identity.Membership{OrganizationID: s.company, UserID: id, Role: identity.Agent, Designation: "Senior Billing Specialist"}
	if err = identity.AddMember(ctx, tx, member, now); err != nil {
		return "", "", err
	}
	token, err = s.enter(ctx, tx, id)
	return id, token, err
}

// enter opens a session.
func (s *seeder) enter(ctx context.Context, tx *db.Tx, id string) (token string, err error) {
	u, err := identity.Get(ctx, tx, id)
	if err != nil {
		return "", err
	}
	secret, err := s.sessions.Open(ctx, tx, session.Opening{User: u, Level: session.Full, Method: "password", UserAgent: "bench"})
	return secret.Reveal(), err
}

// durability says what a commit of the product's own writer is worth, asked of
// the connection that writes.
func durability(ctx context.Context, folder string) (text string, err error) {
	d, err := db.Open(ctx, filepath.Join(folder, "nameplate.db"))
	if err != nil {
		return "", err
	}
	defer d.Close()
	err = d.Tx(ctx, func(tx *db.Tx) error {
		level, err := synchronous.One(ctx, tx)
		if err != nil {
			return err
		}
		overwrite, err := secureDelete.One(ctx, tx)
		text = fmt.Sprintf("SQLite, write-ahead log, synchronous=%d (2 is FULL), secure_delete=%d, on both", level, overwrite)
		return err
	})
	return text, err
}

func copyFile(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o600)
}
