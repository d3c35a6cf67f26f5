package journal

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/secret"
)

const (
	markEach   = 1000      // entries after which a checkpoint is due
	markWithin = time.Hour // after which one is due for any entry
	markLook   = 5 * time.Second
	markLease  = time.Minute
	markName   = "journal.notary"
	markFact   = "checkpoint_key" // the seed of the signing key, sealed
)

// Checkpoint is a signed digest of the whole journal up to a position.
type Checkpoint struct {
	Position  int64
	At        time.Time
	Digest    []byte
	Signature []byte // Ed25519 (RFC 8032)
}

// canonical is the form that is signed, as the package comment writes it down.
func (c Checkpoint) canonical() []byte {
	b := appendText(nil, "nameplate.checkpoint.1")
	b = binary.BigEndian.AppendUint64(b, uint64(c.Position))
	b = binary.BigEndian.AppendUint64(b, uint64(c.At.UnixMicro()))
	return appendText(b, string(c.Digest))
}

// fold takes one more entry into a digest.
func fold(digest, hash []byte) []byte {
	h := sha256.New()
	h.Write(digest)
	h.Write(hash)
	return h.Sum(nil)
}

// Notary signs checkpoints and sends them to a second place, where whoever
// rewrites the database can't reach them. Every node may run one; a lease lets
// one of them work.
type Notary struct {
	DB     *db.DB
	Keys   *secret.Keys
	Clock  clock.Clock
	Holder string
	Log    *slog.Logger
	Sink   Sink
}

// Run signs until ctx ends.
func (n *Notary) Run(ctx context.Context) {
	tick := time.NewTicker(markLook)
	defer tick.Stop()
	for {
		if err := n.Mark(ctx); err != nil && ctx.Err() == nil {
			n.Log.ErrorContext(ctx, "no checkpoint of the journal could be made", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Mark makes a checkpoint if one is due, and sends what was not sent yet.
func (n *Notary) Mark(ctx context.Context) error {
	now, mine := n.Clock.Now(), false
	_, due, err := n.due(ctx, now)
	waiting, err2 := unsentMarks.All(ctx, n.DB)
	if err = errors.Join(err, err2); err != nil || due == 0 && len(waiting) == 0 {
		return err
	}
	err = n.DB.Tx(ctx, func(tx *db.Tx) error {
		taken, err := takeLease.Run(ctx, tx, markName, n.Holder, now, now.Add(markLease))
		mine = taken == 1
		return err
	})
	if err != nil || !mine {
		return err
	}
	if err := n.make(ctx, now); err != nil {
		return err
	}
	return n.send(ctx)
}

// due returns the last checkpoint, and the position up to which the next one
// is due; 0 if none is.
func (n *Notary) due(ctx context.Context, now time.Time) (last Checkpoint, to int64, err error) {
	last, found, err := lastMark.Maybe(ctx, n.DB)
	if err != nil {
		return last, 0, err
	}
	if !found {
		last.Digest = first
	}
	end, err := lastPosition.One(ctx, n.DB)
	if more := end - last.Position; more <= 0 || more < markEach && now.Sub(last.At) < markWithin {
		end = 0
	}
	return last, end, err
}

// make signs the next checkpoint, unless another node has meanwhile.
func (n *Notary) make(ctx context.Context, now time.Time) error {
	last, to, err := n.due(ctx, now)
	if err != nil || to == 0 {
		return err
	}
	next, err := n.digest(ctx, last, to)
	if err != nil {
		return err
	}
	next.At = now.Truncate(time.Microsecond)
	key, err := n.key(ctx)
	if err != nil {
		return err
	}
	next.Signature = ed25519.Sign(key, next.canonical())
	return n.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := insertMark.Run(ctx, tx, next.Position, next.At, next.Digest, next.Signature)
		return err
	})
}

var errGap = errors.New("entries are missing from the journal, which is not signed like that")

// digest goes on from a checkpoint to a position.
func (n *Notary) digest(ctx context.Context, from Checkpoint, to int64) (Checkpoint, error) {
	c := Checkpoint{Position: from.Position, Digest: from.Digest}
	for c.Position < to {
		rows, err := hashesAfter.All(ctx, n.DB, c.Position, to, stretch)
		if err != nil {
			return c, err
		}
		if len(rows) == 0 {
			return c, errGap
		}
		for _, r := range rows {
			if r.Position != c.Position+1 {
				return c, errGap
			}
			c.Position, c.Digest = r.Position, fold(c.Digest, r.Hash)
		}
	}
	return c, nil
}

// send hands over what was not handed over yet. After a crash in between a
// line stands there twice.
func (n *Notary) send(ctx context.Context) error {
	waiting, err := unsentMarks.All(ctx, n.DB)
	if err != nil || len(waiting) == 0 {
		return err
	}
	key, err := n.key(ctx)
	if err != nil {
		return err
	}
	for _, c := range waiting {
		if err := n.Sink(c.line(key.Public().(ed25519.PublicKey))); err != nil {
			return fmt.Errorf("send a checkpoint: %w", err)
		}
		err := n.DB.Tx(ctx, func(tx *db.Tx) error {
			_, err := noteSent.Run(ctx, tx, c.Position, n.Clock.Now())
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// key is the signing key, which is made once.
func (n *Notary) key(ctx context.Context) (ed25519.PrivateKey, error) {
	sealed, found, err := identity.Fact(ctx, n.DB, markFact)
	if err == nil && !found {
		seed := make([]byte, ed25519.SeedSize)
		_, _ = rand.Read(seed) // never fails: it ends the process instead
		fresh := base64.StdEncoding.EncodeToString(n.Keys.Seal(seed, markPlace))
		err = n.DB.Tx(ctx, func(tx *db.Tx) error {
			if _, err := identity.Claim(ctx, tx, markFact, fresh); err != nil {
				return err
			}
			sealed, _, err = identity.Fact(ctx, tx, markFact)
			return err
		})
	}
	if err != nil {
		return nil, err
	}
	return unsealKey(n.Keys, sealed)
}

// markPlace says where the sealed seed belongs.
const markPlace = "instance|value|" + markFact

func unsealKey(keys *secret.Keys, sealed string) (ed25519.PrivateKey, error) {
	raw, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil {
		return nil, fmt.Errorf("the key of checkpoints: %w", err)
	}
	seed, err := keys.Open(raw, markPlace)
	if err != nil {
		return nil, fmt.Errorf("the key of checkpoints: %w", err)
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

var (
	lastMark    = db.Rows[Checkpoint](`SELECT position, at, digest, signature FROM checkpoints ORDER BY position DESC LIMIT 1`)
	unsentMarks = db.Rows[Checkpoint](`SELECT position, at, digest, signature FROM checkpoints WHERE sent_at IS NULL ORDER BY position`)
	insertMark  = db.Exec(`
		INSERT INTO checkpoints (position, at, digest, signature) VALUES ($1, $2, $3, $4) ON CONFLICT (position) DO NOTHING`)
	noteSent    = db.Exec(`UPDATE checkpoints SET sent_at = $2 WHERE position = $1`)
	hashesAfter = db.Rows[row](`SELECT position, hash FROM journal WHERE position > $1 AND position <= $2 ORDER BY position LIMIT $3`)
)
