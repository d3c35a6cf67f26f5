package once_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"nameplate/internal/platform/clock"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/db/dbtest"
	"nameplate/internal/platform/once"
	"nameplate/internal/platform/secret"
)

const (
	purpose = "email_change"
	flow    = "usr_01h455vb4pex5vsknk084sn02q"
	ttl     = 15 * time.Minute
)

var start = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// desk is a store on a database, each of whose acts is a transaction.
type desk struct {
	t testing.TB
	once.Store
	d     *db.DB
	clock *clock.Manual
}

func open(t testing.TB, d *db.DB) *desk {
	t.Helper()
	c := clock.At(start)
	code := func() secret.Secret { return "123456" }
	return &desk{t, once.Store{Keys: ring(t, secret.GenerateKey()), Clock: c, Code: code}, d, c}
}

func ring(t testing.TB, keys ...secret.Secret) *secret.Keys {
	t.Helper()
	var all []string
	for _, k := range keys {
		all = append(all, k.Reveal())
	}
	parsed, err := secret.ParseKeys(secret.Secret(strings.Join(all, ",")))
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func (k *desk) tx(fn func(ctx context.Context, tx *db.Tx) error) {
	k.t.Helper()
	ctx := context.Background()
	if err := k.d.Tx(ctx, func(tx *db.Tx) error { return fn(ctx, tx) }); err != nil {
		k.t.Error(err)
	}
}

func (k *desk) code(purpose, flow string) (code string) {
	k.t.Helper()
	k.tx(func(ctx context.Context, tx *db.Tx) error {
		s := k.NewCode()
		err := k.KeepCode(ctx, tx, purpose, flow, s, ttl)
		code = s.Reveal()
		return err
	})
	return code
}

func (k *desk) takes(purpose, flow, typed string) (ok bool) {
	k.t.Helper()
	k.tx(func(ctx context.Context, tx *db.Tx) (err error) {
		ok, err = k.TakeCode(ctx, tx, purpose, flow, typed)
		return err
	})
	return ok
}

func (k *desk) link(purpose, flow string) (token string) {
	k.t.Helper()
	k.tx(func(ctx context.Context, tx *db.Tx) error {
		s := k.NewLink()
		err := k.KeepLink(ctx, tx, purpose, flow, s, ttl)
		token = s.Reveal()
		return err
	})
	return token
}

// follow takes a link and returns its flow, or "".
func (k *desk) follow(purpose, token string) (flow string) {
	k.t.Helper()
	k.tx(func(ctx context.Context, tx *db.Tx) error {
		f, ok, err := k.TakeLink(ctx, tx, purpose, token)
		if ok != (f != "") {
			k.t.Errorf("flow %q, %v", f, ok)
		}
		flow = f
		return err
	})
	return flow
}

func (k *desk) peeks(purpose, token string) string {
	k.t.Helper()
	f, _, err := k.PeekLink(context.Background(), k.d, purpose, token)
	if err != nil {
		k.t.Error(err)
	}
	return f
}

func TestARightCodeThatIsOnlyLookedAtIsNeitherUsedUpNorCounted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := open(t, d)
		code := k.code(purpose, flow)
		right := func(purpose, flow, typed string) (ok bool) {
			k.tx(func(ctx context.Context, tx *db.Tx) (err error) {
				ok, err = k.RightCode(ctx, tx, purpose, flow, typed)
				return err
			})
			return ok
		}
		for range 2 * once.Tries {
			if right(purpose, flow, "000000") || right(purpose, "usr_another", code) || right("another", flow, code) || right(purpose, flow, code[:5]) {
				t.Fatal("a wrong code is right")
			}
			if !right(purpose, flow, code[:3]+" "+code[3:]) {
				t.Fatal("the right code is wrong")
			}
		}
		k.clock.Advance(ttl)
		if right(purpose, flow, code) {
			t.Error("it is right after its time")
		}
		code = k.code(purpose, flow)
		if !k.takes(purpose, flow, code) || right(purpose, flow, code) {
			t.Error("it is right after it was used up")
		}
	})
}

func TestACodeWorksOnceForItsPurposeAndFlow(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := open(t, d)
		code := k.code(purpose, flow)
		for name, ok := range map[string]bool{
			"another purpose": k.takes("signup", flow, code),
			"another flow":    k.takes(purpose, "usr_2", code),
			"another code":    k.takes(purpose, flow, "654321"),
		} {
			if ok {
				t.Errorf("taken for %s", name)
			}
		}
		if !k.takes(purpose, flow, code) {
			t.Error("refused")
		}
		if k.takes(purpose, flow, code) {
			t.Error("taken twice")
		}
	})
}

func TestACodeIsTakenAsPeopleTypeIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := open(t, d)
		for typed, want := range map[string]bool{
			"123456": true, "123 456": true, " 123-456\n": true, "1 2 3 4 5 6": true, "123\u00a0456": true, "123–456": true,
			"12345": false, "1234567": false, "123456a": false, "١٢٣٤٥٦": false, "": false, "+123456": false, "1\x0023456": false,
		} {
			k.code(purpose, flow)
			if k.takes(purpose, flow, typed) != want {
				t.Errorf("%q: want %v", typed, want)
			}
		}
	})
}

func TestWhatCannotBeACodeCostsNoTry(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := open(t, d)
		code := k.code(purpose, flow)
		for range 2 * once.Tries {
			k.takes(purpose, flow, "12345")
		}
		if !k.takes(purpose, flow, code) {
			t.Error("the right code is refused")
		}
	})
}

func TestANewerCodeEndsTheOlder(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := open(t, d)
		codes := []secret.Secret{"111111", "222222"}
		k.Code = func() secret.Secret { c := codes[0]; codes = codes[1:]; return c }
		old, fresh := k.code(purpose, flow), k.code(purpose, flow)
		if k.takes(purpose, flow, old) {
			t.Error("the older one works")
		}
		if !k.takes(purpose, flow, fresh) {
			t.Error("the newer one is refused")
		}
	})
}

func TestTheFifthTryMayBeTheRightOneAndTheSixthMayNot(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := open(t, d)
		for wrong, want := range map[int]bool{once.Tries - 1: true, once.Tries: false} {
			code := k.code(purpose, flow)
			for range wrong {
				k.takes(purpose, flow, "000000")
			}
			if k.takes(purpose, flow, code) != want {
				t.Errorf("after %d wrong ones: want %v", wrong, want)
			}
		}
	})
}

var attempts = db.Rows[int](`SELECT attempts FROM one_time WHERE flow = $1`)

func TestABurstOfWrongCodesCountsFiveAndTheRightOneIsRefused(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := open(t, d)
		code := k.code(purpose, flow)
		atOnce(200, func(i int) {
			if k.takes(purpose, flow, fmt.Sprintf("%06d", 200000+i)) {
				t.Error("a wrong code was taken")
			}
		})
		if n, err := attempts.One(t.Context(), d, flow); err != nil || n != once.Tries {
			t.Errorf("%d counted: %v", n, err)
		}
		if k.takes(purpose, flow, code) {
			t.Error("the right one was taken")
		}
	})
}

func TestOfManyWhoSubmitTheSameSecretAtOnceOneSucceeds(t *testing.T) {
	const rounds, people = 20, 64
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := open(t, d)
		for round := range rounds {
			code, link := k.code(purpose, flow), k.link(purpose, flow)
			var codes, links atomic.Int32
			atOnce(people, func(int) {
				if k.takes(purpose, flow, code) {
					codes.Add(1)
				}
				if k.follow(purpose, link) != "" {
					links.Add(1)
				}
			})
			if codes.Load() != 1 || links.Load() != 1 {
				t.Fatalf("round %d: the code was taken %d times, the link %d times", round, codes.Load(), links.Load())
			}
		}
	})
}

// atOnce calls fn from n goroutines that start together.
func atOnce(n int, fn func(i int)) {
	var wg sync.WaitGroup
	gate := make(chan bool)
	for i := range n {
		wg.Go(func() { <-gate; fn(i) })
	}
	close(gate)
	wg.Wait()
}

func TestASecretExpiresToTheSecond(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for early, want := range map[time.Duration]bool{time.Second: true, time.Microsecond: true, 0: false, -time.Second: false} {
			k := open(t, d)
			code, link := k.code(purpose, flow), k.link(purpose, flow)
			k.clock.Advance(ttl - early)
			if (k.peeks(purpose, link) == flow) != want {
				t.Errorf("%v before: the link is shown: %v", early, !want)
			}
			if (k.follow(purpose, link) == flow) != want {
				t.Errorf("%v before: the link is taken: %v", early, !want)
			}
			if k.takes(purpose, flow, code) != want {
				t.Errorf("%v before: the code is taken: %v", early, !want)
			}
		}
	})
}

func TestALinkLeadsToItsFlowOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := open(t, d)
		token := k.link(purpose, flow)
		if !strings.HasPrefix(token, "npln_") {
			t.Errorf("the token is %s", token)
		}
		if k.peeks(purpose, token) != flow || k.peeks(purpose, token) != flow {
			t.Error("looking used it up")
		}
		for name, got := range map[string]string{
			"another purpose": k.follow("signup", token),
			"another token":   k.follow(purpose, secret.NewToken(once.Kind).Reveal()),
			"another kind":    k.follow(purpose, secret.NewToken("at").Reveal()),
			"no token":        k.follow(purpose, "'; DROP TABLE one_time"),
		} {
			if got != "" {
				t.Errorf("%s leads to %s", name, got)
			}
		}
		if k.follow(purpose, token) != flow {
			t.Error("refused")
		}
		if k.follow(purpose, token) != "" || k.peeks(purpose, token) != "" {
			t.Error("taken twice")
		}
	})
}

func TestANewerLinkEndsTheOlderAndLeavesTheCode(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := open(t, d)
		code, old := k.code(purpose, flow), k.link(purpose, flow)
		fresh := k.link(purpose, flow)
		if k.follow(purpose, old) != "" || k.follow(purpose, fresh) != flow {
			t.Error("the older one works, or the newer does not")
		}
		if !k.takes(purpose, flow, code) {
			t.Error("the code went with the link")
		}
	})
}

func TestAVoidedFlowHasNoSecretAnyMore(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := open(t, d)
		code, token, other := k.code(purpose, flow), k.link(purpose, flow), k.link(purpose, "usr_2")
		k.tx(func(ctx context.Context, tx *db.Tx) error { return k.Void(ctx, tx, purpose, flow) })
		if k.takes(purpose, flow, code) || k.follow(purpose, token) != "" {
			t.Error("it works")
		}
		if k.follow(purpose, other) != "usr_2" {
			t.Error("the other flow's is gone too")
		}
	})
}

func TestARefusedTransactionGivesTheLinkBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := open(t, d)
		token := k.link(purpose, flow)
		full := fmt.Errorf("no room")
		err := d.Tx(t.Context(), func(tx *db.Tx) error {
			if _, ok, err := k.TakeLink(t.Context(), tx, purpose, token); !ok {
				return err
			}
			return full
		})
		if err != full || k.follow(purpose, token) != flow {
			t.Error("the link is gone and nothing happened", err)
		}
	})
}

var hashes = db.Rows[[]byte](`SELECT hash FROM one_time`)

func TestTheSweepRemovesWhatExpiredAndNothingElse(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := open(t, d)
		k.code(purpose, flow)
		k.clock.Advance(ttl)
		token := k.link(purpose, flow)
		k.tx(func(ctx context.Context, tx *db.Tx) error { return k.Sweep(ctx, tx) })
		left, err := hashes.All(t.Context(), d)
		if err != nil || len(left) != 1 || !bytes.Equal(left[0], secret.Hash(secret.Secret(token))) {
			t.Errorf("%d left: %v", len(left), err)
		}
	})
}

func TestTheTableDoesNotTellACode(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := open(t, d)
		k.code(purpose, flow)
		k.code(purpose, "usr_2")
		all, err := hashes.All(t.Context(), d)
		if err != nil || len(all) != 2 {
			t.Fatal(all, err)
		}
		if bytes.Equal(all[0], all[1]) {
			t.Error("the same code looks the same for two flows")
		}
		for n := range 1_000_000 {
			if digits := fmt.Sprintf("%06d", n); bytes.Equal(all[0], secret.Hash(secret.Secret(digits))) {
				t.Fatal("its bare hash is stored")
			}
		}
	})
}

func TestACodeOutlivesAChangeOfTheKey(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		older, newer := secret.GenerateKey(), secret.GenerateKey()
		k := open(t, d)
		k.Keys = ring(t, older)
		code := k.code(purpose, flow)
		k.Keys = ring(t, newer, older)
		if k.takes(purpose, flow, "654321") || !k.takes(purpose, flow, code) {
			t.Error("it does not")
		}
	})
}
