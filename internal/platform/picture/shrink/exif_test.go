package shrink

import "testing"

func TestTheOrientationIsReadInBothByteOrders(t *testing.T) {
	const (
		big    = "MM\x00*\x00\x00\x00\x08"
		little = "II*\x00\x08\x00\x00\x00"
		make   = "\x01\x0f\x00\x02\x00\x00\x00\x04none"
	)
	for name, c := range map[string]struct {
		tiff string
		want int
	}{
		"big-endian":      {big + "\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x08\x00\x00", 8},
		"little-endian":   {little + "\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00\x03\x00\x00\x00", 3},
		"second entry":    {big + "\x00\x02" + make + "\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00", 6},
		"zero":            {big + "\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x00\x00\x00", 1},
		"nine":            {big + "\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x09\x00\x00", 1},
		"no entry":        {big + "\x00\x01" + make, 1},
		"fewer than said": {big + "\xff\xff" + make, 1},
		"cut off":         {big + "\x00\x01\x01\x12\x00\x03", 1},
		"points outside":  {"MM\x00*\xff\xff\xff\xff\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x08\x00\x00", 1},
		"points at end":   {"MM\x00*\x00\x00\x00\x08", 1},
		"not TIFF":        {"MZ\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x08\x00\x00", 1},
		"nothing":         {"", 1},
	} {
		if got := orientation([]byte(c.tiff)); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

func TestOnlyPNGAndJPEGAreRecognised(t *testing.T) {
	for data, want := range map[string]Format{
		"\x89PNG\r\n\x1a\n": PNG, "\xff\xd8\xff\xe0": JPEG, "\x89PNG\n": None, "\xff\xd8": None, "GIF89a": None, "RIFF\x00\x00\x00\x00WEBPVP8 ": None, "BM": None, "": None,
	} {
		if got := Sniff([]byte(data)); got != want {
			t.Errorf("%q is %v, want %v", data, got, want)
		}
	}
	if _, err := ReadHeader([]byte("GIF89a")); err == nil {
		t.Error("the header of a GIF was read")
	}
}
