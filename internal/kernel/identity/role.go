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

// Valid reports whether r is one of the roles.
func (r Role) Valid() bool { _, ok := may[r]; return ok }

// Act is something that a role may or may not do in its organization.
type Act uint8

// The acts, as chapter 3 of the product describes who may what.
const (
	ReadMembers Act = iota + 1
	ReadDetails
	EditDetails
	SetMemberChannels
	ManageMembers // invite, change roles below owner, sign out, reset
	ManageOwners
	EditPolicy
	ReadAudit
	SeeBilling
	DeleteOrganization
)

var may = map[Role]map[Act]bool{
	Owner:      acts(ReadMembers, ReadDetails, EditDetails, SetMemberChannels, ManageMembers, ManageOwners, EditPolicy, ReadAudit, SeeBilling, DeleteOrganization),
	Admin:      acts(ReadMembers, ReadDetails, EditDetails, SetMemberChannels, ManageMembers, EditPolicy, ReadAudit),
	Supervisor: acts(ReadMembers, ReadDetails, SetMemberChannels),
	Agent:      acts(ReadMembers, ReadDetails),
	Billing:    acts(SeeBilling),
}

func acts(all ...Act) map[Act]bool {
	m := make(map[Act]bool, len(all))
	for _, a := range all {
		m[a] = true
	}
	return m
}

// May reports whether the role allows a.
func (r Role) May(a Act) bool { return may[r][a] }
