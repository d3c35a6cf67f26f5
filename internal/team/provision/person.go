package provision

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/provenance"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/scim"
)

// person is somebody of an organization: a member, somebody whom the provider
// keeps, or mostly both.
type person struct {
	UserID      string
	State       string
	FirstName   string
	LastName    string
	FullName    string
	DisplayName string
	Visibility  string
	UpdatedAt   time.Time
	Address     string

	Role        sql.Null[string] // absent: no member
	Designation sql.Null[string]
	Since       sql.Null[time.Time]

	Attributes      sql.Null[string] // absent: the provider does not keep them
	Active          sql.Null[bool]
	HeldRole        sql.Null[string]
	HeldDesignation sql.Null[string]
	KeptSince       sql.Null[time.Time]
	SyncedAt        sql.Null[time.Time]
}

func (p person) member() bool { return p.Role.Valid }

func (p person) kept() bool { return p.Attributes.Valid }

// told is what the provider has told of somebody, or would have told of a
// member whom it does not keep, with the address and the state as they are.
func (p person) told() scim.Object {
	o := scim.Object{"userName": p.Address}
	if p.kept() {
		// The column is only ever written by spell, so it always parses.
		json.Unmarshal([]byte(p.Attributes.V), &o) //nolint:errcheck // see above
	}
	o["active"] = p.member()
	o["emails"] = []any{scim.Object{"value": p.Address, "type": "work", "primary": true}}
	return o
}

func spell(o scim.Object) (string, error) {
	text, err := json.Marshal(o)
	return string(text), err
}

// shown is what of a member a provider reads that does not keep them: what the
// team sees.
func (p person) shown() scim.Object {
	o := p.told()
	if p.kept() {
		return o
	}
	u := identity.User{FirstName: p.FirstName, LastName: p.LastName, FullName: p.FullName, DisplayName: p.DisplayName, Visibility: p.Visibility}
	sees := identity.AudiencesOf(u)
	name := scim.Object{}
	for key, of := range map[string]struct {
		field identity.Field
		text  string
	}{
		"givenName": {identity.FirstName, u.FirstName}, "familyName": {identity.LastName, u.LastName}, "formatted": {identity.FullName, u.Full()},
	} {
		if sees[of.field] != identity.ToPrivate && of.text != "" {
			name[key] = of.text
		}
	}
	if len(name) > 0 {
		o["name"] = name
	}
	if text := identity.ShownName(u, sees); text != "" {
		o["displayName"] = text
	}
	if p.Designation.V != "" {
		o["title"] = p.Designation.V
	}
	return o
}

// resource is the whole of somebody, with what never changes and what tells
// versions apart.
func (s *Service) resource(org string, p person, in []inGroup) scim.Object {
	o := p.shown()
	var list []any
	for _, g := range in {
		if g.UserID == p.UserID {
			list = append(list, scim.Object{
				"value": g.GroupID, "display": g.DisplayName, "type": "direct", "$ref": s.Base(org) + "/Groups/" + g.GroupID,
			})
		}
	}
	if len(list) > 0 {
		o["groups"] = list
	}
	changed := p.UpdatedAt
	if p.SyncedAt.V.After(changed) {
		changed = p.SyncedAt.V
	}
	began := p.KeptSince
	if !began.Valid {
		began = p.Since
	}
	return s.sealed(o, org, users, "Users", p.UserID, began.V, changed)
}

// sealed adds id, schemas and meta to a resource.
func (s *Service) sealed(o scim.Object, org string, of scim.Schema, endpoint, id string, began, changed time.Time) scim.Object {
	o["id"] = id
	version := versionOf(o)
	o["schemas"] = []any{of.ID}
	o["meta"] = scim.Object{
		"resourceType": of.Name, "created": scim.Time(began), "lastModified": scim.Time(changed),
		"location": s.Base(org) + "/" + endpoint + "/" + id, "version": version,
	}
	return o
}

// versionOf is the ETag of a resource: a hash, because it changes with what
// people change themselves, too.
func versionOf(o scim.Object) string {
	text, err := json.Marshal(o)
	if err != nil {
		panic(err) // texts, booleans and lists of them always have a form in JSON
	}
	sum := sha256.Sum256(text)
	return `W/"` + base64.RawURLEncoding.EncodeToString(sum[:9]) + `"`
}

// want is what a resource asks for.
type want struct {
	told     scim.Object
	key      string // userName in small letters
	external string
	active   bool
	address  string // empty: none is told
	values   provenance.Values
}

const maxTerm = 255 // bytes of a name or id of the provider's

// wanted reads a resource. It returns what is wrong with a value.
func wanted(o scim.Object) (w want, err error) {
	w = want{told: o, key: strings.ToLower(scim.String(o, "userName")), external: scim.String(o, "externalId"), active: true}
	if on, ok := o["active"].(bool); ok {
		w.active = on
	}
	if len(w.key) > maxTerm || len(w.external) > maxTerm {
		return w, scim.ErrValue.With("Attribute", "userName, externalId")
	}
	w.address = mainOf(scim.Objects(o, "emails"))
	w.values, err = provenance.Clean(provenance.Values{
		identity.FirstName: scim.String(o, "name", "givenName"), identity.LastName: scim.String(o, "name", "familyName"),
		identity.FullName: scim.String(o, "name", "formatted"), identity.DisplayName: scim.String(o, "displayName"),
		identity.Designation: scim.String(o, "title"), identity.Phone: mainOf(scim.Objects(o, "phoneNumbers")),
	})
	return w, err
}

// mainOf is the value that counts of several: the primary one, or that of work,
// or the first.
func mainOf(all []scim.Object) (best string) {
	rank := 0
	for _, o := range all {
		value, is := scim.String(o, "value"), 1
		switch {
		case o["primary"] == true:
			is = 3
		case strings.EqualFold(scim.String(o, "type"), "work"):
			is = 2
		}
		if value != "" && is > rank {
			best, rank = value, is
		}
	}
	return best
}

// find returns somebody of an organization, or ErrNone.
func find(ctx context.Context, q db.Q, org, id string) (person, error) {
	p, found, err := one.Maybe(ctx, q, org, id)
	if err == nil && !found {
		err = ErrNone
	}
	return p, err
}
