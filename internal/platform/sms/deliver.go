package sms

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"nameplate/internal/platform/db"
)

// message is a text as it is stored.
type message struct {
	To, Words string
	WhatsApp  bool   `json:",omitempty"`
	Ref       string `json:",omitempty"`
}

// delivery is the job that sends a text.
type delivery struct{ ID string }

func (delivery) Kind() string { return "sms.deliver" }

// deliver sends a text that is still worth sending.
func (s *Sender) deliver(ctx context.Context, d delivery) error {
	if !s.Ready() && !s.WhatsApps() {
		return nil // the settings have changed
	}
	m, last, err := s.try(ctx, d.ID)
	if err != nil || m == nil {
		return err
	}
	return s.settle(ctx, d.ID, *m, last, s.Server.send(ctx, *m))
}

// try counts a try and returns the text, or nil if it is too old or was tried
// too often. last says that it is not tried again without an answer.
func (s *Sender) try(ctx context.Context, id string) (m *message, last bool, err error) {
	var kept attempt
	found := false
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		kept, found, err = try.Maybe(ctx, tx, id, most, s.Clock.Now())
		return err
	})
	if err != nil || !found {
		return nil, false, err
	}
	plain, err := s.Keys.Open(kept.Message, place(id))
	if err != nil {
		return nil, false, fmt.Errorf("text %s: %w", id, err)
	}
	m = &message{}
	if json.Unmarshal(plain, m) != nil {
		return nil, false, fmt.Errorf("text %s can't be read", id)
	}
	return m, kept.Tries == most, nil
}

// settle writes down how a try ended. An error makes the job come back.
func (s *Sender) settle(ctx context.Context, id string, m message, last bool, failed error) error {
	var refused *refusal
	end, over, why := remove, true, ""
	switch {
	case failed == nil:
	case !errors.As(failed, &refused):
		if !last {
			return failed
		}
		s.Log.Warn("a text was given up: there was no answer twice", "text", id)
		why, failed = failed.Error(), nil
	case refused.passing():
		end, over = untry, false
	default:
		s.Log.Warn("a text was refused for good", "text", id, "error", failed)
		why, failed = failed.Error(), nil
	}
	ctx = context.WithoutCancel(ctx)
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := end.Run(ctx, tx, id); err != nil || !over || m.Ref == "" || s.Ended == nil {
			return err
		}
		return s.Ended(ctx, tx, End{m.Ref, why})
	})
	return errors.Join(failed, err)
}
