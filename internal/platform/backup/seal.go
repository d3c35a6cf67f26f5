package backup

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"filippo.io/age"
)

// ErrSealed says that a backup is sealed and nothing that opens it was given.
var ErrSealed = errors.New("the backup is sealed: give the passphrase or the identity that opens it")

// Recipients reads public keys of age, as in age1….
func Recipients(texts []string) ([]age.Recipient, error) {
	var all []age.Recipient
	for _, text := range texts {
		one, err := age.ParseX25519Recipient(text)
		if err != nil {
			return nil, fmt.Errorf("%q is not a public key of age, as in age1…", text)
		}
		all = append(all, one)
	}
	return all, nil
}

// Seal returns a writer that seals for each of the recipients; with none it
// passes on what it gets. Close it when all is written.
func Seal(to io.Writer, recipients []age.Recipient) (io.WriteCloser, error) {
	if len(recipients) == 0 {
		return unsealed{to}, nil
	}
	return age.Encrypt(to, recipients...)
}

type unsealed struct{ io.Writer }

func (unsealed) Close() error { return nil }

// sealed is how a file of age begins.
const sealed = "age-encryption.org/"

// Open returns the backup in from, whether it is sealed or not.
func Open(from io.Reader, identities []age.Identity) (io.Reader, error) {
	buffered := bufio.NewReaderSize(from, 1<<16)
	head, _ := buffered.Peek(len(sealed)) // what is shorter is no backup, and Read says so
	if !bytes.Equal(head, []byte(sealed)) {
		return buffered, nil
	}
	if len(identities) == 0 {
		return nil, ErrSealed
	}
	plain, err := age.Decrypt(buffered, identities...)
	var none *age.NoIdentityMatchError
	if errors.As(err, &none) {
		return nil, errors.New("the backup is sealed, and what you gave does not open it")
	}
	return plain, err
}
