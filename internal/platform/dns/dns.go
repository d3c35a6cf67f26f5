// Package dns asks for the TXT records with which a domain is proved.
//
// Each question goes to the resolver anew: nothing is remembered here, so
// whoever has just added a record need not wait for us. A name is asked for as
// it stands, never below a search domain of this machine.
package dns

import (
	"context"
	"errors"
	"net"
	"strings"
	"time"
)

// patience is how long a resolver may take.
const patience = 5 * time.Second

// ErrSilent means that no answer came, or none that says what there is.
var ErrSilent = errors.New("the resolver does not answer")

// Resolver asks one server, or those of the machine.
type Resolver struct{ net.Resolver }

// New returns a resolver that asks server, which is host:port. An empty one
// stands for those of the machine.
func New(server string) *Resolver {
	r := &Resolver{}
	if server != "" {
		r.PreferGo = true
		r.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, network, server)
		}
	}
	return r
}

// TXT returns the records of a name; none if there is no such name. It returns
// ErrSilent.
func (r *Resolver) TXT(ctx context.Context, name string) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	found, err := r.LookupTXT(ctx, strings.TrimSuffix(name, ".")+".")
	var failed *net.DNSError
	switch {
	case errors.As(err, &failed) && failed.IsNotFound:
		return nil, nil
	case err != nil:
		return nil, errors.Join(ErrSilent, err)
	}
	return found, nil
}
