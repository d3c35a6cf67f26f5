// Package errs defines the one error type that crosses package borders.
//
// An [Error] says what kind of failure happened, names it with a stable code,
// and never carries text for people: "error." plus the code is the key of its
// message in the catalogue. The web and API layers turn it into a page or a
// problem document (RFC 9457); anything that is not an *Error or a [Fields] is
// a bug or an outage, is logged once and shown as "something went wrong".
package errs

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Kind is the class of a failure. Each kind maps to one HTTP status, at the
// border and nowhere else.
type Kind uint8

const (
	Internal        Kind = iota // a bug or an outage; details go to the log only
	Malformed                   // the request cannot be read at all
	Invalid                     // the request is wrong; the caller can fix it
	Unauthenticated             // nobody is signed in, or the proof is wrong
	Denied                      // the actor may not do this
	NotFound                    // there is no such thing, or the actor may not know
	Conflict                    // it clashes with the current state
	Stale                       // the caller's version of the thing is not the present one
	TooLarge                    // more bytes than are taken
	Unsupported                 // the content is of a kind that is not taken
	Throttled                   // too many attempts; try later
	Unavailable                 // cannot be done now; try later
	Misdirected                 // the request was meant for another host
	MethodUnknown               // the address exists, the method does not
)

// Error is a failure that the caller is expected to handle or show.
type Error struct {
	Kind       Kind
	Code       string        // stable, e.g. "invalid_credentials"
	Field      string        // the form or JSON field at fault, if any
	Args       []any         // name and value pairs for the catalogue message
	RetryAfter time.Duration // for Throttled and Unavailable: when to try again
	Err        error         // the cause, for the log
}

// Codes lists the code of every error that the program declares, so that a
// test can hold them against the catalogues.
var Codes []string

// New declares an error of kind k named code. Call it to initialise package
// variables.
func New(k Kind, code string) *Error {
	Codes = append(Codes, code)
	return &Error{Kind: k, Code: code}
}

// On returns a copy of e that blames the named field.
func (e *Error) On(field string) *Error { c := *e; c.Field = field; return &c }

// With returns a copy of e whose message takes these name and value pairs.
func (e *Error) With(args ...any) *Error { c := *e; c.Args = args; return &c }

// After returns a copy of e that tells the caller when to try again.
func (e *Error) After(d time.Duration) *Error { c := *e; c.RetryAfter = d; return &c }

// Because returns a copy of e that carries its cause for the log.
func (e *Error) Because(err error) *Error { c := *e; c.Err = err; return &c }

func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s: %v", e.Code, e.Err)
	}
	return e.Code
}

func (e *Error) Unwrap() error { return e.Err }

// Is makes errors.Is compare codes, so that a package can export its errors as
// plain variables.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// Fields is several faults of one request, each with its field.
type Fields []*Error

func (f Fields) Error() string {
	all := make([]string, len(f))
	for i, e := range f {
		all[i] = e.Field + ": " + e.Error()
	}
	return strings.Join(all, "; ")
}

// Unwrap lets errors.Is find each fault.
func (f Fields) Unwrap() []error {
	all := make([]error, len(f))
	for i, e := range f {
		all[i] = e
	}
	return all
}

// Add appends err, which is nil, an *Error on a field or a Fields. Any other
// error is returned.
func (f *Fields) Add(err error) error {
	var one *Error
	var many Fields
	switch {
	case err == nil:
	case errors.As(err, &many):
		*f = append(*f, many...)
	case errors.As(err, &one) && one.Field != "":
		*f = append(*f, one)
	default:
		return err
	}
	return nil
}

// OrNil returns f as an error, or nil if nothing is wrong.
func (f Fields) OrNil() error {
	if len(f) == 0 {
		return nil
	}
	return f
}

// KindOf returns the kind of err: Invalid for Fields, Internal for anything
// that is not ours.
func KindOf(err error) Kind {
	var many Fields
	if errors.As(err, &many) {
		return Invalid
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}
