package organization

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/postal"
)

// row is what an organization tells, as it is stored.
type row struct {
	Email             string
	EmailVerifiedAt   sql.Null[time.Time]
	Phone             string
	Website           string
	TimeZone          string
	Line1             string
	Line2             string
	City              string
	Region            string
	PostalCode        string
	Country           string
	BillingName       string
	BillingEmail      string
	BillingTaxID      string
	BillingLine1      string
	BillingLine2      string
	BillingCity       string
	BillingRegion     string
	BillingPostalCode string
	BillingCountry    string
}

// editor is somebody who may change the details.
type editor struct {
	UserID      string
	Role        identity.Role
	FirstName   string
	LastName    string
	FullName    string
	DisplayName string
	Visibility  string
	Picture     string
}

// offer is an ownership that waits for its receiver.
type offer struct {
	FromUser  string
	ToUser    string
	ExpiresAt time.Time
}

var (
	detailsOf = db.Rows[row](`
		SELECT email, email_verified_at, phone, website, time_zone, line1, line2, city, region, postal_code, country,
			billing_name, billing_email, billing_tax_id, billing_line1, billing_line2, billing_city, billing_region,
			billing_postal_code, billing_country
		FROM organization_details WHERE organization_id = $1`)
	putDetails = db.Exec(`
		INSERT INTO organization_details (organization_id, email, email_verified_at, phone, website, time_zone, line1, line2, city,
			region, postal_code, country, billing_name, billing_email, billing_tax_id, billing_line1, billing_line2, billing_city,
			billing_region, billing_postal_code, billing_country)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
		ON CONFLICT (organization_id) DO UPDATE SET email = excluded.email, email_verified_at = excluded.email_verified_at,
			phone = excluded.phone, website = excluded.website, time_zone = excluded.time_zone, line1 = excluded.line1,
			line2 = excluded.line2, city = excluded.city, region = excluded.region, postal_code = excluded.postal_code,
			country = excluded.country, billing_name = excluded.billing_name, billing_email = excluded.billing_email,
			billing_tax_id = excluded.billing_tax_id, billing_line1 = excluded.billing_line1, billing_line2 = excluded.billing_line2,
			billing_city = excluded.billing_city, billing_region = excluded.billing_region,
			billing_postal_code = excluded.billing_postal_code, billing_country = excluded.billing_country`)
	update = db.Exec(`
		UPDATE organizations SET name = $2, role_labels = $3, logo_for_members = $5, version = version + 1, updated_at = $4 WHERE id = $1`)
	verify = db.Exec(`UPDATE organization_details SET email_verified_at = $2 WHERE organization_id = $1`)
	remove = db.Exec(`DELETE FROM organizations WHERE id = $1`)

	logoOf  = db.Rows[string](`SELECT logo FROM organizations WHERE id = $1`)
	setLogo = db.Exec(`UPDATE organizations SET logo = $2, updated_at = $3 WHERE id = $1`)

	editors = db.Rows[editor](`
		SELECT m.user_id, m.role, u.first_name, u.last_name, u.full_name, u.display_name, u.visibility, u.picture
		FROM memberships m JOIN users u ON u.id = m.user_id
		WHERE m.organization_id = $1 AND m.role IN ('owner', 'admin') ORDER BY m.role DESC, m.since, m.user_id LIMIT $2`)
	ownerIDs = db.Rows[string](`SELECT user_id FROM memberships WHERE organization_id = $1 AND role = 'owner'`)
	people   = db.Rows[int64](`SELECT count(*) FROM memberships WHERE organization_id = $1`)
	// alone are the members who belong to no other organization.
	alone = db.Rows[int64](`
		SELECT count(*) FROM memberships m WHERE m.organization_id = $1
			AND NOT EXISTS (SELECT 1 FROM memberships o WHERE o.user_id = m.user_id AND o.organization_id <> $1)`)
	owned = db.Rows[int64](`SELECT count(*) FROM memberships WHERE user_id = $1 AND role = 'owner'`)

	putOffer = db.Exec(`
		INSERT INTO ownership_transfers (organization_id, from_user, to_user, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (organization_id) DO UPDATE SET from_user = excluded.from_user, to_user = excluded.to_user,
			created_at = excluded.created_at, expires_at = excluded.expires_at`)
	offerOf   = db.Rows[offer](`SELECT from_user, to_user, expires_at FROM ownership_transfers WHERE organization_id = $1 AND expires_at > $2`)
	takeOffer = db.Rows[string](`
		DELETE FROM ownership_transfers WHERE organization_id = $1 AND to_user = $2 AND expires_at > $3 RETURNING from_user`)
	dropOffer = db.Exec(`DELETE FROM ownership_transfers WHERE organization_id = $1`)
	sweep     = db.Exec(`DELETE FROM ownership_transfers WHERE expires_at <= $1`)
)

// read returns the details of an organization, or identity.ErrNoMember.
func read(ctx context.Context, q db.Q, id string) (d Details, err error) {
	if d.Organization, err = identity.GetOrganization(ctx, q, id); err != nil {
		return d, err
	}
	r, _, err := detailsOf.Maybe(ctx, q, id)
	if err != nil {
		return d, err
	}
	d.Email, d.EmailVerifiedAt, d.Phone, d.Website, d.TimeZone = r.Email, r.EmailVerifiedAt, r.Phone, r.Website, r.TimeZone
	d.Address = postal.Address{Line1: r.Line1, Line2: r.Line2, City: r.City, Region: r.Region, PostalCode: r.PostalCode, Country: r.Country}
	d.Billing = Billing{Name: r.BillingName, Email: r.BillingEmail, TaxID: r.BillingTaxID, Address: postal.Address{
		Line1: r.BillingLine1, Line2: r.BillingLine2, City: r.BillingCity, Region: r.BillingRegion, PostalCode: r.BillingPostalCode,
		Country: r.BillingCountry,
	}}
	d.labels = map[identity.Role]string{}
	return d, json.Unmarshal([]byte(d.Organization.RoleLabels), &d.labels)
}

// write keeps the details as the next version.
func write(ctx context.Context, tx *db.Tx, d Details, now time.Time) error {
	labels, err := json.Marshal(d.labels)
	if err != nil {
		return err
	}
	o, a, b := d.Organization, d.Address, d.Billing
	if _, err := update.Run(ctx, tx, o.ID, o.Name, string(labels), now, o.LogoForMembers); err != nil {
		return err
	}
	_, err = putDetails.Run(ctx, tx, o.ID, d.Email, d.EmailVerifiedAt, d.Phone, d.Website, d.TimeZone,
		a.Line1, a.Line2, a.City, a.Region, a.PostalCode, a.Country, b.Name, b.Email, b.TaxID,
		b.Address.Line1, b.Address.Line2, b.Address.City, b.Address.Region, b.Address.PostalCode, b.Address.Country)
	return err
}
