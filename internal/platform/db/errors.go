package db

import (
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// Duplicate reports whether err says that a row of table already has this
// value in column. On PostgreSQL the constraint has the name that an inline
// UNIQUE gets: table_column_key.
func Duplicate(err error, table, column string) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "23505" && pg.ConstraintName == table+"_"+column+"_key"
	}
	var lite *sqlite.Error
	return errors.As(err, &lite) && strings.Contains(lite.Error(), "UNIQUE constraint failed: "+table+"."+column)
}

// Full reports whether err says that there is no room left to write.
func Full(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "53100"
	}
	var lite *sqlite.Error
	return errors.As(err, &lite) && lite.Code()&0xff == lib.SQLITE_FULL
}
