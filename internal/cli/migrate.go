package cli

import (
	"fmt"

	"nameplate/internal/app"
)

// migrateCommand brings the schema up to date.
type migrateCommand struct {
	settings
}

// Help is shown behind the sentence of the command.
func (migrateCommand) Help() string {
	return help("nameplate migrate", "nameplate migrate --data /var/lib/nameplate")
}

// Run opens the database, which migrates it; a running server has done so.
func (c *migrateCommand) Run(r *run, from *sources) error {
	var out app.Schema
	if err := c.operation(r, from, "schema", true, app.Nothing{}, &out); err != nil {
		return err
	}
	return r.say(out, fmt.Sprintf("The database has schema %d, which is this program's.\n", out.Have))
}
