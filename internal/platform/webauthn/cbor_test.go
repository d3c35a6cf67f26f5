package webauthn

import (
	"encoding/hex"
	"reflect"
	"testing"

	"github.com/fxamacker/cbor/v2"
)

func TestCBORIsReadAsAKeyWritesIt(t *testing.T) {
	for text, want := range map[string]any{
		"00": int64(0), "17": int64(23), "1818": int64(24), "1903e8": int64(1000), "1b7fffffffffffffff": int64(1<<63 - 1),
		"20": int64(-1), "3903e7": int64(-1000), "3b7fffffffffffffff": int64(-1 << 63),
		"40": []byte{}, "43010203": []byte{1, 2, 3}, "60": "", "6161": "a", "62c3bc": "ü",
		"80": []any{}, "820102": []any{int64(1), int64(2)}, "a0": table{}, "a20102613102": table{int64(1): int64(2), "1": int64(2)},
		"f4": false, "f5": true, "f6": nil, "818181818100": []any{[]any{[]any{[]any{[]any{int64(0)}}}}},
	} {
		raw, _ := hex.DecodeString(text)
		got, rest, err := readCBOR(append(raw, 0xff))
		if err != nil || len(rest) != 1 || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %#v, %d bytes are left, %v", text, got, len(rest), err)
		}
	}
	for what, text := range map[string]string{
		"nothing": "", "cut off": "19ff", "a large number": "1bffffffffffffffff", "a large negative": "3bffffffffffffffff", "cut off bytes": "44010203",
		"endless bytes": "5f", "a length of 2^63": "5b8000000000000000", "not UTF-8": "61ff", "endless list": "9f00ff", "endless map": "bf0000ff", "cut off list": "8201",
		"a list of 2^40": "9b0000010000000000", "a map of 2^40": "bb0000010000000000", "a key twice": "a201020103", "a list as a key": "a18000", "bytes as a key": "a14000",
		"true as a key": "a1f500", "a tag": "c100", "a float": "fb3ff0000000000000", "a half float": "f93c00", "undefined": "f7", "another simple value": "f820", "reserved": "1c", "break": "ff",
		"six levels": "81818181818100",
	} {
		raw, _ := hex.DecodeString(text)
		if got, _, err := readCBOR(raw); err == nil {
			t.Errorf("%s is read as %#v", what, got)
		}
	}
}

// FuzzWhatIsReadIsWhatAnotherReads holds us against a whole CBOR library, set
// to be as strict.
func FuzzWhatIsReadIsWhatAnotherReads(f *testing.F) {
	mode, err := cbor.DecOptions{
		DupMapKey: cbor.DupMapKeyEnforcedAPF, IndefLength: cbor.IndefLengthForbidden, TagsMd: cbor.TagsForbidden, MaxNestedLevels: maxNesting + 1,
		IntDec: cbor.IntDecConvertSigned,
	}.DecMode()
	if err != nil {
		f.Fatal(err)
	}
	for _, text := range []string{"a301020326200102", "a163666d74646e6f6e65", "82f5f6", "43010203", "3903e7"} {
		raw, _ := hex.DecodeString(text)
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		ours, rest, err := readCBOR(raw)
		if err != nil {
			return
		}
		var theirs any
		left, err := mode.UnmarshalFirst(raw, &theirs)
		if err != nil || len(left) != len(rest) || !reflect.DeepEqual(plain(ours), theirs) {
			t.Errorf("%x: %#v with %d bytes left, and %#v with %d, %v", raw, ours, len(rest), theirs, len(left), err)
		}
	})
}

// plain is a value in the other library's types.
func plain(v any) any {
	switch v := v.(type) {
	case table:
		all := map[any]any{}
		for key, inner := range v {
			all[key] = plain(inner)
		}
		return all
	case []any:
		all := make([]any, len(v))
		for i, inner := range v {
			all[i] = plain(inner)
		}
		return all
	}
	return v
}
