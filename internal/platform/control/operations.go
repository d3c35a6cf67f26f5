package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/i18n"
)

// Caller calls operations: those of a running server or of this process.
type Caller interface {
	// Call runs an operation with in as its input and decodes its answer into
	// out. What the operation refuses is an [*Error].
	Call(ctx context.Context, name string, in, out any) error
	// Fetch runs an operation whose answer is a [Body] and writes that to out. If
	// it fails, what was written is of no use.
	Fetch(ctx context.Context, name string, in any, out io.Writer) error
}

// Operation takes its input and gives its answer as JSON.
type Operation func(ctx context.Context, in json.RawMessage) (any, error)

// Body is an answer that is not JSON: it is written as it is made.
type Body func(to io.Writer) error

// Operations are what a server offers, by name.
type Operations map[string]Operation

// Op makes an operation of a function. Unknown fields of the input are refused.
func Op[In, Out any](fn func(context.Context, In) (Out, error)) Operation {
	return func(ctx context.Context, raw json.RawMessage) (any, error) {
		var in In
		d := json.NewDecoder(bytes.NewReader(raw))
		d.DisallowUnknownFields()
		if err := d.Decode(&in); err != nil {
			return nil, fmt.Errorf("the input of the operation can't be read: %w", err)
		}
		return fn(ctx, in)
	}
}

// Call runs an operation in this process.
func (o Operations) Call(ctx context.Context, name string, in, out any) error {
	answer, err := o.give(ctx, name, in)
	if err != nil {
		return err
	}
	text, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, out)
}

// Fetch runs an operation in this process and writes its answer to out.
func (o Operations) Fetch(ctx context.Context, name string, in any, out io.Writer) error {
	answer, err := o.give(ctx, name, in)
	if err != nil {
		return err
	}
	return answer.(Body)(out)
}

func (o Operations) give(ctx context.Context, name string, in any) (any, error) {
	raw, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	return o.run(ctx, name, raw)
}

// run returns the answer, or an *Error.
func (o Operations) run(ctx context.Context, name string, in json.RawMessage) (any, error) {
	op, known := o[name]
	if !known {
		return nil, &Error{Code: codeUnknown, Message: "the running server is of another version and does not know " + name}
	}
	answer, err := op(ctx, in)
	if err != nil {
		return nil, said(ctx, err)
	}
	return answer, nil
}

// Codes of errors that no package declares.
const (
	codeUnknown = "unknown_operation"
	codeFailed  = "failed"
)

// Error is what an operation refuses, in words for the operator.
type Error struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

func (e *Error) Error() string { return e.Message }

// said puts an error into words. What is not one of ours is shown as it is: it
// is the operator who reads it.
func said(ctx context.Context, err error) *Error {
	var already *Error
	var many errs.Fields
	var one *errs.Error
	switch {
	case errors.As(err, &already):
		return already
	case errors.As(err, &many) && len(many) > 0:
		all := make([]string, len(many))
		for i, e := range many {
			all[i] = text(ctx, e)
		}
		return &Error{many[0].Code, strings.Join(all, " ")}
	case errors.As(err, &one):
		return &Error{one.Code, text(ctx, one)}
	}
	return &Error{codeFailed, err.Error()}
}

func text(ctx context.Context, e *errs.Error) string {
	return i18n.T(ctx, "error."+e.Code, e.Args...)
}
