package db

import (
	"context"
	"fmt"
)

// Version returns the schema's version and the one that this program brings
// it to. Of an empty database it is 0.
func (d *DB) Version(ctx context.Context) (have, want int64, err error) {
	pool, done, err := d.migrationPool()
	if err != nil {
		return 0, 0, err
	}
	defer done()
	p, err := d.provider(pool)
	if err != nil {
		return 0, 0, fmt.Errorf("read the migrations: %w", err)
	}
	if have, want, err = p.GetVersions(ctx); err != nil {
		return 0, 0, fmt.Errorf("read the schema's version: %w", err)
	}
	return have, want, nil
}
