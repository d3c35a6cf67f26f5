package cli

import (
	"fmt"
	"io"

	"nameplate/internal/app"
)

// seedCommand makes a crowd to try things with.
type seedCommand struct {
	People        int  `name:"people" default:"1000" placeholder:"N" help:"How many people."`
	Organizations int  `name:"organizations" default:"10" placeholder:"N" help:"In how many organizations, evenly. The first of each owns it, the second is an admin."`
	AmongPeople   bool `name:"among-people" help:"Do it although there are people already."`
	PasswordStdin bool `name:"password-stdin" help:"Read everybody's password from standard input. Without one nobody of them can sign in."`
	settings
}

// Help is shown behind the sentence of the command.
func (seedCommand) Help() string {
	return "Names and addresses are always the same for the same number.\n\n" +
		help("nameplate seed --people 10000 --organizations 20", "nameplate seed --people 50 --organizations 1 --password-stdin < password.txt")
}

// Run makes the crowd.
func (c *seedCommand) Run(r *run, from *sources) error {
	in := app.Crowd{People: c.People, Organizations: c.Organizations, Among: c.AmongPeople}
	if c.PasswordStdin {
		password, err := io.ReadAll(io.LimitReader(r.stdin, passwordMost))
		if err != nil {
			return fmt.Errorf("read the password: %w", err)
		}
		in.Password = line(string(password))
	}
	var out app.SeededCrowd
	if err := c.operation(r, from, "seed", true, in, &out); err != nil {
		return err
	}
	return r.say(out, fmt.Sprintf("%d people in %d organizations. The first owner is %s.\n", out.People, out.Organizations, out.FirstOwner))
}
