package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"nameplate/internal/app"
)

// greeting is what a start tells the operator.
type greeting struct {
	Listening  string `json:"listening"` // host:port
	URL        string `json:"url"`
	Data       string `json:"data"`
	Database   string `json:"database"`
	FirstOwner string `json:"first_owner,omitempty"` // the page where the first owner signs up
	Mailbox    string `json:"mailbox,omitempty"`
	Warning    string `json:"warning,omitempty"`
}

func greet(ctx context.Context, a *app.App) (greeting, error) {
	first, err := a.FirstOwner(ctx)
	if err != nil {
		return greeting{}, err
	}
	data, err := filepath.Abs(a.Config.Data)
	if err != nil {
		return greeting{}, err
	}
	return greeting{
		Listening: a.Addr().String(), URL: a.Config.Base.String(), Data: data, Database: string(a.DB.Dialect),
		FirstOwner: first.Reveal(), Mailbox: a.MailboxLink().Reveal(), Warning: a.Unprotected(),
	}, nil
}

// String is the greeting for people.
func (g greeting) String() string {
	var b strings.Builder
	line := func(what, text string) {
		if text != "" {
			fmt.Fprintf(&b, "  %-13s %s\n", what, text)
		}
	}
	fmt.Fprintf(&b, "Nameplate %s\n\n", version)
	line("Open", g.URL)
	line("Listening on", g.Listening)
	line("Data", g.Data+" ("+g.Database+")")
	line("First owner", g.FirstOwner)
	line("Mailbox", g.Mailbox)
	line("Warning", g.Warning)
	if g.FirstOwner != "" {
		b.WriteString("\nThere is nobody yet. Whoever signs up at the address for the first owner becomes it;\nnameplate user create does the same from a shell.\n")
	}
	b.WriteString("\nStop with Ctrl-C.\n")
	return b.String()
}
