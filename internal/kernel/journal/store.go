package journal

import (
	"fmt"
	"strings"
	"time"

	"nameplate/internal/platform/db"
)

// row is an entry as it is stored. In the inbox it has neither position nor
// seq nor hashes.
type row struct {
	Position     int64
	Trail        string
	Seq          int64
	ID           string
	At           time.Time
	Actor        string
	Action       string
	Target       string
	Changes      string
	Details      string
	Origin       string
	Hash         []byte
	PreviousHash []byte
	ActorUser    string // who the pseudonym leads to; empty: nobody, or nobody any more
	TargetUser   string
}

// place is a trail that a person's account matters stand in.
type place struct {
	Trail     string
	Pseudonym string // of the person there; empty if there is none yet
}

var (
	places = db.Rows[place](`
		SELECT t.trail, COALESCE(s.pseudonym, '') AS pseudonym
		FROM (SELECT 'self' AS trail UNION ALL SELECT organization_id FROM memberships WHERE user_id = $1) t
		LEFT JOIN subjects s ON s.user_id = $1 AND s.trail = t.trail`)
	pseudonym = db.Rows[string](`SELECT pseudonym FROM subjects WHERE user_id = $1 AND trail = $2`)
	// Two transactions that name a person at once get the same row: the second
	// waits for the first.
	makePseudonym = db.Rows[string](`
		INSERT INTO subjects (pseudonym, trail, user_id) SELECT $1, $2, id FROM users WHERE id = $3
		ON CONFLICT (user_id, trail) DO UPDATE SET user_id = excluded.user_id RETURNING pseudonym`)
	forget = db.Exec(`DELETE FROM subjects WHERE user_id = $1`)

	insertEntry = db.Exec(`
		INSERT INTO journal_inbox (id, trail, at, actor, action, target, changes, details, origin)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`)
)

// Sealing.
var (
	// sealable finds out without writing whether there is anything to do.
	sealable = db.Rows[int](`
		SELECT 1 FROM journal_inbox
		WHERE NOT EXISTS (SELECT 1 FROM leases WHERE name = $1 AND holder <> $2 AND until > $3) LIMIT 1`)
	takeLease = db.Exec(`
		INSERT INTO leases (name, holder, until) VALUES ($1, $2, $4)
		ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
		WHERE leases.holder = $2 OR leases.until <= $3`)
	takeEntries = db.Rows[row](`
		DELETE FROM journal_inbox WHERE id IN (SELECT id FROM journal_inbox ORDER BY id LIMIT $1)
		RETURNING id, trail, at, actor, action, target, changes, details, origin`)
	lastPosition = db.Rows[int64](`SELECT COALESCE(MAX(position), 0) FROM journal`)
	lastOfTrail  = db.Rows[row](`SELECT seq, hash FROM journal WHERE trail = $1 ORDER BY seq DESC LIMIT 1`)
	readSealed   = db.Rows[string](`SELECT value FROM instance WHERE name = 'journal_sealed'`)
	noteSealed   = db.Exec(`
		INSERT INTO instance (name, value) VALUES ('journal_sealed', $1)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`)
	insertOne  = db.Exec(insertSealed(1))
	insertMany = db.Exec(insertSealed(many))
)

// many is how many entries one statement inserts, which saves round trips.
const many = 25

func insertSealed(rows int) string {
	const columns = 13
	var tuples []string
	for r := range rows {
		var places []string
		for c := range columns {
			places = append(places, fmt.Sprintf("$%d", r*columns+c+1))
		}
		tuples = append(tuples, "("+strings.Join(places, ", ")+")")
	}
	return `INSERT INTO journal
		(position, trail, seq, id, at, actor, action, target, changes, details, origin, hash, previous_hash)
		VALUES ` + strings.Join(tuples, ", ")
}

func (r row) args() []any {
	return []any{r.Position, r.Trail, r.Seq, r.ID, r.At, r.Actor, r.Action, r.Target,
		r.Changes, r.Details, r.Origin, r.Hash, r.PreviousHash}
}

// Reading.
var (
	entriesAfter = db.Rows[row](`
		SELECT j.position, j.trail, j.seq, j.id, j.at, j.actor, j.action, j.target, j.changes, j.details, j.origin,
			j.hash, j.previous_hash, COALESCE(a.user_id, '') AS actor_user, COALESCE(t.user_id, '') AS target_user
		FROM (SELECT position, trail, seq, id, at, actor, action, target, changes, details, origin, hash, previous_hash
			FROM journal WHERE trail = $1 AND seq > $2 ORDER BY seq LIMIT $3) j
		LEFT JOIN subjects a ON a.pseudonym = j.actor LEFT JOIN subjects t ON t.pseudonym = j.target ORDER BY j.seq`)
	entriesBefore = db.Rows[row](`
		SELECT j.position, j.trail, j.seq, j.id, j.at, j.actor, j.action, j.target, j.changes, j.details, j.origin,
			j.hash, j.previous_hash, COALESCE(a.user_id, '') AS actor_user, COALESCE(t.user_id, '') AS target_user
		FROM (SELECT position, trail, seq, id, at, actor, action, target, changes, details, origin, hash, previous_hash
			FROM journal WHERE trail = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3) j
		LEFT JOIN subjects a ON a.pseudonym = j.actor LEFT JOIN subjects t ON t.pseudonym = j.target ORDER BY j.seq DESC`)
	// entriesOf reads what is sealed and what is not yet; what is not has no
	// place in the chain.
	entriesOf = db.Rows[row](`
		SELECT j.id, j.at, j.actor, j.action, j.target, j.changes, j.details, j.origin,
			COALESCE(a.user_id, '') AS actor_user, COALESCE(t.user_id, '') AS target_user
		FROM (
			SELECT id, at, actor, action, target, changes, details, origin FROM journal WHERE trail = $1 AND action = $2 AND id < $3
			UNION ALL
			SELECT id, at, actor, action, target, changes, details, origin FROM journal_inbox WHERE trail = $1 AND action = $2 AND id < $3
		) j
		LEFT JOIN subjects a ON a.pseudonym = j.actor LEFT JOIN subjects t ON t.pseudonym = j.target
		ORDER BY j.id DESC LIMIT $4`)
	entryByID = db.Rows[row](`
		SELECT j.id, j.at, j.actor, j.action, j.target, j.changes, j.details, j.origin
		FROM (
			SELECT id, at, actor, action, target, changes, details, origin FROM journal WHERE trail = $1 AND action = $2 AND id = $3
			UNION ALL
			SELECT id, at, actor, action, target, changes, details, origin FROM journal_inbox WHERE trail = $1 AND action = $2 AND id = $3
		) j`)

	found       = db.Rows[row](foundWhere(""))
	foundActor  = db.Rows[row](foundWhere("AND actor = $7"))
	foundAction = db.Rows[row](foundWhere("AND action = $7"))
	foundBoth   = db.Rows[row](foundWhere("AND actor = $7 AND action = $8"))
	timeFrom    = db.Rows[time.Time](`SELECT at FROM journal WHERE trail = $1 AND seq >= $2 ORDER BY seq LIMIT 1`)
	nextAction  = db.Rows[string](`SELECT action FROM journal WHERE trail = $1 AND action > $2 ORDER BY action LIMIT 1`)

	chainOfTrail = db.Rows[row](`
		SELECT position, trail, seq, id, at, actor, action, target, changes, details, origin, hash, previous_hash
		FROM journal WHERE trail = $1 AND seq > $2 ORDER BY seq LIMIT $3`)
	chainOfAll = db.Rows[row](`
		SELECT position, trail, seq, id, at, actor, action, target, changes, details, origin, hash, previous_hash
		FROM journal WHERE position > $1 ORDER BY position LIMIT $2`)
	countBetween    = db.Rows[int64](`SELECT count(*) FROM journal WHERE position > $1 AND position <= $2`)
	unsealedOfTrail = db.Rows[int64](`SELECT count(*) FROM journal_inbox WHERE trail = $1`)
	unsealedOfAll   = db.Rows[int64](`SELECT count(*) FROM journal_inbox`)
)

// foundWhere reads a part of a trail backwards: first its seqs, for which an
// index is enough.
func foundWhere(further string) string {
	return `
		SELECT j.position, j.trail, j.seq, j.id, j.at, j.actor, j.action, j.target, j.changes, j.details, j.origin,
			j.hash, j.previous_hash, COALESCE(a.user_id, '') AS actor_user, COALESCE(t.user_id, '') AS target_user
		FROM (SELECT seq FROM journal WHERE trail = $1 AND seq > $2 AND seq < $3 AND at >= $4 AND at < $5 ` + further + `
			ORDER BY seq DESC LIMIT $6) f
		JOIN journal j ON j.trail = $1 AND j.seq = f.seq
		LEFT JOIN subjects a ON a.pseudonym = j.actor LEFT JOIN subjects t ON t.pseudonym = j.target ORDER BY j.seq DESC`
}
