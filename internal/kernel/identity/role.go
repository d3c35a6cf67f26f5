package identity

// Role is what a member is in an organization.
type Role string

// The roles, from the one that may most.
const (
	Owner      Role = "owner"
	Admin      Role = "admin"
	Supervisor Role = "supervisor"
	Agent      Role = "agent"
	Billing    Role = "billing"
)

// Roles lists every role.
var Roles = []Role{Owner, Admin, Supervisor, Agent, Billing}

// Client is what a service is that acts for the organization itself. Nobody is
// given it.
const Client Role = "client"

// Valid reports whether r is one of the roles.
func (r Role) Valid() bool { _, ok := may[r]; return ok }

// Act is something that a role may or may not do in its organization.
type Act uint8

// The acts, as chapter 3 of the product describes who may what.
const (
	ReadMembers Act = iota + 1
	ReadDetails
	EditDetails      // but those of billing
	EditOrganization // the details or those of billing
	SetMemberChannels
	ManageMembers // invite, change roles below owner, sign out, reset
	ManageOwners
	EditPolicy
	ReadAudit
	SeeBilling
	DeleteOrganization
	Connect // API clients and webhooks
	Report  // tell people what happens, as a platform does
	Assign  // see who has room and take it, as routing does
)

var may = map[Role]map[Act]bool{
	Owner:      acts(ReadMembers, ReadDetails, EditDetails, EditOrganization, SetMemberChannels, ManageMembers, ManageOwners, EditPolicy, ReadAudit, SeeBilling, DeleteOrganization, Connect, Report, Assign),
	Admin:      acts(ReadMembers, ReadDetails, EditDetails, EditOrganization, SetMemberChannels, ManageMembers, EditPolicy, ReadAudit, Connect, Report, Assign),
	Supervisor: acts(ReadMembers, ReadDetails, SetMemberChannels, Assign),
	Agent:      acts(ReadMembers, ReadDetails),
	Billing:    acts(ReadDetails, EditOrganization, SeeBilling),
}

func acts(all ...Act) map[Act]bool {
	m := make(map[Act]bool, len(all))
	for _, a := range all {
		m[a] = true
	}
	return m
}

// clientMay is what a service may do that has the scope for it.
var clientMay = acts(ReadMembers, ReadDetails, ReadAudit, Connect, Report, Assign)

// May reports whether the role allows a.
func (r Role) May(a Act) bool {
	if r == Client {
		return clientMay[a]
	}
	return may[r][a]
}

// MayTouch reports whether the role may act on a member of another one, or
// give it: whoever manages members does, but owners are for owners alone.
func (r Role) MayTouch(other Role) bool {
	if other == Owner {
		return r.May(ManageOwners)
	}
	return r.May(ManageMembers)
}

// Above reports whether the role may act on a member of another one who must
// be below it, as for taking second factors away.
func (r Role) Above(other Role) bool { return other != r && r.MayTouch(other) }
