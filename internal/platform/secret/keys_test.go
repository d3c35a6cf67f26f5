package secret

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func ring(t testing.TB, keys ...Secret) *Keys {
	t.Helper()
	var all []string
	for _, k := range keys {
		all = append(all, k.Reveal())
	}
	parsed, err := ParseKeys(Secret(strings.Join(all, ",")))
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func TestWhatWasSealedOpensInItsPlaceAndNowhereElse(t *testing.T) {
	keys, others := ring(t, GenerateKey()), ring(t, GenerateKey())
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
		place := rapid.String().Draw(t, "place")
		sealed := keys.Seal(plain, place)

		opened, err := keys.Open(sealed, place)
		if err != nil || !bytes.Equal(opened, plain) {
			t.Fatalf("%v", err)
		}
		if len(sealed) != len(plain)+37 {
			t.Fatalf("%d bytes became %d", len(plain), len(sealed))
		}
		if _, err := keys.Open(sealed, place+"x"); !errors.Is(err, ErrBroken) {
			t.Fatalf("opened in another place: %v", err)
		}
		if _, err := others.Open(sealed, place); !errors.Is(err, ErrUnknownKey) {
			t.Fatalf("opened with another key: %v", err)
		}
		if bytes.Equal(sealed, keys.Seal(plain, place)) {
			t.Fatal("sealed twice alike")
		}
	})
}

func TestEveryChangedBitBreaksTheSeal(t *testing.T) {
	keys := ring(t, GenerateKey())
	sealed := keys.Seal([]byte("secret"), "a|b|c")
	for i := range len(sealed) * 8 {
		changed := bytes.Clone(sealed)
		changed[i/8] ^= 1 << (i % 8)
		if _, err := keys.Open(changed, "a|b|c"); err == nil {
			t.Errorf("opened with bit %d changed", i)
		}
	}
}

func FuzzOpen(f *testing.F) {
	keys := ring(f, GenerateKey())
	f.Add(keys.Seal([]byte("secret"), "a"), "b")
	f.Add([]byte{}, "")
	f.Add([]byte{sealVersion}, "")
	f.Add(keys.Seal(nil, "")[:headLen], "")
	f.Fuzz(func(t *testing.T, sealed []byte, place string) {
		if plain, err := keys.Open(sealed, place); err == nil {
			t.Fatalf("opened %x as %q", sealed, plain)
		}
	})
}

func TestAnOldKeyStillOpensAndTheNewestSeals(t *testing.T) {
	older, newer := GenerateKey(), GenerateKey()
	before := ring(t, older)
	sealed, mac := before.Seal([]byte("secret"), "place"), before.MAC("code", []byte("123456"))

	both := ring(t, newer, older)
	if plain, err := both.Open(sealed, "place"); err != nil || string(plain) != "secret" {
		t.Errorf("what the old key sealed: %v", err)
	}
	macs := both.MACs("code", []byte("123456"))
	if len(macs) != 2 || !bytes.Equal(macs[1], mac) || !bytes.Equal(macs[0], both.MAC("code", []byte("123456"))) {
		t.Error("the MACs are not the newest key's and then the old one's")
	}
	if !both.Knows(before.Fingerprint()) || both.Fingerprint() == before.Fingerprint() {
		t.Error("the ring does not know its keys")
	}

	after := ring(t, newer)
	if _, err := after.Open(both.Seal([]byte("new"), "place"), "place"); err != nil {
		t.Errorf("what the ring sealed needs the old key: %v", err)
	}
	if after.Knows(before.Fingerprint()) || after.Knows("") || after.Knows("zz") {
		t.Error("knows a key that it does not have")
	}
}

func TestAMACIsForOnePurposeAndOneKey(t *testing.T) {
	keys, others := ring(t, GenerateKey()), ring(t, GenerateKey())
	mac := keys.MAC("code", []byte("123456"))
	if !bytes.Equal(mac, keys.MAC("code", []byte("123456"))) || len(mac) != 32 {
		t.Error("it changes")
	}
	for name, other := range map[string][]byte{
		"purpose": keys.MAC("limit", []byte("123456")),
		"data":    keys.MAC("code", []byte("123457")),
		"key":     others.MAC("code", []byte("123456")),
	} {
		if bytes.Equal(mac, other) {
			t.Errorf("another %s has the same", name)
		}
	}
}

func TestABadKeyIsNamedButNotShown(t *testing.T) {
	good := GenerateKey().Reveal()
	encode := base64.StdEncoding.EncodeToString
	for _, c := range []struct{ name, text, want string }{
		{"nothing", "", "key 1 is empty"},
		{"a comma too many", good + ",", "key 2 is empty"},
		{"no base64", good + "," + strings.Repeat("!", 44), "key 2 is not base64: look at sign 1"},
		{"a wrong sign", good[:20] + "*" + good[21:], "key 1 is not base64: look at sign 21"},
		{"too short", encode([]byte("0123456789\x00bcdef")), "key 1 has 16 bytes and needs 32"},
		{"too long", encode(make([]byte, 33)), "key 1 has 33 bytes and needs 32"},
		{"zeros", encode(make([]byte, 32)), "key 1 is not random"},
		{"a sentence", encode([]byte("correct horse battery staple 123")), "key 1 is not random"},
		{"the same again", good + ", " + good, "key 2 is there twice"},
	} {
		_, err := ParseKeys(Secret(c.text))
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
}

func TestAKeyMayBeSpelledInAnyBase64(t *testing.T) {
	key := GenerateKey().Reveal()
	want := ring(t, Secret(key)).Fingerprint()
	raw, err := base64.StdEncoding.DecodeString(key)
	if err != nil || len(raw) != 32 {
		t.Fatalf("made a key of %d bytes: %v", len(raw), err)
	}
	for _, text := range []string{
		" " + key + "\n",
		base64.RawStdEncoding.EncodeToString(raw),
		base64.URLEncoding.EncodeToString(raw),
		base64.RawURLEncoding.EncodeToString(raw),
	} {
		if got := ring(t, Secret(text)).Fingerprint(); got != want {
			t.Errorf("%q is another key", text)
		}
	}
}

func TestAKeyRingIsNotPrinted(t *testing.T) {
	keys := ring(t, GenerateKey())
	for _, v := range []any{keys, *keys, struct{ Keys *Keys }{keys}, struct{ Keys Keys }{*keys}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%x"} {
			text := fmt.Sprintf(verb, v)
			if !strings.Contains(text, redacted) && !strings.Contains(text, "0x") || strings.Contains(text, "master") {
				t.Errorf("%s of %T: %s", verb, v, text)
			}
		}
	}
}

func BenchmarkMAC(b *testing.B) {
	keys := ring(b, GenerateKey())
	for b.Loop() {
		keys.MAC("limit", []byte("person@example.com"))
	}
}
