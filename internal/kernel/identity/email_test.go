package identity_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/db/dbtest"
	"nameplate/internal/platform/ids"
)

var moment = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

func within(t *testing.T, d *db.DB, fn func(ctx context.Context, tx *db.Tx) error) {
	t.Helper()
	if err := d.Tx(t.Context(), func(tx *db.Tx) error { return fn(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
}

func person(t *testing.T, d *db.DB, address string) (id string) {
	t.Helper()
	within(t, d, func(ctx context.Context, tx *db.Tx) (err error) {
		id, err = identity.Add(ctx, tx, identity.NewUser{Address: address}, moment)
		return err
	})
	return id
}

// book spells the addresses of a user, the primary one with a star.
func book(t *testing.T, d *db.DB, userID string) string {
	t.Helper()
	all, err := identity.Emails(t.Context(), d, userID)
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for _, e := range all {
		if e.IsPrimary {
			e.Address += "*"
		}
		words = append(words, e.Address)
	}
	return strings.Join(words, " ")
}

func TestAnAddressBelongsToOnePersonAndThePrimaryOneStays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ada, bob := person(t, d, "ada@example.com"), person(t, d, "bob@example.com")
		within(t, d, func(ctx context.Context, tx *db.Tx) error {
			if ok, err := identity.AddEmail(ctx, tx, ids.New(ids.Email, moment), ada, "BOB@example.com", moment); ok || err != nil {
				t.Errorf("a foreign one was added: %v", err)
			}
			if ok, err := identity.SetPrimaryEmail(ctx, tx, ada, "Bob@Example.com", moment); ok || err != nil {
				t.Errorf("a foreign one is the primary one: %v", err)
			}
			primary, err := identity.PrimaryEmail(ctx, tx, ada)
			if err != nil {
				return err
			}
			for _, userID := range []string{ada, bob} {
				if gone, err := identity.RemoveEmail(ctx, tx, userID, primary.ID); gone || err != nil {
					t.Errorf("it was removed: %v", err)
				}
			}
			return nil
		})
		if a, b := book(t, d, ada), book(t, d, bob); a != "ada@example.com*" || b != "bob@example.com*" {
			t.Errorf("%s and %s", a, b)
		}
	})
}

func TestOnlyThePrimaryAddressIsFoundForSigningIn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ada := person(t, d, "ada@example.com")
		within(t, d, func(ctx context.Context, tx *db.Tx) error {
			_, err := identity.AddEmail(ctx, tx, ids.New(ids.Email, moment), ada, "more@example.com", moment)
			return err
		})
		for address, want := range map[string]bool{"ADA@example.com": true, "more@example.com": false, "nobody@example.com": false} {
			if u, found, err := identity.FindUser(t.Context(), d, address); err != nil || found != want || found != (u.ID == ada) {
				t.Errorf("%s: %+v, %v, %v", address, u, found, err)
			}
		}
		if e, found, err := identity.FindEmail(t.Context(), d, "more@example.com"); err != nil || !found || e.UserID != ada {
			t.Errorf("the further one is nobody's: %v", err)
		}
	})
}
