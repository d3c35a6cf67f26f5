package cli

import (
	"fmt"
	"strings"
	"time"

	"nameplate/internal/app"
)

// mailCommands are about the outbox.
type mailCommands struct {
	List mailList `cmd:"" default:"withargs" help:"List the newest mails that were not sent, or not yet."`
	Show mailShow `cmd:"" help:"Show one mail."`
}

type mailList struct {
	settings
}

// Help is shown behind the sentence of the command.
func (mailList) Help() string { return help("nameplate mail", "nameplate mail --json") }

// Run lists the mails.
func (c *mailList) Run(r *run, from *sources) error {
	var out app.Mails
	if err := c.operation(r, from, "mail.list", false, app.Nothing{}, &out); err != nil {
		return err
	}
	var b strings.Builder
	for _, m := range out.Items {
		fmt.Fprintf(&b, "%s  %s  %s  %s%s\n", m.ID, m.At.Format(time.DateTime), m.To, m.Subject, trouble(m))
	}
	if len(out.Items) == 0 {
		b.WriteString("No mail waits.\n")
	}
	return r.say(out, b.String())
}

func trouble(m app.Mail) string {
	switch {
	case m.Failed:
		return "  (refused: " + m.Error + ")"
	case m.Error != "":
		return fmt.Sprintf("  (tried %d times: %s)", m.Attempts, m.Error)
	}
	return ""
}

type mailShow struct {
	ID string `arg:"" help:"Id of the mail, as the list has it."`
	settings
}

// Help is shown behind the sentence of the command.
func (mailShow) Help() string {
	return help("nameplate mail show mal_01k9xq6c0efyvb2w4n8h3t5dpr")
}

// Run shows the mail.
func (c *mailShow) Run(r *run, from *sources) error {
	var m app.Mail
	if err := c.operation(r, from, "mail.show", false, app.MailID{ID: c.ID}, &m); err != nil {
		return err
	}
	return r.say(m, fmt.Sprintf("To: %s\nDate: %s\nSubject: %s\n\n%s\n", m.To, m.At.Format(time.RFC1123Z), m.Subject, strings.TrimSpace(m.Text)))
}
