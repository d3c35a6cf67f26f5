package webpush

import (
	"bytes"
	"crypto/ecdh"
	"errors"
	"testing"
)

func raw(t *testing.T, text string) []byte {
	t.Helper()
	b, err := encoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTheExampleOfTheStandardIsEncryptedAsThere(t *testing.T) {
	own, err := ecdh.P256().NewPrivateKey(raw(t, "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"))
	if err != nil {
		t.Fatal(err)
	}
	k, err := ParseKeys(raw(t, "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"), raw(t, "BTBZMqHH6r4Tts7J_aSIgg"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := k.encrypt([]byte("When I grow up, I want to be a watermelon"), 0, own, raw(t, "DGv6ra1nlYgDCS1FRnbzlw"))
	if err != nil {
		t.Fatal(err)
	}
	want := "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4M" +
		"qgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
	if text := encoding.EncodeToString(got); text != want {
		t.Errorf("got\n%s, want\n%s", text, want)
	}
}

func TestALengthTellsNothingAndALongTextIsRefused(t *testing.T) {
	key, err := ecdh.P256().GenerateKey(zeros{})
	if err != nil {
		t.Fatal(err)
	}
	k, err := ParseKeys(key.PublicKey().Bytes(), make([]byte, authLen))
	if err != nil {
		t.Fatal(err)
	}
	size := func(n int) int {
		body, err := k.Encrypt(bytes.Repeat([]byte("x"), n))
		if err != nil {
			t.Fatal(err)
		}
		return len(body)
	}
	if size(1) != size(300) || size(MaxText) != 4096 {
		t.Errorf("%d, %d and %d bytes", size(1), size(300), size(MaxText))
	}
	if _, err := k.Encrypt(make([]byte, MaxText+1)); !errors.Is(err, ErrLong) {
		t.Error(err)
	}
	if _, err := ParseKeys(make([]byte, keyLen), make([]byte, authLen)); !errors.Is(err, ErrKeys) {
		t.Error(err)
	}
	if _, err := ParseKeys(key.PublicKey().Bytes(), make([]byte, authLen-1)); !errors.Is(err, ErrKeys) {
		t.Error(err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 7
	}
	return len(p), nil
}
