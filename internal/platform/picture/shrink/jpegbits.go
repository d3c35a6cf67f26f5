package shrink

import "encoding/binary"

// quick is how many bits the first look at a Huffman code takes: nearly all
// codes are that short.
const quick = 9

// huffman is a Huffman table as T.81 annex C builds it.
type huffman struct {
	defined bool
	look    [1 << quick]uint16 // length << 8 | value, 0 for longer codes
	values  [256]uint8
	last    [17]int32 // largest code of each length, -1 if there is none
	offset  [17]int32 // index of the value of code 0 of each length
}

// build reads the count of codes of each length and the values, and returns
// how many values there were.
func (h *huffman) build(counts, values []byte) (int, error) {
	total := 0
	for _, c := range counts {
		total += int(c)
	}
	if total == 0 || total > 256 || total > len(values) {
		return 0, unreadable("JPEG Huffman table of %d codes", total)
	}
	*h = huffman{defined: true}
	copy(h.values[:], values[:total])
	code, index := int32(0), int32(0)
	for n := 1; n <= 16; n++ {
		count := int32(counts[n-1])
		h.offset[n], h.last[n] = index-code, -1
		if code+count > 1<<n {
			return 0, unreadable("JPEG Huffman table with too many codes")
		}
		for range count {
			h.enter(n, code, h.values[index])
			h.last[n] = code
			code, index = code+1, index+1
		}
		code <<= 1
	}
	return total, nil
}

// enter puts a short code wherever it is the start of what one looks at.
func (h *huffman) enter(n int, code int32, value uint8) {
	if n > quick {
		return
	}
	first := code << (quick - n)
	for i := range int32(1) << (quick - n) {
		h.look[first+i] = uint16(n)<<8 | uint16(value)
	}
}

// bits reads the entropy-coded data of a scan. Behind its end come zeros, so
// that the loops need not ask at each bit; overrun tells whether any were used.
type bits struct {
	data   []byte
	pos    int
	hold   uint64 // the next bits, at the upper end
	n      int    // how many bits hold has
	padded int    // how many of them stand behind the end
}

// fill brings n to more than 56, enough for a code of 16 bits and a value of 16.
func (b *bits) fill() {
	if b.pos+8 <= len(b.data) {
		// Eight bytes without a 0xff are eight bytes of data. Of the last one
		// some bits may come into hold too early; the next fill brings the same.
		v := binary.BigEndian.Uint64(b.data[b.pos:])
		if (^v-0x0101010101010101)&v&0x8080808080808080 == 0 {
			k := (64 - b.n) >> 3
			b.hold |= v >> b.n
			b.pos += k
			b.n += 8 * k
			return
		}
	}
	for b.n <= 56 {
		v, ok := b.next()
		if !ok {
			b.padded += 8
		}
		b.hold |= uint64(v) << (56 - b.n)
		b.n += 8
	}
}

// next returns the next byte of data, in which 0xff is followed by a zero.
func (b *bits) next() (byte, bool) {
	if b.pos >= len(b.data) {
		return 0, false
	}
	v := b.data[b.pos]
	if v != 0xff {
		b.pos++
		return v, true
	}
	if b.pos+1 < len(b.data) && b.data[b.pos+1] == 0 {
		b.pos += 2
		return v, true
	}
	return 0, false
}

func (b *bits) overrun() bool { return b.n < b.padded }

// drop forgets the rest of the present data, as before a restart.
func (b *bits) drop() { b.hold, b.n, b.padded = 0, 0, 0 }

func (b *bits) skip(n int) { b.hold <<= n & 63; b.n -= n }

// take returns the next n bits, 1 to 16.
func (b *bits) take(n int) int32 {
	if b.n < n {
		b.fill()
	}
	v := int32(b.hold >> (64 - n))
	b.skip(n)
	return v
}

// signed returns the next n bits, 1 to 15, as T.81 F.2.2.1 extends them: those
// that start with a zero are negative. It comes right after symbol, which has
// left enough bits.
func (b *bits) signed(n int) int32 {
	v, positive := int32(b.hold>>((64-n)&63)), int32(int64(b.hold)>>63)
	b.skip(n)
	return v + (^positive & (-1<<(n&31) + 1))
}

// symbol returns the next Huffman code's value, and leaves at least 16 bits
// behind it. Bits that are no code count as an overrun.
func (b *bits) symbol(h *huffman) uint8 {
	if b.n < 32 {
		b.fill()
	}
	l := h.look[b.hold>>(64-quick)]
	if l == 0 {
		return b.long(h)
	}
	b.skip(int(l >> 8))
	return uint8(l)
}

func (b *bits) long(h *huffman) uint8 {
	for n := quick + 1; n <= 16; n++ {
		if code := int32(b.hold >> (64 - n)); code <= h.last[n] {
			b.skip(n)
			return h.values[h.offset[n]+code]
		}
	}
	b.padded = 1 << 30
	return 0
}
