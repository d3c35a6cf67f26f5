package journal

import (
	"context"

	"nameplate/internal/platform/db"
)

// stretch is how many entries are verified at once, which bounds the memory.
const stretch = 1000

// Report is what a verification found.
type Report struct {
	Valid    bool
	Entries  int64 // in the chain
	Unsealed int64 // committed and not in the chain yet
	FirstBad int64 // the first entry that is changed or missing; 0 if none is
}

// Verify checks a trail from its first entry to its last. FirstBad is a seq.
//
// A trail whose last entries were taken out is a good chain by itself. It is
// found by the whole journal: when entries are missing from it after the last
// one of this trail, they may have been its own, and the trail does not count
// as valid.
func Verify(ctx context.Context, q db.Q, trail string) (Report, error) {
	rep, given, err := begin(ctx, q, func() (int64, error) { return unsealedOfTrail.One(ctx, q, trail) })
	if err != nil {
		return rep, err
	}
	end, position := link{hash: first}, int64(0)
	err = each(func() ([]row, error) { return chainOfTrail.All(ctx, q, trail, end.seq, stretch) }, func(r row) {
		rep.count(end.follows(r), end.seq+1)
		end, position = link{r.Seq, r.Hash}, r.Position
	})
	if err != nil {
		return rep, err
	}
	whole, err := nothingMissing(ctx, q, position, given)
	if err != nil {
		return rep, err
	}
	rep.must(whole, end.seq+1)
	return rep.done(), nil
}

// each visits the entries of one page after the other, until one is not full.
func each(page func() ([]row, error), visit func(row)) error {
	for {
		rows, err := page()
		if err != nil {
			return err
		}
		for _, r := range rows {
			visit(r)
		}
		if len(rows) < stretch {
			return nil
		}
	}
}

// nothingMissing reports whether every position after after, up to the last
// one given away, is there.
func nothingMissing(ctx context.Context, q db.Q, after, given int64) (bool, error) {
	if given <= after {
		return true, nil
	}
	n, err := countBetween.One(ctx, q, after, given)
	return n == given-after, err
}

// VerifyAll checks the whole journal: every trail, and that no position is
// missing. FirstBad is a position.
func VerifyAll(ctx context.Context, q db.Q) (Report, error) {
	return verifyAll(ctx, q, func(int64, []byte) {})
}

// verifyAll tells pass the digest of the journal at each position.
func verifyAll(ctx context.Context, q db.Q, pass func(position int64, digest []byte)) (Report, error) {
	digest := first
	rep, given, err := begin(ctx, q, func() (int64, error) { return unsealedOfAll.One(ctx, q) })
	if err != nil {
		return rep, err
	}
	ends, position := map[string]link{}, int64(0)
	err = each(func() ([]row, error) { return chainOfAll.All(ctx, q, position, stretch) }, func(r row) {
		end, known := ends[r.Trail]
		if !known {
			end.hash = first
		}
		rep.must(r.Position == position+1, position+1)
		rep.count(end.follows(r), r.Position)
		ends[r.Trail], position = link{r.Seq, r.Hash}, r.Position
		digest = fold(digest, r.Hash)
		pass(position, digest)
	})
	if err != nil {
		return rep, err
	}
	rep.must(position >= given, position+1)
	return rep.done(), nil
}

// begin counts what waits before the chain is read: an entry that is sealed
// meanwhile may be counted in both, and is never missed in both. It returns the
// last position given away until then.
func begin(ctx context.Context, q db.Q, waiting func() (int64, error)) (rep Report, given int64, err error) {
	if given, err = sealed(ctx, q); err == nil {
		rep.Unsealed, err = waiting()
	}
	return rep, given, err
}

func (r *Report) count(good bool, number int64) {
	r.Entries++
	r.must(good, number)
}

// must notes the first thing that is not as it should be.
func (r *Report) must(good bool, number int64) {
	if !good && r.FirstBad == 0 {
		r.FirstBad = number
	}
}

func (r Report) done() Report {
	r.Valid = r.FirstBad == 0
	return r
}
