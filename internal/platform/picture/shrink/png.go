package shrink

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
	"io"
)

const pngSignature = "\x89PNG\r\n\x1a\n"

// A colour profile is some hundreds to some thousands of bytes; what inflates
// to more than this is not one.
const maxProfile = 1 << 20

// pngWeight is the sums and the pixels of the largest square that boxes leave.
const pngWeight = 1280 * 1280 * (8 + 4)

// pngHeader is the IHDR chunk and what else is needed before the pixels.
type pngHeader struct {
	width, height int
	depth         int // bits in a sample: 1, 2, 4, 8, 16
	kind          uint8
	interlaced    bool
	palette       [256][4]uint8 // alpha multiplied in
	colours       int           // in the palette
	clear         [3]uint16     // the one transparent colour of grey and RGB
	hasClear      bool
	alpha         bool
	orientation   int
	profile       []byte
	pixels        []byte // from the first IDAT chunk on
}

// Colour types of PNG.
const (
	pngGrey      = 0
	pngRGB       = 2
	pngPalette   = 3
	pngGreyAlpha = 4
	pngRGBA      = 6
)

// samples returns how many samples a pixel has.
func (h *pngHeader) samples() int {
	return [...]int{pngGrey: 1, pngRGB: 3, pngPalette: 1, pngGreyAlpha: 2, pngRGBA: 4}[h.kind]
}

// rowBytes returns the length of a row of n pixels, without its filter byte.
func (h *pngHeader) rowBytes(n int) int { return (n*h.samples()*h.depth + 7) / 8 }

func readPNGHeader(data []byte) (Header, error) {
	h, err := parsePNG(data)
	if err != nil {
		return Header{}, err
	}
	return Header{Width: h.width, Height: h.height, Orientation: h.orientation, Profile: h.profile, Alpha: h.alpha, Weight: pngWeight}, nil
}

// chunk splits the first chunk off data.
func chunk(data []byte) (kind string, body, rest []byte, err error) {
	if len(data) < 12 {
		return "", nil, nil, unreadable("PNG ends within a chunk")
	}
	n := binary.BigEndian.Uint32(data)
	if uint64(n) > uint64(len(data)-12) {
		return "", nil, nil, unreadable("PNG chunk is longer than the data")
	}
	end := 8 + int(n)
	return string(data[4:8]), data[8:end], data[end+4:], nil
}

// checked tells whether the first chunk of data has the sum it claims.
func checked(data, body []byte) bool {
	end := 8 + len(body)
	return crc32.ChecksumIEEE(data[4:end]) == binary.BigEndian.Uint32(data[end:])
}

// parsePNG reads all chunks before the pixels. It skips those it does not know
// by their length, so that their content costs nothing.
func parsePNG(data []byte) (*pngHeader, error) {
	data = data[len(pngSignature):]
	h := &pngHeader{orientation: 1}
	for first := true; ; first = false {
		kind, body, rest, err := chunk(data)
		if err != nil {
			return nil, err
		}
		if first != (kind == "IHDR") {
			return nil, unreadable("PNG does not start with its one header")
		}
		critical := kind[0]&0x20 == 0
		if (critical || kind == "tRNS") && !checked(data, body) {
			return nil, unreadable("PNG chunk %q is damaged", kind)
		}
		if kind == "IDAT" {
			h.pixels = data
			return h, h.ready()
		}
		if err := h.take(kind, body); err != nil {
			return nil, err
		}
		data = rest
	}
}

func (h *pngHeader) take(kind string, body []byte) error {
	switch kind {
	case "IHDR":
		return h.takeHeader(body)
	case "PLTE":
		return h.takePalette(body)
	case "tRNS":
		return h.takeTransparency(body)
	case "eXIf":
		h.orientation = orientation(body)
	case "iCCP":
		h.profile = inflateProfile(body)
	case "IEND":
		return unreadable("PNG without pixels")
	}
	return nil
}

func (h *pngHeader) takeHeader(body []byte) error {
	if len(body) != 13 {
		return unreadable("PNG header of %d bytes", len(body))
	}
	w, ht := binary.BigEndian.Uint32(body), binary.BigEndian.Uint32(body[4:])
	if w == 0 || ht == 0 || w > 1<<31-1 || ht > 1<<31-1 {
		return unreadable("PNG of %d × %d pixels", w, ht)
	}
	h.width, h.height = int(w), int(ht)
	h.depth, h.kind, h.interlaced = int(body[8]), body[9], body[12] == 1
	h.alpha = h.kind == pngGreyAlpha || h.kind == pngRGBA
	if !validDepth(h.kind, h.depth) || body[10] != 0 || body[11] != 0 || body[12] > 1 {
		return unreadable("PNG of colour type %d, depth %d", h.kind, h.depth)
	}
	return nil
}

func validDepth(kind uint8, depth int) bool {
	switch kind {
	case pngGrey:
		return depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16
	case pngPalette:
		return depth == 1 || depth == 2 || depth == 4 || depth == 8
	case pngRGB, pngGreyAlpha, pngRGBA:
		return depth == 8 || depth == 16
	}
	return false
}

func (h *pngHeader) takePalette(body []byte) error {
	n := len(body) / 3
	if len(body)%3 != 0 || n == 0 || n > 256 || h.colours > 0 {
		return unreadable("PNG palette of %d bytes", len(body))
	}
	if h.kind != pngPalette {
		return nil
	}
	h.colours = n
	for i := range h.palette {
		h.palette[i] = [4]uint8{0, 0, 0, 255}
	}
	for i := range n {
		copy(h.palette[i][:3], body[3*i:])
	}
	return nil
}

func (h *pngHeader) takeTransparency(body []byte) error {
	h.alpha = true
	switch h.kind {
	case pngPalette:
		if len(body) > h.colours {
			return unreadable("PNG with more transparencies than colours")
		}
		for i, a := range body {
			p := &h.palette[i]
			*p = [4]uint8{times(p[0], a), times(p[1], a), times(p[2], a), a}
		}
	case pngGrey, pngRGB:
		if len(body) != 2*h.samples() {
			return unreadable("PNG transparency of %d bytes", len(body))
		}
		for i := range h.samples() {
			h.clear[i] = binary.BigEndian.Uint16(body[2*i:])
		}
		h.hasClear = true
	}
	return nil
}

func (h *pngHeader) ready() error {
	if h.kind == pngPalette && h.colours == 0 {
		return unreadable("PNG without its palette")
	}
	return nil
}

// inflateProfile returns the profile in an iCCP chunk, or nil: a broken one is
// no reason to refuse the picture.
func inflateProfile(body []byte) []byte {
	_, packed, ok := bytes.Cut(body, []byte{0})
	if !ok || len(packed) < 1 || packed[0] != 0 {
		return nil
	}
	z, err := zlib.NewReader(bytes.NewReader(packed[1:]))
	if err != nil {
		return nil
	}
	profile, err := io.ReadAll(io.LimitReader(z, maxProfile))
	if err != nil || len(profile) == maxProfile {
		return nil
	}
	return profile
}

// pngPixels reads the content of consecutive IDAT chunks.
type pngPixels struct {
	data []byte // at the next chunk
	body []byte // what is left of the present one
}

func (p *pngPixels) Read(b []byte) (int, error) {
	for len(p.body) == 0 {
		kind, body, rest, err := chunk(p.data)
		if err != nil {
			return 0, err
		}
		if kind != "IDAT" {
			return 0, io.EOF
		}
		if !checked(p.data, body) {
			return 0, unreadable("PNG chunk \"IDAT\" is damaged")
		}
		p.data, p.body = rest, body
	}
	n := copy(b, p.body)
	p.body = p.body[n:]
	return n, nil
}

// pass is one of the seven sub-pictures of an interlaced PNG, or the only one.
type pass struct{ x, y, dx, dy int }

var (
	plainPass = []pass{{0, 0, 1, 1}}
	adam7     = []pass{{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}}
)

func squareOfPNG(data []byte, r image.Rectangle, side int) (*image.RGBA, error) {
	h, err := parsePNG(data)
	if err != nil {
		return nil, err
	}
	z, err := zlib.NewReader(&pngPixels{data: h.pixels})
	if err != nil {
		return nil, unreadable("PNG: %v", err)
	}
	b := newBox(r, side)
	passes := plainPass
	if h.interlaced {
		passes = adam7
	}
	for _, p := range passes {
		if err := h.readPass(z, p, b); err != nil {
			return nil, err
		}
	}
	return b.image(), nil
}

func (h *pngHeader) readPass(z io.Reader, p pass, b *box) error {
	n := (h.width - p.x + p.dx - 1) / p.dx
	if n <= 0 {
		return nil
	}
	row, above := make([]byte, 1+h.rowBytes(n)), make([]byte, 1+h.rowBytes(n))
	pix := make([]uint8, 4*n)
	near := max(1, h.samples()*h.depth/8)
	for y := p.y; y < h.height; y += p.dy {
		if _, err := io.ReadFull(z, row); err != nil {
			return unreadable("PNG: %v", err)
		}
		if err := unfilter(row, above, near); err != nil {
			return err
		}
		if y >= b.in.Min.Y && y < b.in.Max.Y {
			h.expand(pix, row[1:])
			b.add(y, p.x, p.dx, pix)
		}
		row, above = above, row
	}
	return nil
}
