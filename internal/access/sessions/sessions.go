package sessions

import (
	"context"

	"nameplate/internal/kernel/device"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/notice"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
)

// Service lists and ends sessions.
type Service struct {
	DB       *db.DB
	Clock    clock.Clock
	Sessions session.Store
	Devices  device.Store
	Notices  *notice.Notices
	Journal  *journal.Journal

	// Near says about where a network address is: "near Berlin, Germany". Empty
	// where nobody knows.
	Near func(ctx context.Context, address string) string
}

// Device is a session in words.
type Device struct {
	session.Device
	device.Agent
	Near    string // "near Berlin, Germany"; empty if nobody knows
	Current bool
}

// List returns the caller's sessions, the present one first and then the last
// used.
func (s *Service) List(ctx context.Context, c session.Caller) ([]Device, error) {
	rows, err := s.Sessions.Devices(ctx, s.DB, c.User.ID)
	if err != nil {
		return nil, err
	}
	first, rest := []Device{}, []Device{}
	for _, row := range rows {
		d := Device{Device: row, Agent: device.Describe(row.UserAgent), Near: s.Near(ctx, row.Address)}
		if d.Current = row.ID == c.Session.ID; d.Current {
			first = append(first, d)
		} else {
			rest = append(rest, d)
		}
	}
	return append(first, rest...), nil
}

// End ends one of the caller's sessions. It returns session.ErrNotFound for one
// of anybody else.
func (s *Service) End(ctx context.Context, c session.Caller, id string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := s.Sessions.CloseOf(ctx, tx, c.User.ID, id); err != nil {
			return err
		}
		return s.record(ctx, tx, c, "session.ended")
	})
}

// EndOthers ends every session of the caller but this one, and says how many
// there were.
func (s *Service) EndOthers(ctx context.Context, c session.Caller) (n int64, err error) {
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		if n, err = s.Sessions.CountOthers(ctx, tx, c.User.ID, c.Session.ID); err != nil || n == 0 {
			return err
		}
		if err := s.Sessions.CloseOthers(ctx, tx, c.User.ID, c.Session.ID); err != nil {
			return err
		}
		return s.record(ctx, tx, c, "session.others_ended")
	})
	return n, err
}

func (s *Service) record(ctx context.Context, tx *db.Tx, c session.Caller, action string) error {
	return s.recordBy(ctx, tx, c.Actor, c.User.ID, action)
}

func (s *Service) recordBy(ctx context.Context, tx *db.Tx, actor identity.Actor, userID, action string) error {
	return s.Journal.RecordAccount(ctx, tx, journal.Act{
		At: s.Clock.Now(), Action: action, Actor: actor, Target: journal.Person(userID),
	})
}
