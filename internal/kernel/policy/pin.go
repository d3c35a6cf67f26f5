package policy

import "nameplate/internal/kernel/identity"

// Pinned returns the audience that a rule fixes for a field, and whether one
// does.
func (s Set) Pinned(f identity.Field) (identity.Audience, bool) {
	key, ok := fieldVisibility[string(f)]
	if !ok {
		return "", false
	}
	v := key.Of(s)
	return v, v != Unpinned
}

// Pin returns what a person has chosen with what rules fix laid over it.
func (s Set) Pin(chosen identity.Audiences) identity.Audiences {
	all := make(identity.Audiences, len(chosen))
	for f, a := range chosen {
		all[f] = a
		if fixed, ok := s.Pinned(f); ok {
			all[f] = fixed
		}
	}
	return all
}
