package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"filippo.io/age"

	"nameplate/internal/app"
	"nameplate/internal/platform/backup"
	"nameplate/internal/platform/control"
)

// backupCommand writes a backup.
type backupCommand struct {
	To              string   `arg:"" name:"file" help:"File to write, which must not be there yet; - for standard output."`
	Recipient       []string `name:"recipient" placeholder:"AGE1…" help:"Seal the backup for this public key of age; any of several opens it."`
	PassphraseStdin bool     `name:"passphrase-stdin" help:"Seal the backup with a passphrase, which is read from standard input."`
	settings
}

// Help is shown behind the sentence of the command.
func (backupCommand) Help() string {
	return "The server goes on meanwhile, and the backup shows one moment of it. It is read again and held against itself before the command ends.\n\n" +
		help("nameplate backup nameplate.backup", "nameplate backup nameplate.backup --recipient age1…", "nameplate backup - --passphrase-stdin < passphrase.txt > nameplate.backup")
}

// backedUp is what was written.
type backedUp struct {
	File string `json:"file"`
	backup.Contents
	Size   int64 `json:"size"` // bytes of the file
	Sealed bool  `json:"sealed"`
}

// Run writes the backup.
func (c *backupCommand) Run(r *run, from *sources) error {
	seals, err := c.recipients(r)
	if err != nil {
		return &usageError{err}
	}
	file, err := create(r, c.To)
	if err != nil {
		return err
	}
	out := backedUp{File: c.To, Sealed: len(seals) > 0}
	meter := &meter{to: file, screen: r.screen()}
	out.Contents, err = c.write(r, from, meter, seals)
	meter.end()
	if out.Size = meter.n; err != nil {
		return errors.Join(err, file.forget())
	}
	if err := file.keep(); err != nil || c.To == "-" {
		return err // standard output is the backup
	}
	return r.say(out, fmt.Sprintf("%s holds %d rows and %d files, %s in all. It was read again and is whole.\n", c.To, out.All(), out.Blobs, size(out.Size)))
}

func (c *backupCommand) recipients(r *run) ([]age.Recipient, error) {
	if !c.PassphraseStdin {
		return backup.Recipients(c.Recipient)
	}
	if len(c.Recipient) > 0 {
		return nil, errors.New("seal the backup with a passphrase or for public keys, not both")
	}
	passphrase, err := r.passphrase()
	if err != nil {
		return nil, err
	}
	one, err := age.NewScryptRecipient(passphrase)
	return []age.Recipient{one}, err
}

// write passes the backup on and reads it as it passes.
func (c *backupCommand) write(r *run, from *sources, to io.Writer, seals []age.Recipient) (found backup.Contents, err error) {
	sealed, err := backup.Seal(to, seals)
	if err != nil {
		return found, err
	}
	out, in := io.Pipe()
	ended := make(chan error)
	go func() {
		var err error
		found, err = backup.Check(r.ctx, out)
		ended <- errors.Join(err, out.CloseWithError(err))
	}()
	err = c.fetch(r, from, "backup", io.MultiWriter(sealed, in))
	in.CloseWithError(err) //nolint:errcheck // never fails
	if inside := <-ended; err == nil {
		err = inside
	}
	if err != nil {
		return found, err
	}
	return found, sealed.Close()
}

// fetch writes what an operation of the running server, or of this process,
// answers.
func (s *settings) fetch(r *run, from *sources, name string, to io.Writer) error {
	return s.ask(r, from, false, func(ctx context.Context, c control.Caller) error {
		return c.Fetch(ctx, name, app.Nothing{}, to)
	})
}
