package sso

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/saml"
)

// What can be wrong with the metadata of a provider.
var (
	ErrMetadata        = errs.New(errs.Invalid, "provider_metadata")
	ErrNotProvider     = errs.New(errs.Invalid, "provider_metadata_whose")
	ErrNoRedirect      = errs.New(errs.Invalid, "provider_metadata_redirect")
	ErrNoCertificate   = errs.New(errs.Invalid, "provider_metadata_certificate")
	ErrMetadataExpired = errs.New(errs.Invalid, "provider_metadata_expired")
	ErrMetadataSilent  = errs.New(errs.Invalid, "provider_metadata_silent")
	ErrMetadataNone    = errs.New(errs.Invalid, "provider_metadata_none")
	ErrEntity          = errs.New(errs.Invalid, "provider_entity")
	ErrCertificate     = errs.New(errs.Invalid, "provider_certificate")
)

var metadataFaults = map[saml.Fault]*errs.Error{
	saml.FaultMetadata: ErrMetadata, saml.FaultNoProvider: ErrNotProvider, saml.FaultNoRedirect: ErrNoRedirect,
	saml.FaultNoCertificate: ErrNoCertificate, saml.FaultMetadataTooOld: ErrMetadataExpired,
}

const maxMetadata = 400 << 10 // what is entered

// kept is what we need of metadata.
type kept struct {
	EntityID     string   `json:"entity_id"`
	SignIn       string   `json:"sign_in"`
	SignOut      string   `json:"sign_out,omitempty"`
	Certificates [][]byte `json:"certificates"` // DER
}

// described is a SAML provider as it described itself.
func (p Provider) described() (d saml.Provider, err error) {
	var k kept
	if err := json.Unmarshal([]byte(p.Metadata), &k); err != nil {
		return d, err
	}
	d = saml.Provider{EntityID: k.EntityID, SignIn: k.SignIn, SignOut: k.SignOut}
	for _, der := range k.Certificates {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return d, err
		}
		d.Certificates = append(d.Certificates, c)
	}
	return d, nil
}

// describe takes over what metadata says.
func (p *Provider) describe(d saml.Provider) error {
	k := kept{EntityID: d.EntityID, SignIn: d.SignIn, SignOut: d.SignOut}
	for _, c := range d.Certificates {
		k.Certificates = append(k.Certificates, c.Raw)
	}
	text, err := json.Marshal(k)
	p.Issuer, p.Metadata = d.EntityID, string(text)
	return err
}

// fillSAML reads metadata: what was entered, or else what is at its address. With
// neither, what was there before stays.
func (s *Service) fillSAML(ctx context.Context, p *Provider, given Settings, faults errs.Fields) error {
	if len(given.MetadataXML) > maxMetadata {
		faults = append(faults, ErrMetadata.On("metadata_xml"))
	}
	if given.MetadataURL == "" && given.MetadataXML == "" && (p.Metadata == "" || p.MetadataURL != "") {
		faults = append(faults, ErrMetadataNone.On("metadata_url"))
	}
	if len(faults) > 0 {
		return faults
	}
	p.ClientSecret, p.MetadataURL = []byte{}, ""
	switch {
	case given.MetadataXML != "":
		d, err := s.understood([]byte(given.MetadataXML))
		if err != nil {
			return on(err, "metadata_xml")
		}
		return p.describe(d)
	case given.MetadataURL != "":
		p.MetadataURL = given.MetadataURL
		d, err := s.fetch(ctx, p.MetadataURL)
		if err != nil {
			return on(err, "metadata_url")
		}
		return p.describe(d)
	}
	return nil
}

// fetch reads metadata at an address.
func (s *Service) fetch(ctx context.Context, address string) (d saml.Provider, err error) {
	if _, err := s.Out.Check(ctx, address); err != nil {
		return d, err
	}
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return d, ErrMetadataSilent.Because(err)
	}
	res, err := s.Out.Do(q)
	if err != nil {
		return d, ErrMetadataSilent.Because(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		return d, ErrMetadataSilent.Because(err)
	}
	return s.understood(raw)
}

func (s *Service) understood(raw []byte) (saml.Provider, error) {
	d, err := saml.ReadProvider(raw, s.Clock.Now())
	var fault saml.Fault
	if errors.As(err, &fault) {
		return d, metadataFaults[fault]
	}
	return d, err
}

// Reread reads metadata again, each of it once an hour, so that a provider can
// change its keys. While it cannot be read, what was read before stays.
func (s *Service) Reread(ctx context.Context) error {
	all, err := unread.All(ctx, s.DB, s.Clock.Now().Add(-askAgain), atOnce)
	if err != nil {
		return err
	}
	for _, p := range all {
		if err := s.reread(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) reread(ctx context.Context, p Provider) error {
	mine, now := false, s.Clock.Now()
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := claimMetadata.Run(ctx, tx, p.ID, now, now.Add(-askAgain))
		mine = n == 1
		return err
	})
	if err != nil || !mine {
		return err
	}
	if err := s.refresh(ctx, p); fault(err) == nil {
		return err
	}
	return ctx.Err()
}

// refresh takes over what a provider says of itself by now. One that calls
// itself something else is another provider.
func (s *Service) refresh(ctx context.Context, p Provider) error {
	d, err := s.fetch(ctx, p.MetadataURL)
	if err != nil {
		return err
	}
	if d.EntityID != p.Issuer {
		return ErrEntity.With("Issuer", clip(d.EntityID))
	}
	if err := p.describe(d); err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := keepMetadata.Run(ctx, tx, p.ID, p.Metadata, p.Issuer, p.MetadataURL)
		return err
	})
}

// testSAML reads the metadata again, where it has an address.
func (s *Service) testSAML(ctx context.Context, p Provider) ([]Step, error) {
	var err error
	if p.MetadataURL != "" {
		err = s.refresh(ctx, p)
	}
	all := []Step{{StepDocument, fault(err)}}
	if err != nil {
		return all, unlessFault(err)
	}
	if p, err = s.find(ctx, s.DB, p.ID); err != nil {
		return nil, err
	}
	d, err := p.described()
	if err != nil {
		return nil, err
	}
	domain, err := s.testDomain(ctx, p)
	return append(all, Step{StepCertificate, expired(d, s.Clock.Now())}, domain), err
}

func expired(d saml.Provider, now time.Time) *errs.Error {
	if now.Before(d.Good()) {
		return nil
	}
	return ErrCertificate
}
