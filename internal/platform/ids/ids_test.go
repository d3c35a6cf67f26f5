package ids

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestAnIdentifierIsATypeID(t *testing.T) {
	// From the TypeID specification.
	got := encode([16]byte{0x01, 0x88, 0xba, 0xc7, 0x4a, 0xfa, 0x78, 0xaa, 0xbc, 0x3b, 0xbd, 0x1e, 0xef, 0x28, 0xd8, 0x81})
	if want := "01h2xcejqtf2nbrexx3vqjhp41"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got, want := encode([16]byte(slices.Repeat([]byte{255}, 16))), "7zzzzzzzzzzzzzzzzzzzzzzzzz"; got != want {
		t.Errorf("the greatest is %s, want %s", got, want)
	}
}

func TestAnIdentifierHoldsAUUIDOfVersionSevenWithItsTime(t *testing.T) {
	g := &generator{random: func(b []byte) { clear(b) }}
	u := g.next(noon)
	if u[6]>>4 != 7 || u[8]>>6 != 2 {
		t.Errorf("version %d, variant %d", u[6]>>4, u[8]>>6)
	}
	var milli int64
	for _, b := range u[:6] {
		milli = milli<<8 | int64(b)
	}
	if milli != noon.UnixMilli() {
		t.Errorf("made at %d, want %d", milli, noon.UnixMilli())
	}
}

func TestEveryFreshIdentifierIsValidForItsPrefixAlone(t *testing.T) {
	shape := regexp.MustCompile(`^usr_[0-7][0-9a-hjkmnp-tv-z]{25}$`)
	rapid.Check(t, func(t *rapid.T) {
		id := New(User, time.UnixMilli(rapid.Int64Range(0, 1<<48-1).Draw(t, "milli")))
		if !shape.MatchString(id) || !Valid(User, id) || Valid(Organization, id) || Valid("", id) {
			t.Fatalf("%s", id)
		}
	})
}

func TestNoOtherSpellingIsValid(t *testing.T) {
	id := "usr_01h2xcejqtf2nbrexx3vqjhp41"
	if !Valid(User, id) {
		t.Fatal("the specification's own is not")
	}
	for _, s := range []string{
		"", "usr_", strings.ToUpper(id), "usr_" + strings.ToUpper(id[4:]), id + "0", id[:len(id)-1], " " + id, id + "\n",
		"usr-01h2xcejqtf2nbrexx3vqjhp41", "01h2xcejqtf2nbrexx3vqjhp41",
		"usr_81h2xcejqtf2nbrexx3vqjhp41",  // 129 bits
		"usr_01h2xcejqtf2nbrexx3vqjhpi1",  // i, l, o and u are not in the alphabet
		"usr_01h2xcejqtf2nbrexx3vqjhpé",   // as many bytes
		"usr__01h2xcejqtf2nbrexx3vqjhp41", // a prefix of its own
	} {
		if Valid(User, s) {
			t.Errorf("%q is valid", s)
		}
	}
}

func TestIdentifiersOfOneProcessGrowWhateverTheClockDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		noise := rapid.Byte()
		g := &generator{random: func(b []byte) {
			for i := range b {
				b[i] = noise.Draw(t, "noise")
			}
		}}
		last := ""
		for _, milli := range rapid.SliceOf(rapid.Int64Range(-3, 5)).Draw(t, "clock") {
			id := encode(g.next(noon.Add(time.Duration(milli) * time.Millisecond)))
			if id <= last {
				t.Fatalf("%s after %s", id, last)
			}
			last = id
		}
	})
}

func TestAMillisecondThatIsUsedUpBorrowsFromTheNext(t *testing.T) {
	g := &generator{random: func(b []byte) {
		for i := range b {
			b[i] = 255
		}
	}}
	first := encode(g.next(noon)) // the last of its millisecond
	if second := encode(g.next(noon)); second <= first {
		t.Errorf("%s after %s", second, first)
	}
	if g.milli != uint64(noon.UnixMilli())+1 {
		t.Errorf("stands at %d", g.milli)
	}
}

func TestManyAtOnceNeverMakeTheSame(t *testing.T) {
	const makers, each = 8, 2000
	made := make([][]string, makers)
	var wg sync.WaitGroup
	for i := range made {
		wg.Go(func() {
			for range each {
				made[i] = append(made[i], New(Job, noon))
			}
		})
	}
	wg.Wait()
	seen := map[string]bool{}
	for _, ids := range made {
		if !slices.IsSorted(ids) {
			t.Error("one maker's are not sorted")
		}
		for _, id := range ids {
			seen[id] = true
		}
	}
	if len(seen) != makers*each {
		t.Errorf("%d different ones of %d", len(seen), makers*each)
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		New(User, noon)
	}
}
