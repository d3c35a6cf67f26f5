package cli

import (
	"fmt"
	"io"
	"strings"

	"nameplate/internal/app"
	"nameplate/internal/kernel/identity"
)

// userCommands are about people.
type userCommands struct {
	Create       userCreate       `cmd:"" help:"Add a person, whose address counts as verified. The first owner makes the instance theirs."`
	List         userList         `cmd:"" help:"List people, the oldest account first."`
	Show         userShow         `cmd:"" help:"Show one account: addresses, roles, how the person gets in."`
	Unlock       userUnlock       `cmd:"" help:"End every wait and lock after wrong passwords and codes."`
	ResetFactors userResetFactors `cmd:"" help:"Take every second factor away from somebody who has lost theirs."`
	SignOut      userSignOut      `cmd:"" help:"End every session of a person."`
	Disable      userDisable      `cmd:"" help:"Deactivate an account; nothing is deleted."`
	Enable       userEnable       `cmd:"" help:"Activate an account again."`
	ResetLink    userResetLink    `cmd:"" help:"Print a link by which a person sets a new password."`
}

// userCreate adds a person.
type userCreate struct {
	Email         string `name:"email" required:"" placeholder:"ADDRESS" help:"Address with which the person signs in."`
	Org           string `name:"org" placeholder:"NAME" help:"Organization, by name or id. An owner makes a new one where there is none of that name."`
	Role          string `name:"role" placeholder:"ROLE" help:"owner, admin, supervisor, agent or billing. At first owner of a new organization, agent of another."`
	PasswordStdin bool   `name:"password-stdin" required:"" help:"Read the password from standard input."`
	settings
}

// Help is shown behind the sentence of the command.
func (userCreate) Help() string {
	return help(`nameplate user create --email nora@halden.example --org "Halden Energy" --role owner --password-stdin < password.txt`)
}

const passwordMost = 8 << 10

// Run adds the person.
func (c *userCreate) Run(r *run, from *sources) error {
	password, err := io.ReadAll(io.LimitReader(r.stdin, passwordMost))
	if err != nil {
		return fmt.Errorf("read the password: %w", err)
	}
	in := app.NewUser{Email: c.Email, Organization: c.Org, Role: identity.Role(c.Role), Password: line(string(password))}
	var out app.CreatedUser
	if err := c.operation(r, from, "user.create", true, in, &out); err != nil {
		return err
	}
	text := out.Email + " can sign in"
	if out.Organization != nil {
		text += fmt.Sprintf(" and is %s of %s", out.Role, out.Organization.Name)
	}
	return r.say(out, text+".\n")
}

// line takes off the one end of line that editors and echo put there.
func line(text string) string { return strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r") }
