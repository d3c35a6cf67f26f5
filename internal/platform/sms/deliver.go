package sms

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"nameplate/internal/platform/db"
)

// message is a text as it is stored.
type message struct{ To, Words string }

// delivery is the job that sends a text.
type delivery struct{ ID string }

func (delivery) Kind() string { return "sms.deliver" }

// deliver sends a text that is still worth sending.
func (s *Sender) deliver(ctx context.Context, d delivery) error {
	if !s.Ready() {
		return nil // the settings have changed
	}
	m, found, err := s.try(ctx, d.ID)
	if err != nil || !found {
		return err
	}
	return s.settle(ctx, d.ID, s.Server.send(ctx, m.To, m.Words))
}

// try counts a try and returns the text, unless it is too old or was tried too
// often.
func (s *Sender) try(ctx context.Context, id string) (m message, found bool, err error) {
	var sealed []byte
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		sealed, found, err = try.Maybe(ctx, tx, id, most, s.Clock.Now())
		return err
	})
	if err != nil || !found {
		return m, false, err
	}
	plain, err := s.Keys.Open(sealed, place(id))
	if err != nil {
		return m, false, fmt.Errorf("text %s: %w", id, err)
	}
	if json.Unmarshal(plain, &m) != nil {
		return m, false, fmt.Errorf("text %s can't be read", id)
	}
	return m, true, nil
}

// settle writes down how a try ended. An error makes the job come back.
func (s *Sender) settle(ctx context.Context, id string, failed error) error {
	var refused *refusal
	end := remove
	switch {
	case failed == nil:
	case !errors.As(failed, &refused):
		return failed
	case refused.passing():
		end = untry
	default:
		s.Log.Warn("a text was refused for good", "text", id, "error", failed)
		failed = nil
	}
	err := s.DB.Tx(context.WithoutCancel(ctx), func(tx *db.Tx) error {
		_, err := end.Run(ctx, tx, id)
		return err
	})
	return errors.Join(failed, err)
}
