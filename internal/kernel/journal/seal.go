package journal

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
)

const (
	interval = 250 * time.Millisecond // the longest that a committed entry waits
	gather   = 50 * time.Millisecond  // what is left for others to join after a wake
	lease    = 5 * time.Second
	batch    = 100   // entries to a transaction: on SQLite everybody's saves wait while it runs
	remember = 10000 // ends of trails

	leaseName = "journal.sealer"
)

// Sealer moves committed entries into the chain. Every node runs one; a lease
// lets one of them work, and because it is taken in the sealing transaction
// itself, two that both believe in theirs still go one after the other.
//
// It remembers the ends of trails from its last batch, and believes in them
// only while nobody else has sealed since.
type Sealer struct {
	DB     *db.DB
	Clock  clock.Clock
	Holder string // names this node among those that share the database
	Log    *slog.Logger

	once  sync.Once
	woken chan struct{}

	mu       sync.Mutex // held by Seal
	ends     map[string]link
	position int64 // of the last entry when ends were right
}

// Run seals until ctx ends.
func (s *Sealer) Run(ctx context.Context) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		s.drain(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-s.wakes():
			wait(ctx, gather)
		}
	}
}

// Wake makes Run look soon. It never waits.
func (s *Sealer) Wake() {
	select {
	case s.wakes() <- struct{}{}:
	default: // it is about to look anyway
	}
}

func (s *Sealer) wakes() chan struct{} {
	s.once.Do(func() { s.woken = make(chan struct{}, 1) })
	return s.woken
}

func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// drain seals whole batches until one is not full.
func (s *Sealer) drain(ctx context.Context) {
	for n := batch; n == batch; {
		var err error
		if n, err = s.Seal(ctx); err != nil && ctx.Err() == nil {
			s.Log.ErrorContext(ctx, "the journal could not be sealed", "error", err)
		}
	}
}

// Seal moves one batch into the chain and returns how many entries it moved:
// none if nothing waits or another node holds the lease.
func (s *Sealer) Seal(ctx context.Context) (n int, err error) {
	_, work, err := sealable.Maybe(ctx, s.DB, leaseName, s.Holder, s.Clock.Now())
	if err != nil || !work {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var done sealing
	err = s.DB.Tx(ctx, func(tx *db.Tx) (err error) {
		done, err = s.seal(ctx, tx)
		return err
	})
	if err != nil {
		return 0, err
	}
	s.learn(done)
	return len(done.entries), nil
}

// sealing is one batch and where it begins and ends.
type sealing struct {
	entries []row
	after   int64           // the position before the first entry
	ends    map[string]link // of the trails that entries are in
}

// learn remembers the ends of a batch that is committed.
func (s *Sealer) learn(done sealing) {
	if len(done.entries) == 0 {
		return
	}
	if s.position != done.after || len(s.ends) > remember {
		s.ends = nil
	}
	if s.ends == nil {
		s.ends = map[string]link{}
	}
	maps.Copy(s.ends, done.ends)
	s.position = done.after + int64(len(done.entries))
}

func (s *Sealer) seal(ctx context.Context, tx *db.Tx) (sealing, error) {
	now := s.Clock.Now()
	taken, err := takeLease.Run(ctx, tx, leaseName, s.Holder, now, now.Add(lease))
	if err != nil || taken == 0 {
		return sealing{}, err
	}
	entries, err := takeEntries.All(ctx, tx, batch)
	if err != nil || len(entries) == 0 {
		return sealing{}, err
	}
	slices.SortFunc(entries, func(a, b row) int { return cmp.Compare(a.ID, b.ID) })
	after, err := s.last(ctx, tx)
	if err != nil {
		return sealing{}, err
	}
	done := sealing{entries, after, map[string]link{}}
	if err := s.chain(ctx, tx, done); err != nil {
		return sealing{}, err
	}
	if err := insert(ctx, tx, entries); err != nil {
		return sealing{}, err
	}
	_, err = noteSealed.Run(ctx, tx, strconv.FormatInt(after+int64(len(entries)), 10))
	return done, err
}

// last returns the last position that was given away. If entries were cut off
// the end, their positions are not given again: the gap shows that they were
// there.
func (s *Sealer) last(ctx context.Context, tx *db.Tx) (int64, error) {
	last, err := lastPosition.One(ctx, tx)
	if err != nil {
		return 0, err
	}
	noted, err := sealed(ctx, tx)
	if last < noted {
		tx.AfterCommit(func() {
			s.Log.ErrorContext(ctx, "entries are missing from the end of the journal", "sealed", noted, "found", last)
		})
	}
	return max(last, noted), err
}

// sealed returns how many entries were ever sealed.
func sealed(ctx context.Context, q db.Q) (int64, error) {
	text, err := readSealed.One(ctx, q)
	if errors.Is(err, db.ErrNoRow) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(text, 10, 64)
}

// chain links the entries to the ends of their trails and moves those on.
func (s *Sealer) chain(ctx context.Context, tx *db.Tx, done sealing) (err error) {
	for i := range done.entries {
		e := &done.entries[i]
		end, known := done.ends[e.Trail]
		if !known {
			if end, err = s.end(ctx, tx, e.Trail, done.after); err != nil {
				return err
			}
		}
		end.append(e)
		e.Position = done.after + int64(i) + 1
		done.ends[e.Trail] = end
	}
	return nil
}

// end returns the end of a trail when the journal ends at position.
func (s *Sealer) end(ctx context.Context, tx *db.Tx, trail string, position int64) (link, error) {
	if end, known := s.ends[trail]; known && s.position == position {
		return end, nil
	}
	last, found, err := lastOfTrail.Maybe(ctx, tx, trail)
	if !found {
		last.Hash = first
	}
	return link{last.Seq, last.Hash}, err
}

func insert(ctx context.Context, tx *db.Tx, entries []row) error {
	for len(entries) > 0 {
		command, n := insertMany, many
		if len(entries) < many {
			command, n = insertOne, 1
		}
		var args []any
		for _, e := range entries[:n] {
			args = append(args, e.args()...)
		}
		if _, err := command.Run(ctx, tx, args...); err != nil {
			return err
		}
		entries = entries[n:]
	}
	return nil
}
