package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"time"
	"unicode"
)

// ErrNoRow is returned by One when there is none.
var ErrNoRow = sql.ErrNoRows

// Statement is one registered statement of the program.
type Statement struct {
	SQL     string
	Package string // import path of the package that declares it
}

type statement struct {
	Statement
	once    sync.Once
	columns []int // field of the row for each column; nil for a single value
	err     error
	reads   []int // places of the tables that it asks
	writes  []int // and of those that it changes
	cascade bool  // it deletes, and what else goes with that is not in its text
	keeps   int   // how many answers are remembered; see [Query.Kept]
}

var statements []*statement

// Statements lists every statement of the program in the order in which the
// packages that declare them were initialised.
func Statements() []Statement {
	all := make([]Statement, len(statements))
	for i, s := range statements {
		all[i] = s.Statement
	}
	return all
}

// register adds the statement declared two frames above.
func register(text string) *statement {
	pc, _, _, _ := runtime.Caller(2)
	name := runtime.FuncForPC(pc).Name()
	slash := strings.LastIndexByte(name, '/')
	pkg := name[:slash+1+strings.IndexByte(name[slash+1:], '.')]
	s := &statement{
		Statement: Statement{SQL: text, Package: pkg},
		reads:     placesIn(text, asked), writes: placesIn(text, written), cascade: deletes.MatchString(text),
	}
	statements = append(statements, s)
	return s
}

// A Query is a statement that returns rows of T: a struct with one exported
// field for each column, named alike (UserID for user_id), or a single value.
type Query[T any] struct{ s *statement }

// Rows declares a query. Call it only to initialise package variables.
func Rows[T any](text string) Query[T] { return Query[T]{register(text)} }

// One returns the first row, or ErrNoRow.
func (q Query[T]) One(ctx context.Context, db Q, args ...any) (T, error) {
	all, err := q.read(ctx, db, 1, args)
	if err == nil && len(all) == 0 {
		err = ErrNoRow
	}
	if err != nil {
		var zero T
		return zero, err
	}
	return all[0], nil
}

// Maybe returns the first row, and whether there is one.
func (q Query[T]) Maybe(ctx context.Context, db Q, args ...any) (row T, found bool, err error) {
	row, err = q.One(ctx, db, args...)
	if errors.Is(err, ErrNoRow) {
		return row, false, nil
	}
	return row, err == nil, err
}

// All returns every row.
func (q Query[T]) All(ctx context.Context, db Q, args ...any) ([]T, error) {
	return q.read(ctx, db, -1, args)
}

func (q Query[T]) read(ctx context.Context, db Q, limit int, args []any) ([]T, error) {
	if d, ok := db.(*DB); ok && q.s.keeps > 0 && d.Dialect == SQLite {
		return recall(d, q.s, limit, args, func() ([]T, error) { return q.ask(ctx, db, limit, args) })
	}
	return q.ask(ctx, db, limit, args)
}

func (q Query[T]) ask(ctx context.Context, db Q, limit int, args []any) ([]T, error) {
	rows, err := db.query(ctx, q.s, args)
	if err != nil {
		return nil, q.s.failed(err)
	}
	defer rows.Close()
	var all []T
	for len(all) != limit && rows.Next() {
		var row T
		if err := q.s.scan(rows, reflect.ValueOf(&row).Elem()); err != nil {
			return nil, q.s.failed(err)
		}
		all = append(all, row)
	}
	if err := rows.Err(); err != nil {
		return nil, q.s.failed(err)
	}
	return all, nil
}

// A Command is a statement that returns no rows.
type Command struct{ s *statement }

// Exec declares a command. Call it only to initialise package variables.
func Exec(text string) Command { return Command{register(text)} }

// Run executes the command and returns the number of rows it changed.
func (c Command) Run(ctx context.Context, tx *Tx, args ...any) (int64, error) {
	res, err := tx.exec(ctx, c.s, args)
	if err != nil {
		return 0, c.s.failed(err)
	}
	return res.RowsAffected()
}

// failed names the statement by its first line; its arguments stay out of
// errors, because they are people's data.
func (s *statement) failed(err error) error {
	head, _, _ := strings.Cut(strings.TrimSpace(s.SQL), "\n")
	return fmt.Errorf("%s: %w", head, err)
}

func (s *statement) scan(rows *sql.Rows, row reflect.Value) error {
	s.once.Do(func() { s.columns, s.err = resolve(rows, row.Type()) })
	if s.err != nil {
		return s.err
	}
	if s.columns == nil {
		return rows.Scan(target(row.Addr().Interface()))
	}
	dest := make([]any, len(s.columns))
	for i, field := range s.columns {
		dest[i] = target(row.Field(field).Addr().Interface())
	}
	return rows.Scan(dest...)
}

// resolve finds the field for each column, once for each statement.
func resolve(rows *sql.Rows, t reflect.Type) ([]int, error) {
	if single(t) {
		return nil, nil
	}
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	fields := make([]int, len(names))
	for i, name := range names {
		f, ok := t.FieldByNameFunc(func(field string) bool { return snake(field) == name })
		if !ok || len(f.Index) != 1 {
			return nil, fmt.Errorf("%s has no field for column %q", t, name)
		}
		fields[i] = f.Index[0]
	}
	return fields, nil
}

func single(t reflect.Type) bool {
	return t.Kind() != reflect.Struct || t == reflect.TypeFor[time.Time]() ||
		reflect.PointerTo(t).Implements(reflect.TypeFor[sql.Scanner]())
}

// snake turns NewEmail and UserID into new_email and user_id.
func snake(name string) string {
	var b strings.Builder
	runes := []rune(name)
	for i, r := range runes {
		if unicode.IsUpper(r) && i > 0 && (!unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
