package db

import (
	"database/sql"
	"fmt"
	"time"
)

// SQLite has no type for times: they are microseconds since 1970 in an INTEGER
// column there, and TIMESTAMPTZ on PostgreSQL. bind and target translate, so
// that tables can be STRICT and nothing depends on a driver's format.

func bind(d Dialect, args []any) []any {
	out := make([]any, len(args))
	for i, a := range args {
		out[i] = bindOne(d, a)
	}
	return out
}

func bindOne(d Dialect, a any) any {
	switch v := a.(type) {
	case time.Time:
		return moment(d, v)
	case sql.Null[time.Time]:
		if !v.Valid {
			return nil
		}
		return moment(d, v.V)
	}
	return a
}

func moment(d Dialect, t time.Time) any {
	if d == SQLite {
		return t.UnixMicro()
	}
	return t.UTC().Truncate(time.Microsecond)
}

// target wraps the places that a time is scanned into.
func target(dest any) any {
	switch v := dest.(type) {
	case *time.Time:
		return timeTarget{func(t time.Time, valid bool) { *v = t }}
	case *sql.Null[time.Time]:
		return timeTarget{func(t time.Time, valid bool) { v.V, v.Valid = t, valid }}
	}
	return dest
}

type timeTarget struct{ set func(t time.Time, valid bool) }

func (t timeTarget) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		t.set(time.Time{}, false)
	case int64:
		t.set(time.UnixMicro(v).UTC(), true)
	case time.Time:
		t.set(v.UTC(), true)
	default:
		return fmt.Errorf("a time cannot be read from a %T", src)
	}
	return nil
}
