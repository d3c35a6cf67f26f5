package cli

import (
	"fmt"

	"nameplate/internal/app"
)

// auditCommands are about the journal.
type auditCommands struct {
	Verify auditVerify `cmd:"" help:"Check that no entry of the record was changed or taken out."`
}

type auditVerify struct {
	settings
}

// Help is shown behind the sentence of the command.
func (auditVerify) Help() string {
	return help("nameplate audit verify", "nameplate audit verify --json")
}

// Run verifies every entry.
func (c *auditVerify) Run(r *run, from *sources) error {
	var out app.Audit
	if err := c.operation(r, from, "audit.verify", false, app.Nothing{}, &out); err != nil {
		return err
	}
	text := fmt.Sprintf("The record is whole: %d entries, and %d that wait for their place.\n", out.Entries, out.Unsealed)
	if s := out.Sink; s != nil {
		text += fmt.Sprintf("It agrees with the checkpoints in %s: %d.\n", s.File, s.Checkpoints)
		if s.BadLine != 0 {
			text = fmt.Sprintf("The record does not agree with line %d of %s: it was made anew, or that checkpoint is not ours.\n", s.BadLine, s.File)
		}
	}
	if out.FirstBad != 0 {
		text = fmt.Sprintf("The record was changed: entry %d of %d is not as it was written, or is missing.\n", out.FirstBad, out.Entries)
	}
	if err := r.say(out, text); err != nil || out.Valid {
		return err
	}
	return errShown
}
