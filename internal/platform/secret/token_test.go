package secret

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestATokenShowsItsKindAndIsFoundByItsHash(t *testing.T) {
	shape := regexp.MustCompile(`^npse_[0-9A-Za-z]{49}$`)
	seen := map[string]bool{}
	for range 1000 {
		token := NewToken("se")
		hash, ok := ParseToken("se", token.Reveal())
		if !ok || !shape.MatchString(token.Reveal()) {
			t.Fatalf("made a token that is none: %s", token.Reveal())
		}
		if !bytes.Equal(hash, Hash(token)) || len(hash) != 32 {
			t.Fatal("the hash is another")
		}
		seen[token.Reveal()] = true
	}
	if len(seen) != 1000 {
		t.Errorf("%d different ones of 1000", len(seen))
	}
}

func TestATokenWithOneSignChangedIsRefusedWithoutALookUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := []byte(NewToken("at").Reveal())
		at := rapid.IntRange(0, len(text)-1).Draw(t, "at")
		sign := rapid.Byte().Draw(t, "sign")
		if text[at] == sign {
			return
		}
		text[at] = sign
		if _, ok := ParseToken("at", string(text)); ok {
			t.Fatalf("took %s", text)
		}
	})
}

func TestOnlyTheExactTextIsAToken(t *testing.T) {
	good := NewToken("se").Reveal()
	for name, text := range map[string]string{
		"empty":           "",
		"only a prefix":   "npse_",
		"another kind":    "npat_" + good[5:],
		"upper case":      strings.ToUpper(good),
		"space before":    " " + good,
		"line end":        good + "\n",
		"longer":          good + "0",
		"shorter":         good[:len(good)-1],
		"without a sum":   good[:len(good)-checksumLen],
		"swapped signs":   good[:5] + good[6:7] + good[5:6] + good[7:],
		"sign of base 64": "npse_" + strings.Repeat("-", 49),
	} {
		if name == "swapped signs" && good[5] == good[6] {
			continue
		}
		if _, ok := ParseToken("se", text); ok {
			t.Errorf("%s: took %q", name, text)
		}
	}
}

func FuzzParseToken(f *testing.F) {
	f.Add(NewToken("se").Reveal())
	f.Add("npse_")
	f.Fuzz(func(t *testing.T, text string) {
		hash, ok := ParseToken("se", text)
		if ok != (len(hash) == 32) {
			t.Fatalf("%q: hash of %d bytes, %v", text, len(hash), ok)
		}
		if ok && len(text) != len("npse_")+bodyLen+checksumLen {
			t.Fatalf("took %q", text)
		}
	})
}

func TestEverySixDigitsAreAsLikelyAsTheOthers(t *testing.T) {
	const draws = 60_000
	shape := regexp.MustCompile(`^[0-9]{6}$`)
	var count [6][10]int
	for range draws {
		code := SixDigits().Reveal()
		if !shape.MatchString(code) {
			t.Fatalf("code %q", code)
		}
		for place := range count {
			count[place][code[place]-'0']++
		}
	}
	// Chi-square with 9 degrees of freedom: above 50.0 once in ten million.
	const expected = draws / 10.0
	for place, digits := range count {
		chi := 0.0
		for _, n := range digits {
			d := float64(n) - expected
			chi += d * d / expected
		}
		if chi > 50 {
			t.Errorf("place %d: chi-square %.1f of %v", place, chi, digits)
		}
	}
}

func BenchmarkParseToken(b *testing.B) {
	text := NewToken("se").Reveal()
	for b.Loop() {
		ParseToken("se", text)
	}
}
