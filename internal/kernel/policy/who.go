package policy

import (
	"encoding/json"

	"nameplate/internal/kernel/identity"
)

// Who is some of the people of an organization: all, or those in some roles.
// The zero one is nobody.
type Who struct {
	All   bool
	Roles []identity.Role // in the order of identity.Roles
}

// The words for all and for nobody.
const (
	everybody = "all"
	nobody    = "none"
)

// Has reports whether somebody with this role is meant. Only all means people
// without one.
func (w Who) Has(role identity.Role) bool {
	for _, r := range w.Roles {
		if r == role {
			return true
		}
	}
	return w.All
}

// MarshalJSON spells w: "all", "none" or a list of roles.
func (w Who) MarshalJSON() ([]byte, error) {
	switch {
	case w.All:
		return json.Marshal(everybody)
	case len(w.Roles) == 0:
		return json.Marshal(nobody)
	}
	return json.Marshal(w.Roles)
}

// WhoNeeds declares a rule for all, for some roles or for nobody; at first for
// nobody. Those of several organizations hold at once, each for its own role.
func WhoNeeds(name string) Key[Who] {
	return declare[Who](rule{
		About: About{Name: name, Roles: true, Everybody: true}, standard: Who{}, together: All, read: readWho,
	})
}

func readWho(raw []byte) (any, error) {
	var word string
	if json.Unmarshal(raw, &word) == nil && !isNull(raw) {
		switch word {
		case everybody:
			return Who{All: true}, nil
		case nobody:
			return Who{}, nil
		}
		return nil, errUnfit
	}
	roles, err := readRoles(raw)
	if err != nil {
		return nil, err
	}
	if all := roles.([]identity.Role); len(all) > 0 {
		return Who{Roles: all}, nil
	}
	return Who{}, nil
}
