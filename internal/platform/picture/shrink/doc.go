// Package shrink reads one square of a PNG or JPEG at a reduced size.
//
// A photograph of 24 million pixels takes 100 to 400 MiB when it is decoded
// whole, and all that is wanted of it is a square of 512. So both readers here
// throw pixels away while they read. The JPEG reader rebuilds each block of
// coefficients directly at a half, a quarter or an eighth of its size and
// keeps nothing outside the square; the PNG reader holds two rows and adds
// each pixel to the box it falls in. What comes out has about the size that
// was asked for; one asks for more than one needs and lets a better filter do
// the rest.
//
// The readers take what people have (baseline and progressive JPEG in grey,
// YCbCr, RGB, and Adobe's CMYK and YCCK; PNG of every colour type, depth and
// interlacing) and refuse everything else with [ErrUnreadable]. They never
// panic, and the time they take is bounded by the size of the picture and of
// the data: each test that says so has its reason in a known attack.
package shrink

import (
	"errors"
	"fmt"
	"image"
)

// ErrUnreadable is wrapped by every error of this package: the data is broken,
// cut off, or uses a part of its format that is not supported.
var ErrUnreadable = errors.New("unreadable picture")

func unreadable(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrUnreadable, fmt.Sprintf(format, args...))
}

// Format is a kind of picture, told by its first bytes.
type Format uint8

const (
	None Format = iota
	PNG
	JPEG
)

// Sniff tells the format of data. Names and declared types play no part.
func Sniff(data []byte) Format {
	switch {
	case len(data) >= 8 && string(data[:8]) == pngSignature:
		return PNG
	case len(data) >= 3 && data[0] == 0xff && data[1] == 0xd8 && data[2] == 0xff:
		return JPEG
	}
	return None
}

// Header is what is known of a picture before a pixel is decoded.
type Header struct {
	Width, Height int
	Orientation   int    // EXIF orientation, 1 to 8; 1 if there is none
	Profile       []byte // ICC colour profile, nil if there is none
	Alpha         bool   // whether pixels may be transparent
	Weight        int    // about how many bytes Square will hold at most
}

// ReadHeader reads the header of a PNG or JPEG. Its width and height are at
// least 1; whether they are bearable is for the caller to say before [Square].
func ReadHeader(data []byte) (Header, error) {
	switch Sniff(data) {
	case PNG:
		return readPNGHeader(data)
	case JPEG:
		return readJPEGHeader(data)
	}
	return Header{}, unreadable("neither PNG nor JPEG")
}

// Square returns the square r of the picture, in stored pixels before
// orientation, reduced by a whole factor to between 2/3 and 3/2 of side, or as
// it is if it is smaller. What fills no whole pixel at the edges is left out. r
// must lie inside the picture. Colours are as stored: Header.Profile says what
// they mean.
func Square(data []byte, r image.Rectangle, side int) (*image.RGBA, error) {
	switch Sniff(data) {
	case PNG:
		return squareOfPNG(data, r, side)
	case JPEG:
		return squareOfJPEG(data, r, side)
	}
	return nil, unreadable("neither PNG nor JPEG")
}
