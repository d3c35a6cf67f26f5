package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"filippo.io/age"

	"nameplate/internal/app"
	"nameplate/internal/platform/backup"
	"nameplate/internal/platform/db"
)

// restoreCommand puts a backup in place.
type restoreCommand struct {
	From            string `arg:"" name:"file" help:"Backup to read; - for standard input."`
	Check           bool   `name:"check" help:"Only read the backup and hold it against itself."`
	Replace         bool   `name:"replace" help:"Put it in the place of the instance that is there. That one is kept under another name."`
	Identity        string `name:"identity" placeholder:"FILE" help:"File with the private key of age that opens the backup."`
	PassphraseStdin bool   `name:"passphrase-stdin" help:"Read the passphrase that opens the backup from standard input."`
	settings
}

// Help is shown behind the sentence of the command.
func (restoreCommand) Help() string {
	return "Stop the server first. The backup is unpacked and checked beside the old instance and takes its place last; if anything is wrong, nothing has changed. " +
		"It fits whichever database the settings name.\n\n" +
		help("nameplate restore nameplate.backup --check", "nameplate restore nameplate.backup --data /var/lib/nameplate", "nameplate restore nameplate.backup --replace --identity key.txt")
}

// Run restores the backup, or checks it.
func (c *restoreCommand) Run(r *run, from *sources) error {
	cfg, err := c.load(from)
	if err != nil {
		return err
	}
	identities, err := c.identities(r)
	if err != nil {
		return &usageError{err}
	}
	file, err := c.open(r)
	if err != nil {
		return err
	}
	defer file.Close()
	meter := &meter{screen: r.screen()}
	defer meter.end()
	plain, err := backup.Open(io.TeeReader(file, meter), identities)
	if err != nil {
		return err
	}
	if c.Check {
		found, err := backup.Check(r.ctx, plain)
		if err != nil {
			return err
		}
		return r.say(found, "The backup is whole. "+about(found))
	}
	out, err := app.Restore(r.ctx, cfg, plain, c.Replace)
	switch {
	case errors.Is(err, app.ErrTaken):
		return errors.New("there is an instance already: look whether that is the right one, and add --replace to put the backup in its place")
	case errors.Is(err, db.ErrInUse):
		return errors.New("a server has the database open: stop it first")
	case err != nil:
		return err
	}
	return r.say(out, restored(out))
}

func restored(out app.Restored) string {
	var b strings.Builder
	b.WriteString("The backup is in place. " + about(out.Contents))
	if len(out.Kept) > 0 {
		b.WriteString("What was there before is kept; delete it when you don't need it any more:\n")
		for _, name := range out.Kept {
			b.WriteString("  " + name + "\n")
		}
	}
	return b.String()
}

func about(c backup.Contents) string {
	return fmt.Sprintf("It shows %s and holds %d rows and %d files.\n", c.At.Format(time.RFC3339), c.All(), c.Blobs)
}

func (c *restoreCommand) open(r *run) (io.ReadCloser, error) {
	if c.From == "-" {
		return io.NopCloser(r.stdin), nil
	}
	return os.Open(c.From)
}

func (c *restoreCommand) identities(r *run) ([]age.Identity, error) {
	if c.PassphraseStdin {
		if c.From == "-" {
			return nil, errors.New("backup and passphrase can't both come from standard input")
		}
		passphrase, err := r.passphrase()
		if err != nil {
			return nil, err
		}
		one, err := age.NewScryptIdentity(passphrase)
		return []age.Identity{one}, err
	}
	if c.Identity == "" {
		return nil, nil
	}
	file, err := os.Open(c.Identity)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return age.ParseIdentities(file)
}

// passphrase is the first line of standard input.
func (r *run) passphrase() (string, error) {
	text, err := io.ReadAll(io.LimitReader(r.stdin, passwordMost))
	if err != nil {
		return "", fmt.Errorf("read the passphrase: %w", err)
	}
	first, _, _ := strings.Cut(string(text), "\n")
	if first = strings.TrimSuffix(first, "\r"); first == "" {
		return "", errors.New("standard input has no passphrase")
	}
	return first, nil
}
