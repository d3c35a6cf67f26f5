package apptest

import (
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/platform/db"
)

// Rule sets a rule of an organization, or of the instance for an empty one, to
// a value, which is JSON, as the operator does.
func (s *Server) Rule(organization, key, value string) {
	s.t.Helper()
	s.RuleFor(organization, "", key, value)
}

// RuleFor is Rule for one role.
func (s *Server) RuleFor(organization string, role identity.Role, key, value string) {
	s.t.Helper()
	operator, scope := identity.Actor{Operator: true, Origin: identity.Command}, policy.Scope{OrganizationID: organization, Role: role}
	s.must(s.DB.Tx(s.t.Context(), func(tx *db.Tx) error {
		return s.Rules.Policies.Set(s.t.Context(), tx, operator, scope, key, []byte(value))
	}))
}
