package db

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// The tables that the program's statements name, each with its place in
// [changes].
var tables = map[string]int{}

// changes counts, for each table, the commits that wrote to it.
type changes []atomic.Uint64

func newChanges() changes { return make(changes, len(tables)) }

// of is a number that differs after every commit that wrote to one of the
// tables.
func (c changes) of(places []int) (sum uint64) {
	for _, place := range places {
		sum += c[place].Load()
	}
	return sum
}

var (
	written = regexp.MustCompile(`(?i)\b(?:update|insert\s+into)\s+([a-z_]+)`)
	asked   = regexp.MustCompile(`(?i)\b(?:from|join)\s+([a-z_]+)`)
	deletes = regexp.MustCompile(`(?i)\bdelete\s+from\b`)
)

// placesIn returns the places of the tables that a pattern finds in a
// statement.
func placesIn(text string, pattern *regexp.Regexp) []int {
	found := map[int]bool{}
	for _, m := range pattern.FindAllStringSubmatch(text, -1) {
		name := strings.ToLower(m[1])
		if name == "set" { // ON CONFLICT … DO UPDATE SET
			continue
		}
		if _, ok := tables[name]; !ok {
			tables[name] = len(tables)
		}
		found[tables[name]] = true
	}
	return slices.Sorted(maps.Keys(found))
}

// Kept makes the query remember what it read, for at most that many different
// arguments, until a commit writes to one of the tables that it names. Who asks
// after a change was answered gets what is in the database. The rows are
// shared: nobody may change what they point to. It is for statements that
// nearly every request runs.
//
// Within a transaction, and on PostgreSQL, where others may write, nothing is
// remembered.
func (q Query[T]) Kept(most int) Query[T] {
	q.s.keeps = most
	return q
}

// memory is what one statement remembers on one database.
type memory struct {
	mu   sync.RWMutex
	rows map[string]remembered
}

type remembered struct {
	at   uint64 // changes of the tables when it was read
	rows any
}

func (m *memory) get(key string, now uint64) (any, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	r, ok := m.rows[key]
	return r.rows, ok && r.at == now
}

func (m *memory) put(key string, r remembered, most int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.rows == nil {
		m.rows = map[string]remembered{}
	}
	for old := range m.rows { // any one will do: all of them are asked for often
		if len(m.rows) < most {
			break
		}
		delete(m.rows, old)
	}
	m.rows[key] = r
}

// keyOf spells arguments, and reports whether all of them are of a kind that
// can be spelled.
func keyOf(args []any) (string, bool) {
	var b strings.Builder
	for _, a := range args {
		switch v := a.(type) {
		case string:
			b.WriteString(v)
		case []byte:
			b.Write(v)
		default:
			return "", false
		}
		b.WriteByte(0)
	}
	return b.String(), true
}

// recall answers a query from memory, or reads and remembers.
func recall[T any](d *DB, s *statement, limit int, args []any, read func() ([]T, error)) ([]T, error) {
	key, ok := keyOf(args)
	if !ok || limit >= 0 && limit != 1 {
		return read()
	}
	if limit == 1 {
		key += "1"
	}
	m, now := d.memory(s), d.writer.changes.of(s.reads)
	if rows, ok := m.get(key, now); ok {
		return slices.Clone(rows.([]T)), nil
	}
	rows, err := read()
	if err == nil {
		m.put(key, remembered{now, slices.Clone(rows)}, s.keeps)
	}
	return rows, err
}

func (d *DB) memory(s *statement) *memory {
	if m, ok := d.memories.Load(s); ok {
		return m.(*memory)
	}
	m, _ := d.memories.LoadOrStore(s, &memory{})
	return m.(*memory)
}
