package sso

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"database/sql"
	"errors"
	"slices"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/saml"
)

// ownKey is a key of ours, by which a provider knows us.
type ownKey struct {
	ProviderID  string
	CreatedAt   time.Time
	PrivateKey  []byte // sealed
	Certificate []byte // DER
	SignsFrom   sql.Null[time.Time]
}

var errKeys = errors.New("sso: no key signs")

func keyPlace(provider string) string { return "provider_keys|private_key|" + provider }

// newKey makes a key for a provider that speaks SAML; for others there is none.
func (s *Service) newKey(p Provider) (k ownKey, err error) {
	if p.Kind != SAML {
		return k, nil
	}
	now := s.Clock.Now()
	made, err := saml.NewKey(s.URL.Hostname(), now)
	if err != nil {
		return k, err
	}
	private := s.Keys.Seal(x509.MarshalPKCS1PrivateKey(made.Private), keyPlace(p.ID))
	return ownKey{ProviderID: p.ID, CreatedAt: now, PrivateKey: private, Certificate: made.Certificate}, nil
}

func (k ownKey) add(ctx context.Context, tx *db.Tx, from sql.Null[time.Time]) error {
	_, err := addKey.Run(ctx, tx, k.ProviderID, k.CreatedAt, k.PrivateKey, k.Certificate, from)
	return err
}

// party is what we are to a provider.
func (s *Service) party(ctx context.Context, p Provider) (party saml.Party, of saml.Provider, err error) {
	party = saml.Party{EntityID: s.MetadataURL(p), Answers: s.AnswerURL(p), Leaving: s.LogoutURI(p)}
	rows, err := keysOf.All(ctx, s.DB, p.ID)
	if err != nil {
		return party, of, err
	}
	var signs time.Time
	for _, row := range rows {
		key, err := s.openKey(row)
		if err != nil {
			return party, of, err
		}
		party.Keys = append(party.Keys, key)
		if row.SignsFrom.Valid && row.SignsFrom.V.After(signs) {
			signs, party.Signer = row.SignsFrom.V, key
		}
	}
	if party.Signer.Private == nil {
		return party, of, errKeys
	}
	of, err = p.described()
	return party, of, err
}

func (s *Service) openKey(row ownKey) (k saml.Key, err error) {
	plain, err := s.Keys.Open(row.PrivateKey, keyPlace(row.ProviderID))
	if err != nil {
		return k, err
	}
	var private *rsa.PrivateKey
	private, err = x509.ParsePKCS1PrivateKey(plain)
	return saml.Key{Private: private, Certificate: row.Certificate}, err
}

// Waiting reports whether a provider that speaks SAML has a new key of ours that
// does not sign yet.
func (s *Service) Waiting(ctx context.Context, p Provider) (bool, error) {
	rows, err := keysOf.All(ctx, s.DB, p.ID)
	return slices.ContainsFunc(rows, func(k ownKey) bool { return !k.SignsFrom.Valid }), err
}

// Rotate makes a new key, of which our metadata tells beside the one that signs;
// asked again, it lets the new one sign. The old one stays known until the next
// is made, so that nothing that is under way is lost. It returns ErrNone.
func (s *Service) Rotate(ctx context.Context, actor identity.Actor, id string) error {
	p, err := s.Get(ctx, actor, id)
	if err == nil && p.Kind != SAML {
		err = ErrNone
	}
	if err != nil {
		return err
	}
	key, err := s.newKey(p)
	if err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := identity.Hold(ctx, tx, p.OrganizationID); err != nil {
			return err
		}
		n, err := useKey.Run(ctx, tx, p.ID, s.Clock.Now())
		if err == nil && n == 0 {
			_, err = dropKeys.Run(ctx, tx, p.ID)
			if err == nil {
				err = key.add(ctx, tx, sql.Null[time.Time]{})
			}
		}
		if err != nil {
			return err
		}
		return s.record(ctx, tx, p, journal.Act{Action: "identity_provider.updated", Actor: actor, Changes: []string{"key"}})
	})
}

// MetadataURL is where we describe ourselves to a provider that speaks SAML, and
// what we call ourselves there.
func (s *Service) MetadataURL(p Provider) string { return s.at(p, "metadata") }

// AnswerURL is where such a provider sends people back to.
func (s *Service) AnswerURL(p Provider) string { return s.at(p, "acs") }

// Metadata describes us to a provider. It returns ErrNone.
func (s *Service) Metadata(ctx context.Context, id string) ([]byte, error) {
	p, err := s.find(ctx, s.DB, id)
	if err == nil && p.Kind != SAML {
		err = ErrNone
	}
	if err != nil {
		return nil, err
	}
	party, _, err := s.party(ctx, p)
	if err != nil {
		return nil, err
	}
	return party.Metadata()
}
