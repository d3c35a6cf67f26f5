package policy

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/db"
)

// Book is everything that the instance and some organizations have set.
type Book struct {
	lines map[string][]line // by organization; the instance's under ""
}

// line is one value of a book.
type line struct {
	rule *rule
	role identity.Role
	text string // the value as JSON
	Value
	err error // the value cannot be read
}

// atOnce is of how many organizations one statement reads.
const atOnce = 4

// Read returns what the instance and these organizations have set.
func Read(ctx context.Context, q db.Q, organizations ...string) (Book, error) {
	b := Book{map[string][]line{}}
	for chunk := range slices.Chunk(orInstance(organizations), atOnce) {
		args := make([]any, atOnce)
		for i := range args {
			args[i] = chunk[min(i, len(chunk)-1)]
		}
		rows, err := layers.All(ctx, q, args...)
		if err != nil {
			return b, err
		}
		delete(b.lines, "") // each chunk brings the instance's
		for _, r := range rows {
			b.add(r)
		}
	}
	return b, nil
}

func orInstance(organizations []string) []string {
	if len(organizations) == 0 {
		return []string{""}
	}
	return organizations
}

// add leaves out the keys of a newer version.
func (b Book) add(r row) {
	rule := rules[r.Key]
	if rule == nil {
		return
	}
	l := line{rule: rule, role: identity.Role(r.Role), text: r.Value}
	l.Value = Value{Source: source(r), OrganizationID: r.OrganizationID, SetBy: r.SetBy, SetAt: r.SetAt}
	if l.Value.Value, l.err = rule.read([]byte(r.Value)); l.err != nil {
		l.err = fmt.Errorf("%s of %q: %w", rule.Name, r.OrganizationID, l.err)
	}
	b.lines[r.OrganizationID] = append(b.lines[r.OrganizationID], l)
}

func source(r row) Source {
	switch {
	case r.Role != "":
		return FromRole
	case r.OrganizationID != "":
		return FromOrganization
	}
	return FromInstance
}

// holding calls visit for each line that may hold in a scope.
func (b Book) holding(s Scope, visit func(line)) {
	for _, l := range b.lines[""] {
		visit(l)
	}
	if s.OrganizationID == "" {
		return
	}
	for _, l := range b.lines[s.OrganizationID] {
		if l.role == "" || l.role == s.Role {
			visit(l)
		}
	}
}

// Effective returns the rules of a scope.
func (b Book) Effective(scope Scope) (set Set, err error) {
	set = Set{map[string][]Value{}}
	b.holding(scope, func(l line) {
		if l.err != nil {
			err = l.err
		}
		name := l.rule.Name
		if before := set.values[name]; before == nil || l.Source.depth() > before[0].Source.depth() {
			set.values[name] = []Value{l.Value}
		}
	})
	if err != nil {
		return Set{}, err
	}
	return set, nil
}

// Account returns the rules for the account of a person with these
// memberships. What is kept per organization is that of the first, so put the
// current one there. Without any, the instance's rules hold.
func (b Book) Account(memberships []identity.Membership) (Set, error) {
	var sets []Set
	for _, scope := range scopesOf(memberships) {
		s, err := b.Effective(scope)
		if err != nil {
			return Set{}, err
		}
		sets = append(sets, s)
	}
	return combine(sets), nil
}

// scopesOf are the scopes that hold for a person. There is at least one.
func scopesOf(memberships []identity.Membership) []Scope {
	if len(memberships) == 0 {
		return []Scope{{}}
	}
	scopes := make([]Scope, len(memberships))
	for i, m := range memberships {
		scopes[i] = Scope{m.OrganizationID, m.Role}
	}
	return scopes
}

// in returns the value of a key that holds in a scope.
func (k Key[T]) in(b Book, scope Scope) (v Value, err error) {
	v = Value{Value: k.rule.standard, Source: FromInstance}
	found := false
	b.holding(scope, func(l line) {
		if l.rule != k.rule || found && l.Source.depth() < v.Source.depth() {
			return
		}
		v, err, found = l.Value, l.err, true
	})
	return v, err
}

// Effective reads the rules of a scope.
func Effective(ctx context.Context, q db.Q, scope Scope) (Set, error) {
	b, err := Read(ctx, q, scope.OrganizationID)
	if err != nil {
		return Set{}, err
	}
	return b.Effective(scope)
}

// Account reads the rules for the account of a person with these memberships;
// see [Book.Account].
func Account(ctx context.Context, q db.Q, memberships []identity.Membership) (Set, error) {
	b, err := Read(ctx, q, organizationsOf(memberships)...)
	if err != nil {
		return Set{}, err
	}
	return b.Account(memberships)
}

func organizationsOf(memberships []identity.Membership) []string {
	all := make([]string, len(memberships))
	for i, m := range memberships {
		all[i] = m.OrganizationID
	}
	return all
}

// Own returns what an organization itself has set: for everybody under "", and
// for each role that it has set something for. Without an id it is the
// instance's.
func (b Book) Own(organizationID string) map[identity.Role]map[string]Value {
	all := map[identity.Role]map[string]Value{"": {}}
	for _, l := range b.lines[organizationID] {
		if all[l.role] == nil {
			all[l.role] = map[string]Value{}
		}
		all[l.role][l.rule.Name] = l.Value
	}
	return all
}

// Version is another one after each change of what an organization itself has
// set.
func (b Book) Version(organizationID string) string {
	var all []string
	for _, l := range b.lines[organizationID] {
		all = append(all, fmt.Sprintf("%s %s %s %d", l.role, l.rule.Name, l.text, l.SetAt.UnixMicro()))
	}
	slices.Sort(all)
	sum := sha256.Sum256([]byte(strings.Join(all, "\n")))
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

// Change is what to do with a rule in a scope: set it to a value, which is
// JSON, or without one clear it.
type Change struct {
	Scope
	Key   string
	Value []byte
}

// With returns the book as it would be after some changes at a moment. Errors
// are those of [Policies.Set].
func (b Book) With(actor string, at time.Time, changes ...Change) (Book, error) {
	after := Book{map[string][]line{}}
	for id, lines := range b.lines {
		after.lines[id] = slices.Clone(lines)
	}
	for _, c := range changes {
		text, err := c.text()
		if err != nil {
			return b, err
		}
		lines := after.lines[c.OrganizationID]
		i := slices.IndexFunc(lines, func(l line) bool { return l.rule.Name == c.Key && l.role == c.Role })
		if i >= 0 && lines[i].text == text {
			continue
		}
		if i >= 0 {
			after.lines[c.OrganizationID] = slices.Delete(lines, i, i+1)
		}
		if text != "" {
			after.add(row{c.OrganizationID, string(c.Role), c.Key, text, actor, at})
		}
	}
	return after, nil
}

// Check returns what is wrong with a change: ErrUnknown or ErrValue on the
// field named as the key.
func (c Change) Check() error {
	_, err := c.text()
	return err
}

// text is the value of a change as it is stored, empty for clearing. It
// returns ErrUnknown or ErrValue on the field named as the key.
func (c Change) text() (string, error) {
	if c.Role != "" && (c.OrganizationID == "" || !c.Role.Valid()) {
		return "", ErrUnknown.On("role")
	}
	if !Known(c.Key) {
		return "", ErrUnknown.On(c.Key)
	}
	if c.Value == nil {
		return "", nil
	}
	v, err := ValueOf(c.Key, c.Value)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(v)
	return string(text), err
}
