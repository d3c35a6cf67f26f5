package journal_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/db/dbtest"
	"nameplate/internal/platform/secret"
)

// witness is a world whose journal is signed into a file.
type witness struct {
	*world
	keys   *secret.Keys
	file   string
	notary *journal.Notary
}

func newWitness(t *testing.T, d *db.DB) *witness {
	w := newWorld(t, d)
	keys, err := secret.ParseKeys(secret.GenerateKey())
	w.must(err)
	file := filepath.Join(t.TempDir(), "checkpoints")
	sink, err := journal.OpenSink(file, slog.Default())
	w.must(err)
	return &witness{w, keys, file, &journal.Notary{
		DB: d, Keys: keys, Clock: w.clock, Holder: "one", Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Sink: sink,
	}}
}

func (w *witness) happen(n int) {
	w.Helper()
	w.tx(func(tx *db.Tx) error {
		for i := range n {
			if err := w.journal.RecordInstance(w.Context(), tx, journal.Act{Action: "x", Target: journal.Thing(fmt.Sprint(i))}); err != nil {
				return err
			}
		}
		return nil
	})
	w.seal()
}

func (w *witness) lines() [][]byte {
	w.Helper()
	text, err := os.ReadFile(w.file)
	w.must(err)
	return slices.Collect(bytes.Lines(text))
}

func (w *witness) verify() journal.Audited {
	w.Helper()
	a, err := journal.VerifyWith(w.Context(), w.db, w.keys, w.file)
	w.must(err)
	return a
}

func TestACheckpointIsMadeAfterAThousandEntriesOrAnHour(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWitness(t, d)
		mark := func(want int) {
			t.Helper()
			w.must(w.notary.Mark(t.Context()))
			if got := len(w.lines()); got != want {
				t.Errorf("%d checkpoints, want %d", got, want)
			}
		}
		mark(0) // nothing has happened
		w.happen(1)
		mark(1) // the first one comes at once
		mark(1)
		w.happen(999)
		mark(1)
		w.happen(1)
		mark(2) // a thousand since
		w.clock.Advance(time.Hour - time.Second)
		w.happen(1)
		mark(2)
		w.clock.Advance(time.Second)
		mark(3)
		w.clock.Advance(time.Hour)
		mark(3) // nothing has happened since
		if a := w.verify(); !a.Valid || a.Checkpoints != 3 || a.BadLine != 0 || a.Entries != 1002 {
			t.Errorf("%+v", a)
		}
	})
}

func TestAJournalThatWasMadeAnewDoesNotAgreeWithItsCheckpoints(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWitness(t, d)
		w.happen(3)
		w.must(w.notary.Mark(t.Context()))
		w.unlock()
		w.run(cut, 0)
		w.run(forgetSealed)
		w.happen(4)
		if rep := w.verifyAll(); !rep.Valid {
			t.Fatalf("the forgery is found without checkpoints: %+v", rep)
		}
		if a := w.verify(); a.Valid || a.BadLine != 1 || a.FirstBad != 0 {
			t.Errorf("%+v", a)
		}
	})
}

var forgetSealed = db.Exec(`UPDATE instance SET value = '0' WHERE name = 'journal_sealed'`)

func TestATailThatWasCutOffIsMissedByTheCheckpoints(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWitness(t, d)
		w.happen(2)
		w.must(w.notary.Mark(t.Context()))
		w.clock.Advance(time.Hour)
		w.happen(2)
		w.must(w.notary.Mark(t.Context()))
		w.unlock()
		w.run(cut, 3)
		w.run(forgetSealed)
		if a := w.verify(); a.Valid || a.BadLine != 2 {
			t.Errorf("%+v", a)
		}
	})
}

func TestALineThatWasChangedOrSignedElsewhereIsFound(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWitness(t, d)
		w.happen(1)
		w.must(w.notary.Mark(t.Context()))
		var line map[string]any
		w.must(json.Unmarshal(w.lines()[0], &line))
		for name, value := range map[string]any{
			"position": 2, "at": "2026-11-21T14:02:01Z", "digest": strings.Repeat("00", 32), "signature": "AAAA", "digest ": "x",
		} {
			forged := map[string]any{name: value}
			for k, v := range line {
				if _, set := forged[k]; !set {
					forged[k] = v
				}
			}
			text, err := json.Marshal(forged)
			w.must(err)
			w.must(os.WriteFile(w.file, append(text, '\n'), 0o600))
			want := int64(1)
			if name == "digest " { // a field that means nothing
				want = 0
			}
			if a := w.verify(); a.BadLine != want || a.Valid != (want == 0) {
				t.Errorf("%s: %+v", name, a)
			}
		}
		for _, text := range []string{"no JSON\n", "{}\n", "\n"} {
			w.must(os.WriteFile(w.file, []byte(text), 0o600))
			if a := w.verify(); a.BadLine != 1 {
				t.Errorf("%q: %+v", text, a)
			}
		}
		w.must(os.Remove(w.file))
		if a := w.verify(); !a.Valid || a.Checkpoints != 0 {
			t.Errorf("without a file: %+v", a)
		}
	})
}

func TestAJournalWithAGapIsNotSigned(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWitness(t, d)
		w.happen(3)
		w.unlock()
		w.run(remove, 2)
		if err := w.notary.Mark(t.Context()); err == nil || len(w.lines()) != 0 {
			t.Errorf("it was signed: %v", err)
		}
	})
}

func TestACheckpointThatCouldNotBeSentIsSentLater(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWitness(t, d)
		working := w.notary.Sink
		away := errors.New("away")
		w.notary.Sink = func([]byte) error { return away }
		w.happen(1)
		if err := w.notary.Mark(t.Context()); !errors.Is(err, away) {
			t.Errorf("%v", err)
		}
		w.notary.Sink = working
		w.must(w.notary.Mark(t.Context()))
		w.must(w.notary.Mark(t.Context()))
		if n := len(w.lines()); n != 1 {
			t.Errorf("%d lines", n)
		}
	})
}

func TestOneNodeSignsAtATimeAndAnotherGoesOnWithTheSameKey(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWitness(t, d)
		other := *w.notary
		other.Holder = "two"
		w.happen(1)
		w.must(w.notary.Mark(t.Context()))
		w.happen(1000)
		w.must(other.Mark(t.Context()))
		if n := len(w.lines()); n != 1 {
			t.Errorf("both have signed: %d lines", n)
		}
		w.clock.Advance(time.Minute)
		w.must(other.Mark(t.Context()))
		if a := w.verify(); !a.Valid || a.Checkpoints != 2 {
			t.Errorf("%+v", a)
		}
		sealed, found, err := identity.Fact(context.Background(), d, "checkpoint_key")
		if err != nil || !found || len(sealed) < 60 {
			t.Errorf("the key is %q, %v", sealed, err)
		}
	})
}

func TestCheckpointsGoToTheLogWhereThatIsWanted(t *testing.T) {
	var log bytes.Buffer
	sink, err := journal.OpenSink(journal.ToLog, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	if err := sink([]byte(`{"position":7}`)); err != nil || !strings.Contains(log.String(), `position\":7`) {
		t.Errorf("%v: %s", err, &log)
	}
	if _, err := journal.OpenSink(filepath.Join(t.TempDir(), "no", "folder"), slog.Default()); err == nil {
		t.Error("a folder that is not there is taken")
	}
}
