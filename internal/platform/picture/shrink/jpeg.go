package shrink

import (
	"bytes"
	"image"
)

// Markers of ITU-T T.81, table B.1, and the application segments we read.
const (
	markSOF0 = 0xc0 // baseline
	markSOF1 = 0xc1 // extended sequential
	markSOF2 = 0xc2 // progressive
	markDHT  = 0xc4
	markRST0 = 0xd0
	markRST7 = 0xd7
	markSOI  = 0xd8
	markEOI  = 0xd9
	markSOS  = 0xda
	markDQT  = 0xdb
	markDRI  = 0xdd
	markAPP1 = 0xe1 // EXIF
	markAPP2 = 0xe2 // ICC profile
	markAPPE = 0xee // Adobe: how the colours are coded
)

// A progressive picture comes in about ten scans. Each can revisit every block
// for some forty bytes, so that two megabytes of them would take minutes.
const maxScans = 64

// How the first three components are coded.
const (
	adobeUnsaid = -1
	adobeRGB    = 0
	adobeYCbCr  = 1
	adobeYCCK   = 2
)

type jpeg struct {
	data          []byte
	pos           int
	width, height int
	progressive   bool
	comps         []component
	hmax, vmax    int
	quant         [4][64]uint16 // in zigzag order
	huff          [2][4]huffman // DC and AC
	interval      int           // MCUs between restart markers, 0 for none
	adobe         int
	orientation   int
	hasExif       bool
	profile       []byte
	scans         int
	view          *view // nil while only the header is read
}

func readJPEGHeader(data []byte) (Header, error) {
	j, err := parseJPEG(data)
	if err != nil {
		return Header{}, err
	}
	return Header{Width: j.width, Height: j.height, Orientation: j.orientation, Profile: j.profile, Weight: j.weight()}, nil
}

// parseJPEG reads everything before the first scan.
func parseJPEG(data []byte) (*jpeg, error) {
	j := &jpeg{data: data, pos: 2, adobe: adobeUnsaid, orientation: 1}
	mark, err := j.segments()
	if err != nil {
		return nil, err
	}
	if mark != markSOS || j.comps == nil {
		return nil, unreadable("JPEG without a picture")
	}
	return j, nil
}

// weight returns about how many bytes decoding takes at most: the planes and
// the pixels of the square, and what a progressive picture keeps between its
// scans.
func (j *jpeg) weight() int {
	const square = 1536 * 1536
	n := len(j.comps)
	if !j.progressive {
		return (n + 4) * square
	}
	blocks := (j.width/8 + 4) * (j.height/8 + 4)
	return (n+4)*square + n*(8*blocks+2*square)
}

func squareOfJPEG(data []byte, r image.Rectangle, side int) (*image.RGBA, error) {
	j, err := parseJPEG(data)
	if err != nil {
		return nil, err
	}
	j.look(r, side)
	for {
		if err := j.scan(); err != nil {
			return nil, err
		}
		if j.complete() {
			break
		}
		mark, err := j.segments()
		if err != nil {
			return nil, err
		}
		if mark == markEOI {
			break
		}
	}
	return j.paint(side)
}

// complete tells whether no scan can follow: each component of a sequential
// picture has been seen.
func (j *jpeg) complete() bool {
	for i := range j.comps {
		if j.progressive || !j.comps[i].seen {
			return false
		}
	}
	return true
}

// marker skips to the next marker and returns it.
func (j *jpeg) marker() (byte, error) {
	for j.pos+1 < len(j.data) {
		mark := j.data[j.pos+1]
		if j.data[j.pos] == 0xff && mark != 0 && mark != 0xff && (mark < markRST0 || mark > markRST7) {
			j.pos += 2
			return mark, nil
		}
		j.pos++
	}
	return 0, unreadable("JPEG ends too early")
}

// segment returns the body of the segment at the present position.
func (j *jpeg) segment() ([]byte, error) {
	if j.pos+2 > len(j.data) {
		return nil, unreadable("JPEG ends within a segment")
	}
	n := int(j.data[j.pos])<<8 | int(j.data[j.pos+1])
	if n < 2 || j.pos+n > len(j.data) {
		return nil, unreadable("JPEG segment of %d bytes", n)
	}
	body := j.data[j.pos+2 : j.pos+n]
	j.pos += n
	return body, nil
}

// segments reads until the start of a scan or the end of the picture, and
// returns which. The position is then behind that marker.
func (j *jpeg) segments() (byte, error) {
	for {
		mark, err := j.marker()
		if err != nil {
			return 0, err
		}
		if mark == markSOS || mark == markEOI {
			return mark, nil
		}
		if mark == markSOI || mark == 0x01 {
			continue
		}
		body, err := j.segment()
		if err != nil {
			return 0, err
		}
		if err := j.take(mark, body); err != nil {
			return 0, err
		}
	}
}

func (j *jpeg) take(mark byte, body []byte) error {
	switch mark {
	case markSOF0, markSOF1, markSOF2:
		return j.takeFrame(mark, body)
	case markDHT:
		return j.takeHuffman(body)
	case markDQT:
		return j.takeQuant(body)
	case markDRI:
		if len(body) != 2 {
			return unreadable("JPEG restart interval of %d bytes", len(body))
		}
		j.interval = int(body[0])<<8 | int(body[1])
	case markAPP1:
		if tiff, ok := bytes.CutPrefix(body, []byte("Exif\x00\x00")); ok && !j.hasExif {
			j.orientation, j.hasExif = orientation(tiff), true
		}
	case markAPP2:
		// The chunks stand in order in everything that writes them. A profile
		// put together wrongly is recognised as broken by its reader.
		if icc, ok := bytes.CutPrefix(body, []byte("ICC_PROFILE\x00")); ok && len(icc) > 2 && len(j.profile) < maxProfile {
			j.profile = append(j.profile, icc[2:]...)
		}
	case markAPPE:
		if len(body) >= 12 && string(body[:5]) == "Adobe" {
			j.adobe = int(body[11])
		}
	default:
		if mark > markSOF2 && mark < 0xd0 && mark != 0xc8 {
			return unreadable("JPEG of kind %#x", mark)
		}
	}
	return nil
}

func (j *jpeg) takeFrame(mark byte, body []byte) error {
	if j.comps != nil || len(body) < 6 || len(body) != 6+3*int(body[5]) || body[0] != 8 {
		return unreadable("JPEG frame")
	}
	j.progressive = mark == markSOF2
	j.height, j.width = int(body[1])<<8|int(body[2]), int(body[3])<<8|int(body[4])
	n := int(body[5])
	if j.width == 0 || j.height == 0 || (n != 1 && n != 3 && n != 4) {
		return unreadable("JPEG of %d × %d pixels in %d colours", j.width, j.height, n)
	}
	comps := make([]component, n)
	for i := range comps {
		c, b := &comps[i], body[6+3*i:]
		*c = component{id: b[0], h: int(b[1] >> 4), v: int(b[1] & 15), table: int(b[2])}
		if n == 1 {
			c.h, c.v = 1, 1
		}
		if c.h < 1 || c.h > 4 || c.v < 1 || c.v > 4 || c.table > 3 {
			return unreadable("JPEG component")
		}
		j.hmax, j.vmax = max(j.hmax, c.h), max(j.vmax, c.v)
	}
	for i := range comps {
		if err := comps[i].measure(j, comps[:i]); err != nil {
			return err
		}
	}
	j.comps = comps
	return nil
}

func (j *jpeg) takeQuant(body []byte) error {
	for len(body) > 0 {
		wide, id := int(body[0]>>4), body[0]&15
		n := 64 * (wide + 1)
		if wide > 1 || id > 3 || len(body) < 1+n {
			return unreadable("JPEG quantization table")
		}
		for i := range 64 {
			v := uint16(body[1+i*(wide+1)])
			if wide == 1 {
				v = v<<8 | uint16(body[2+2*i])
			}
			j.quant[id][i] = v
		}
		body = body[1+n:]
	}
	return nil
}

func (j *jpeg) takeHuffman(body []byte) error {
	for len(body) > 0 {
		class, id := body[0]>>4, body[0]&15
		if class > 1 || id > 3 || len(body) < 17 {
			return unreadable("JPEG Huffman table")
		}
		n, err := j.huff[class][id].build(body[1:17], body[17:])
		if err != nil {
			return err
		}
		body = body[17+n:]
	}
	return nil
}
