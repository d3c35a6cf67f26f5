package cli

import (
	"fmt"
	"strings"
	"time"

	"nameplate/internal/app"
)

// which names the user that a command is about.
type which struct {
	User string `arg:"" help:"Address or id of the person."`
	settings
}

const example = "nora@halden.example"

// does runs an operation on the user and tells what it has done.
func (c *which) does(r *run, from *sources, name string, text func(app.Changed) string) error {
	var out app.Changed
	if err := c.operation(r, from, name, false, app.WhichUser{User: c.User}, &out); err != nil {
		return err
	}
	return r.say(out, text(out)+"\n")
}

type userUnlock struct{ which }

// Help is shown behind the sentence of the command.
func (userUnlock) Help() string {
	return "Ends every wait after wrong passwords and codes, and lets a password sign in again that was disabled by a hundred wrong ones in a row.\n\n" +
		help("nameplate user unlock "+example)
}

// Run unlocks the account.
func (c *userUnlock) Run(r *run, from *sources) error {
	return c.does(r, from, "user.unlock", func(out app.Changed) string { return out.Email + " is unlocked." })
}

type userResetFactors struct{ which }

// Help is shown behind the sentence of the command.
func (userResetFactors) Help() string {
	return "Takes every second factor and every backup code away, signs the person out everywhere and tells them by mail. " +
		"Make sure first that it is really them who ask.\n\n" + help("nameplate user reset-factors "+example)
}

// Run takes the factors away.
func (c *userResetFactors) Run(r *run, from *sources) error {
	return c.does(r, from, "user.reset-factors", func(out app.Changed) string {
		return out.Email + " has no second factor any more, and is signed out everywhere."
	})
}

type userSignOut struct{ which }

// Help is shown behind the sentence of the command.
func (userSignOut) Help() string { return help("nameplate user sign-out " + example) }

// Run ends the sessions.
func (c *userSignOut) Run(r *run, from *sources) error {
	return c.does(r, from, "user.sign-out", func(out app.Changed) string {
		return fmt.Sprintf("%s is signed out (%s).", out.Email, sessions(out.SignedOut))
	})
}

type userDisable struct{ which }

// Help is shown behind the sentence of the command.
func (userDisable) Help() string {
	return "Nobody gets into the account any more, what is open ends at once, and its card is gone. Nothing is deleted: nameplate user enable puts it back.\n\n" +
		help("nameplate user disable "+example)
}

// Run deactivates the account.
func (c *userDisable) Run(r *run, from *sources) error {
	return c.does(r, from, "user.disable", func(out app.Changed) string {
		if !out.Changed {
			return out.Email + " was disabled before."
		}
		return fmt.Sprintf("%s is disabled (%s).", out.Email, sessions(out.SignedOut))
	})
}

type userEnable struct{ which }

// Help is shown behind the sentence of the command.
func (userEnable) Help() string { return help("nameplate user enable " + example) }

// Run activates the account.
func (c *userEnable) Run(r *run, from *sources) error {
	return c.does(r, from, "user.enable", func(out app.Changed) string {
		if !out.Changed {
			return out.Email + " was not disabled."
		}
		return out.Email + " can sign in again."
	})
}

func sessions(n int64) string {
	if n == 1 {
		return "1 session ended"
	}
	return fmt.Sprintf("%d sessions ended", n)
}

type userResetLink struct{ which }

// Help is shown behind the sentence of the command.
func (userResetLink) Help() string {
	return "Prints a link by which the person sets a new password. It works once, for an hour, and ends the one before. " +
		"It lifts no second factor. Whoever has it gets the account's password, so hand it over yourself.\n\n" +
		help("nameplate user reset-link "+example)
}

// Run makes the link.
func (c *userResetLink) Run(r *run, from *sources) error {
	var out app.ResetLink
	if err := c.operation(r, from, "user.reset-link", false, app.WhichUser{User: c.User}, &out); err != nil {
		return err
	}
	return r.say(out, fmt.Sprintf("%s\n\nIt works once, until %s.\n", out.Link, out.ExpiresAt.Format(time.RFC1123)))
}

type userShow struct{ which }

// Help is shown behind the sentence of the command.
func (userShow) Help() string {
	return help("nameplate user show "+example, "nameplate user show usr_01k9xq6c0efyvb2w4n8h3t5dpr --json")
}

// Run shows the account.
func (c *userShow) Run(r *run, from *sources) error {
	var u app.UserDetails
	if err := c.operation(r, from, "user.show", false, app.WhichUser{User: c.User}, &u); err != nil {
		return err
	}
	return r.say(u, facts(u))
}

func facts(u app.UserDetails) string {
	var b strings.Builder
	line := func(name, value string) { fmt.Fprintf(&b, "%-15s %s\n", name, value) }
	line("Id", u.ID)
	line("Name", u.Name)
	line("State", u.State)
	for _, e := range u.Emails {
		if e.Primary {
			line("Address", e.Address+" (signs in)")
		} else {
			line("Address", e.Address)
		}
	}
	for _, m := range u.Memberships {
		line("Organization", fmt.Sprintf("%s, %s", m.Organization.Name, m.Role))
	}
	line("Created", u.CreatedAt.Format(time.DateTime))
	line("Last sign-in", day(u.LastSignInAt))
	line("Second factors", orNone(strings.Join(u.Factors, ", ")))
	line("Sessions", fmt.Sprint(u.Sessions))
	line("Known browsers", fmt.Sprint(u.KnownBrowsers))
	if u.PasswordDisabled {
		line("Password", "disabled for new browsers, after too many wrong ones in a row")
	}
	return b.String()
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

func day(at *time.Time) string {
	if at == nil {
		return "never"
	}
	return at.Format(time.DateTime)
}

type userList struct {
	After string `name:"after" placeholder:"ID" help:"Go on behind the person with this id."`
	Limit int    `name:"limit" default:"100" placeholder:"N" help:"How many to list, 1000 at most."`
	settings
}

// Help is shown behind the sentence of the command.
func (userList) Help() string {
	return help("nameplate user list", "nameplate user list --limit 1000 --json")
}

// Run lists people.
func (c *userList) Run(r *run, from *sources) error {
	var out app.Users
	if err := c.operation(r, from, "user.list", false, app.UserPage{After: c.After, Limit: c.Limit}, &out); err != nil {
		return err
	}
	var b strings.Builder
	for _, u := range out.Items {
		fmt.Fprintf(&b, "%s  %-11s  %-19s  %s  %s\n", u.ID, u.State, day(u.LastSignInAt), u.Email, u.Name)
	}
	if len(out.Items) == 0 {
		b.WriteString("There is nobody.\n")
	}
	if out.Next != "" {
		fmt.Fprintf(&b, "There are more: nameplate user list --after %s\n", out.Next)
	}
	return r.say(out, b.String())
}
