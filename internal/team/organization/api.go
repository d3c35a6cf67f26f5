package organization

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/api"
	"nameplate/internal/platform/postal"
	"nameplate/internal/platform/route"
)

// API serves organizations as JSON.
type API struct {
	Service *Service
	Base    string // public address, under which logos stand
	// RoleLabel names a role in words.
	RoleLabel func(ctx context.Context, m identity.Membership) string
}

// entry is one of the caller's organizations.
type entry struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Role      string    `json:"role"`
	RoleLabel string    `json:"role_label"`
	Since     time.Time `json:"since"`
	Main      bool      `json:"main" doc:"Whether the card shows it, and a new session begins in it."`
	Current   bool      `json:"current" doc:"Whether it is the session's."`
}

type place struct {
	Line1      string `json:"line1"`
	Line2      string `json:"line2"`
	City       string `json:"city"`
	Region     string `json:"region"`
	PostalCode string `json:"postal_code"`
	Country    string `json:"country" doc:"ISO 3166-1 alpha-2"`
}

type billing struct {
	Name    string `json:"name"`
	Email   string `json:"email"`
	TaxID   string `json:"tax_id"`
	Address place  `json:"address"`
}

type editorBody struct {
	ID          string `json:"id"`
	DisplayName string `json:"display_name"`
	Role        string `json:"role"`
}

// organization is one with all that the caller may see.
type organization struct {
	ID            string            `json:"id"`
	Name          string            `json:"name"`
	Email         string            `json:"email"`
	EmailVerified bool              `json:"email_verified" doc:"Whether the code that went to the address was entered."`
	Phone         string            `json:"phone" doc:"E.164"`
	Website       string            `json:"website"`
	Logo          string            `json:"logo" doc:"URL of 256 pixels a side; empty: none. It is set by PUT /v1/orgs/{org}/logo."`
	ForMembers    bool              `json:"logo_for_members" doc:"Whether members who have no picture show the logo."`
	Address       place             `json:"address"`
	Billing       *billing          `json:"billing,omitempty" doc:"For owners and the billing role."`
	TimeZone      string            `json:"time_zone"`
	RoleLabels    map[string]string `json:"role_labels" doc:"The organization's own words for roles."`
	Editors       []editorBody      `json:"editors" doc:"Who can change the details, the owners first; at most twelve."`
	CreatedAt     time.Time         `json:"created_at"`
	UpdatedAt     time.Time         `json:"updated_at"`
}

type listInput struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Cursor string `query:"cursor" doc:"next_cursor of the page before."`
}

type listOutput struct {
	Body struct {
		Items      []entry `json:"items"`
		NextCursor string  `json:"next_cursor,omitempty"`
	}
}

type createInput struct {
	Body struct {
		Name string `json:"name" doc:"At most 64 characters. It need not be unique."`
	}
}

type oneInput struct {
	Org string `path:"org"`
}

type oneOutput struct {
	ETag string `header:"ETag"`
	Body *organization
}

type placePatch struct {
	Line1      api.Optional[string] `json:"line1,omitempty"`
	Line2      api.Optional[string] `json:"line2,omitempty"`
	City       api.Optional[string] `json:"city,omitempty"`
	Region     api.Optional[string] `json:"region,omitempty" doc:"Code of ISO 3166-2 or name, where the country's are known."`
	PostalCode api.Optional[string] `json:"postal_code,omitempty"`
	Country    api.Optional[string] `json:"country,omitempty" doc:"ISO 3166-1 alpha-2"`
}

type billingPatch struct {
	Name    api.Optional[string]     `json:"name,omitempty"`
	Email   api.Optional[string]     `json:"email,omitempty"`
	TaxID   api.Optional[string]     `json:"tax_id,omitempty"`
	Address api.Optional[placePatch] `json:"address,omitempty"`
}

type patchInput struct {
	Org     string `path:"org"`
	IfMatch string `header:"If-Match" doc:"Refuses the change if the organization has another ETag by now."`
	Body    struct {
		Name       api.Optional[string]                          `json:"name,omitempty"`
		Email      api.Optional[string]                          `json:"email,omitempty" doc:"A new one gets a code by mail."`
		Phone      api.Optional[string]                          `json:"phone,omitempty"`
		Website    api.Optional[string]                          `json:"website,omitempty"`
		Address    api.Optional[placePatch]                      `json:"address,omitempty"`
		Billing    api.Optional[billingPatch]                    `json:"billing,omitempty"`
		TimeZone   api.Optional[string]                          `json:"time_zone,omitempty"`
		ForMembers api.Optional[bool]                            `json:"logo_for_members,omitempty"`
		RoleLabels api.Optional[map[string]api.Optional[string]] `json:"role_labels,omitempty" doc:"Own word by role; null goes back to ours."`
	}
}

type deleteInput struct {
	Org  string `path:"org"`
	Body struct {
		Confirm string `json:"confirm" doc:"The organization's name."`
	}
}

type codeInput struct {
	Org  string `path:"org"`
	Body struct {
		Code string `json:"code"`
	}
}

type offerInput struct {
	Org  string `path:"org"`
	Body struct {
		User string `json:"user" doc:"Id of a member."`
	}
}

type offerOutput struct {
	Body offerBody
}

type offerBody struct {
	From      string    `json:"from"`
	User      string    `json:"user" doc:"Who is to confirm."`
	State     string    `json:"state" enum:"pending"`
	ExpiresAt time.Time `json:"expires_at"`
}

type mainInput struct {
	Body struct {
		Organization string `json:"organization" doc:"Id of an organization that the caller belongs to."`
	}
}

type accepted struct {
	Body struct {
		Status string `json:"status" doc:"accepted: the mail is on its way"`
	}
}

type nothing struct{}

// Mount adds the operations.
func (h API) Mount(a *api.API) {
	const tag, one = "Organizations", "/v1/orgs/{org}"
	reads, owns := route.Allowed(identity.ReadDetails).WithScope(identity.MembersRead), route.Allowed(identity.ManageOwners)
	api.Get(a, "/v1/orgs", route.Person.WithScope(identity.MembersRead), route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "list-organizations", Tag: tag, Summary: "The caller's organizations, the main one first"}, h.list)
	api.Post(a, "/v1/orgs", route.Person, route.JSON, route.Guarded, route.NoStore,
		api.Op{ID: "create-organization", Tag: tag, Summary: "Make an organization with the caller as owner", Status: http.StatusCreated}, h.create)
	api.Get(a, one, reads, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "get-organization", Tag: tag, Summary: "What an organization tells about itself"}, h.get)
	api.Patch(a, one, route.Allowed(identity.EditOrganization), route.JSON, route.Plain, route.NoStore,
		api.Op{ID: "change-organization", Tag: tag, Summary: "Change what an organization tells"}, h.patch)
	api.Delete(a, one, route.Allowed(identity.DeleteOrganization).WithProof(), route.JSON, route.Plain, route.NoStore,
		api.Op{ID: "delete-organization", Tag: tag, Summary: "Delete an organization; its members stay people", Status: http.StatusNoContent}, h.delete)
	api.Post(a, one+"/email/code", route.Allowed(identity.EditDetails), route.JSON, route.Guarded, route.NoStore,
		api.Op{ID: "send-organization-code", Tag: tag, Summary: "Mail another code to the organization's address", Status: http.StatusAccepted}, h.sendCode)
	api.Post(a, one+"/email/verify", route.Allowed(identity.EditDetails), route.JSON, route.Guarded, route.NoStore,
		api.Op{ID: "verify-organization-email", Tag: tag, Summary: "Verify the organization's address with the code", Status: http.StatusOK}, h.verify)
	api.Post(a, one+"/transfer-ownership", owns.WithProof(), route.JSON, route.Plain, route.NoStore,
		api.Op{ID: "offer-ownership", Tag: tag, Summary: "Offer the caller's ownership to a member", Status: http.StatusAccepted}, h.offer)
	api.Get(a, one+"/transfer-ownership", route.Person, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "get-ownership-offer", Tag: tag, Summary: "The offer that waits, for owners and its receiver"}, h.pending)
	api.Delete(a, one+"/transfer-ownership", route.Person, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "withdraw-ownership-offer", Tag: tag, Summary: "Take the offer back, or decline it", Status: http.StatusNoContent}, h.withdraw)
	api.Post(a, one+"/transfer-ownership/confirm", route.Person.WithProof(), route.JSON, route.Plain, route.NoStore,
		api.Op{ID: "accept-ownership", Tag: tag, Summary: "Become an owner by the offer that waits for the caller", Status: http.StatusNoContent}, h.accept)
	api.Put(a, "/v1/me/main-organization", route.Person, route.JSON, route.Plain, route.NoStore,
		api.Op{ID: "choose-main-organization", Tag: "Me", Summary: "Choose the organization that the card shows", Status: http.StatusNoContent}, h.makeMain)
}

func (h API) list(ctx context.Context, in *listInput) (*listOutput, error) {
	c, out := session.Of(ctx), &listOutput{}
	rest := c.Memberships
	if in.Cursor != "" {
		at := slices.IndexFunc(rest, func(m identity.Membership) bool { return m.OrganizationID == in.Cursor })
		if at < 0 {
			return nil, api.ErrMalformed
		}
		rest = rest[at+1:]
	}
	if len(rest) > in.Limit {
		rest = rest[:in.Limit]
		out.Body.NextCursor = rest[in.Limit-1].OrganizationID
	}
	out.Body.Items = []entry{}
	for _, m := range rest {
		out.Body.Items = append(out.Body.Items, entry{
			m.OrganizationID, m.OrganizationName, string(m.Role), h.RoleLabel(ctx, m), m.Since,
			m.OrganizationID == c.Memberships[0].OrganizationID, m.OrganizationID == c.Actor.Membership.OrganizationID,
		})
	}
	return out, nil
}

func (h API) create(ctx context.Context, in *createInput) (*oneOutput, error) {
	c := session.Of(ctx)
	id, err := h.Service.Create(ctx, c, in.Body.Name)
	if err != nil {
		return nil, err
	}
	if c.Actor.Membership, err = identity.MemberOf(ctx, h.Service.DB, id, c.User.ID); err != nil {
		return nil, err
	}
	d, err := h.Service.Get(ctx, c)
	return h.show(ctx, c, d, err)
}

func (h API) get(ctx context.Context, _ *oneInput) (*oneOutput, error) {
	c := session.Of(ctx)
	d, err := h.Service.Get(ctx, c)
	return h.show(ctx, c, d, err)
}

// Object is the caller's current organization as a webhook tells it; nil: the
// caller may not read it.
func (h API) Object(ctx context.Context, c session.Caller) (any, error) {
	if !c.Actor.Can(identity.ReadDetails) {
		return nil, nil
	}
	d, err := h.Service.Get(ctx, c)
	out, err := h.show(ctx, c, d, err)
	if err != nil {
		return nil, err
	}
	return out.Body, nil
}

func (h API) patch(ctx context.Context, in *patchInput) (*oneOutput, error) {
	version, err := api.Version(in.IfMatch)
	if err != nil {
		return nil, err
	}
	c := session.Of(ctx)
	d, err := h.Service.Change(ctx, c, version, in.patch())
	return h.show(ctx, c, d, err)
}

func (in *patchInput) patch() Patch {
	p, b := Patch{}, in.Body
	p.take(Name, b.Name)
	p.take(Email, b.Email)
	p.take(Phone, b.Phone)
	p.take(Website, b.Website)
	p.take(TimeZone, b.TimeZone)
	if b.ForMembers.Present {
		p[LogoForMembers] = strconv.FormatBool(b.ForMembers.Value)
	}
	p.takePlace(ofAddress, b.Address)
	p.clear(ofBilling, b.Billing.Null)
	p.take(BillingName, b.Billing.Value.Name)
	p.take(BillingEmail, b.Billing.Value.Email)
	p.take(BillingTaxID, b.Billing.Value.TaxID)
	p.takePlace(ofBilling+ofAddress, b.Billing.Value.Address)
	p.clear(ofLabels, b.RoleLabels.Null)
	for role, label := range b.RoleLabels.Value {
		p.take(Field(ofLabels+role), label)
	}
	return p
}

// take adds a field that was sent; null empties it.
func (p Patch) take(f Field, o api.Optional[string]) {
	if o.Present {
		p[f] = o.Value
	}
}

func (p Patch) takePlace(prefix string, o api.Optional[placePatch]) {
	p.clear(prefix, o.Null)
	for name, value := range map[string]api.Optional[string]{
		"line1": o.Value.Line1, "line2": o.Value.Line2, "city": o.Value.City, "region": o.Value.Region,
		"postal_code": o.Value.PostalCode, "country": o.Value.Country,
	} {
		p.take(Field(prefix+name), value)
	}
}

// clear empties what stands under a name that was sent as null.
func (p Patch) clear(prefix string, null bool) {
	for _, f := range Fields {
		if null && strings.HasPrefix(string(f), prefix) {
			p[f] = ""
		}
	}
}

func (h API) show(ctx context.Context, c session.Caller, d Details, err error) (*oneOutput, error) {
	if err != nil {
		return nil, err
	}
	o := d.Organization
	out := &organization{
		ID: o.ID, Name: o.Name, Email: d.Email, EmailVerified: d.EmailVerifiedAt.Valid, Phone: d.Phone, Website: d.Website,
		Logo: identity.LogoOf(h.Base, o.Logo).URL, ForMembers: o.LogoForMembers,
		Address: placeOf(d.Address), TimeZone: d.TimeZone, RoleLabels: map[string]string{}, Editors: []editorBody{},
		CreatedAt: o.CreatedAt, UpdatedAt: o.UpdatedAt,
	}
	if bills(c) {
		out.Billing = &billing{d.Billing.Name, d.Billing.Email, d.Billing.TaxID, placeOf(d.Billing.Address)}
	}
	for role, label := range d.labels {
		out.RoleLabels[string(role)] = label
	}
	found, err := h.Service.Editors(ctx, c)
	for _, e := range found {
		out.Editors = append(out.Editors, editorBody{e.UserID, e.Name, string(e.Role)})
	}
	return &oneOutput{ETag: api.ETag(o.Version), Body: out}, err
}

func placeOf(a postal.Address) place {
	return place{a.Line1, a.Line2, a.City, a.Region, a.PostalCode, a.Country}
}

func (h API) delete(ctx context.Context, in *deleteInput) (*nothing, error) {
	return nil, h.Service.Delete(ctx, session.Of(ctx), in.Body.Confirm)
}

func (h API) sendCode(ctx context.Context, _ *oneInput) (*accepted, error) {
	if err := h.Service.SendCode(ctx, session.Of(ctx)); err != nil {
		return nil, err
	}
	out := &accepted{}
	out.Body.Status = "accepted"
	return out, nil
}

func (h API) verify(ctx context.Context, in *codeInput) (*oneOutput, error) {
	c := session.Of(ctx)
	d, err := h.Service.VerifyEmail(ctx, c, in.Body.Code)
	return h.show(ctx, c, d, err)
}

func (h API) offer(ctx context.Context, in *offerInput) (*offerOutput, error) {
	o, err := h.Service.Offer(ctx, session.Of(ctx), in.Body.User)
	return waits(o, err)
}

func (h API) pending(ctx context.Context, _ *oneInput) (*offerOutput, error) {
	o, err := h.Service.Pending(ctx, session.Of(ctx))
	return waits(o, err)
}

func waits(o Offer, err error) (*offerOutput, error) {
	if err != nil {
		return nil, err
	}
	return &offerOutput{offerBody{o.From, o.To, "pending", o.ExpiresAt}}, nil
}

func (h API) withdraw(ctx context.Context, _ *oneInput) (*nothing, error) {
	return nil, h.Service.Withdraw(ctx, session.Of(ctx))
}

func (h API) accept(ctx context.Context, _ *oneInput) (*nothing, error) {
	return nil, h.Service.Accept(ctx, session.Of(ctx))
}

func (h API) makeMain(ctx context.Context, in *mainInput) (*nothing, error) {
	return nil, h.Service.MakeMain(ctx, session.Of(ctx), in.Body.Organization)
}
