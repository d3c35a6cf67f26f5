package shrink

import mathbits "math/bits"

// zigzag tells where in a block, row by row, the coefficients stand that come
// one after another.
var zigzag = [64]uint8{
	0, 1, 8, 16, 9, 2, 3, 10,
	17, 24, 32, 25, 18, 11, 4, 5,
	12, 19, 26, 33, 40, 48, 41, 34,
	27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36,
	29, 22, 15, 23, 30, 37, 44, 51,
	58, 59, 52, 45, 38, 31, 39, 46,
	53, 60, 61, 54, 47, 55, 62, 63,
}

// scan is one pass over the blocks of one or more components.
type scan struct {
	bits
	comps      []*component
	start, end int  // which coefficients, in zigzag order
	high, low  uint // bits known before, and after: successive approximation
	eob        int  // blocks that are still to be left as they are
	block      func(s *scan, c *component, x, y int)
}

// scan reads the scan at the present position.
func (j *jpeg) scan() error {
	if j.scans++; j.scans > maxScans {
		return unreadable("JPEG of more than %d scans", maxScans)
	}
	body, err := j.segment()
	if err != nil {
		return err
	}
	s, err := j.newScan(body)
	if err != nil {
		return err
	}
	s.data, s.pos = j.data, j.pos
	err = j.read(s)
	j.pos = s.pos
	return err
}

func (j *jpeg) newScan(body []byte) (*scan, error) {
	if len(body) < 1 || len(body) != 4+2*int(body[0]) || body[0] < 1 || int(body[0]) > len(j.comps) {
		return nil, unreadable("JPEG scan header")
	}
	n := int(body[0])
	s := &scan{}
	for i := range n {
		c := j.find(body[1+2*i])
		if c == nil || c.inScan(s) {
			return nil, unreadable("JPEG scan of an unknown component")
		}
		dc, ac := body[2+2*i]>>4, body[2+2*i]&15
		if dc > 3 || ac > 3 {
			return nil, unreadable("JPEG scan with Huffman table %d, %d", dc, ac)
		}
		c.dc, c.ac = &j.huff[0][dc], &j.huff[1][ac]
		s.comps = append(s.comps, c)
	}
	tail := body[1+2*n:]
	s.start, s.end, s.high, s.low = int(tail[0]), int(tail[1]), uint(tail[2]>>4), uint(tail[2]&15)
	if j.progressive {
		return s, s.preparePart()
	}
	return s, s.prepareWhole()
}

func (j *jpeg) find(id uint8) *component {
	for i := range j.comps {
		if j.comps[i].id == id {
			return &j.comps[i]
		}
	}
	return nil
}

// prepareWhole readies a scan of a sequential picture.
func (s *scan) prepareWhole() error {
	for _, c := range s.comps {
		if c.seen || !c.dc.defined || !c.ac.defined {
			return unreadable("JPEG scan without its tables, or twice")
		}
		c.seen = true
	}
	s.start, s.end, s.high, s.low = 0, 63, 0, 0
	s.block = (*scan).whole
	return nil
}

// preparePart readies a scan of a progressive picture (T.81 G.1.1.1).
func (s *scan) preparePart() error {
	if s.end > 63 || s.start > s.end || s.low > 13 || (s.high != 0 && s.high != s.low+1) ||
		(s.start == 0 && s.end != 0) || (s.start > 0 && len(s.comps) != 1) {
		return unreadable("JPEG scan of coefficients %d to %d, bits %d to %d", s.start, s.end, s.high, s.low)
	}
	switch {
	case s.start == 0 && s.high == 0:
		s.block = (*scan).firstDC
	case s.start == 0:
		s.block = (*scan).nextDC
	case s.high == 0:
		s.block = (*scan).firstAC
	default:
		s.block = (*scan).nextAC
	}
	for _, c := range s.comps {
		needs := c.ac
		if s.start == 0 {
			needs = c.dc
		}
		if !needs.defined && !(s.start == 0 && s.high != 0) {
			return unreadable("JPEG scan without its table")
		}
		c.seen = c.seen || s.start == 0
	}
	return nil
}

// read goes through the blocks: one component's own, or an MCU of all of them
// at a time.
func (j *jpeg) read(s *scan) error {
	wide, high := j.mcus(s)
	left, restarts := j.interval, byte(0)
	s.restart()
	for y := range high {
		for x := range wide {
			if j.interval > 0 && left == 0 {
				if err := s.nextInterval(&restarts); err != nil {
					return err
				}
				left = j.interval
			}
			left--
			s.mcu(x, y)
			if s.overrun() {
				return unreadable("JPEG scan ends too early")
			}
		}
	}
	return nil
}

func (j *jpeg) mcus(s *scan) (wide, high int) {
	if len(s.comps) == 1 {
		return s.comps[0].wide, s.comps[0].high
	}
	return (j.width + 8*j.hmax - 1) / (8 * j.hmax), (j.height + 8*j.vmax - 1) / (8 * j.vmax)
}

func (s *scan) mcu(x, y int) {
	if len(s.comps) == 1 {
		s.block(s, s.comps[0], x, y)
		return
	}
	for _, c := range s.comps {
		for v := range c.v {
			for h := range c.h {
				s.block(s, c, x*c.h+h, y*c.v+v)
			}
		}
	}
}

func (s *scan) restart() {
	s.drop()
	s.eob = 0
	for _, c := range s.comps {
		c.before = 0
	}
}

// nextInterval expects the restart marker that is due.
func (s *scan) nextInterval(count *byte) error {
	if s.pos+1 >= len(s.data) || s.data[s.pos] != 0xff || s.data[s.pos+1] != markRST0+*count {
		return unreadable("JPEG without the restart marker due")
	}
	s.pos += 2
	*count = (*count + 1) & 7
	s.restart()
	return nil
}

// dcOf reads the next DC coefficient, which is coded as a difference. More than
// 15 bits cannot be meant, and need not be read right.
func (s *scan) dcOf(c *component) int32 {
	if n := s.symbol(c.dc) & 15; n > 0 {
		c.before += s.signed(int(n))
	}
	return c.before
}

// whole reads a block of a sequential picture and paints it at once.
func (s *scan) whole(c *component, x, y int) {
	var block [64]int32
	paint := c.view.has(x, y)
	block[0] = s.dcOf(c) * int32(c.quant[0])
	last := 0
	for z := 1; z < 64; z++ {
		v := s.symbol(c.ac)
		n := int(v & 15)
		if n == 0 {
			if v>>4 != 15 {
				break
			}
			z += 15
			continue
		}
		z += int(v >> 4)
		value := s.signed(n)
		if z > 63 {
			break
		}
		block[zigzag[z]] = value * int32(c.quant[z])
		last = z
	}
	if paint {
		c.paint(&block, last, x, y)
	}
}

func (s *scan) firstDC(c *component, x, y int) {
	v := s.dcOf(c) << s.low
	if at := c.kept(x, y); at != nil {
		at[0] = int16(v)
	}
}

func (s *scan) nextDC(c *component, x, y int) {
	bit := s.take(1) << s.low
	if at := c.kept(x, y); at != nil {
		at[0] |= int16(bit)
	}
}

func (s *scan) firstAC(c *component, x, y int) {
	if s.eob > 0 {
		s.eob--
		return
	}
	known, at := c.known(x, y), c.kept(x, y)
	for z := s.start; z <= s.end; z++ {
		v := s.symbol(c.ac)
		run, n := int(v>>4), int(v&15)
		if n == 0 {
			if run < 15 {
				s.eob = s.run(run) - 1
				return
			}
			z += 15
			continue
		}
		z += run
		value := s.signed(n) << s.low
		if z > s.end {
			return
		}
		c.set(known, at, z, value)
	}
}

// run returns how many blocks an end-of-band covers (T.81 table G.1).
func (s *scan) run(n int) int {
	if n == 0 {
		return 1
	}
	return 1<<n + int(s.take(n))
}

// nextAC adds a bit to the coefficients that are not zero, and lets others
// come to be (T.81 G.1.2.3).
func (s *scan) nextAC(c *component, x, y int) {
	known, at := c.known(x, y), c.kept(x, y)
	z := s.start
	for s.eob == 0 && z <= s.end {
		v := s.symbol(c.ac)
		run, n := int(v>>4), v&15
		if n == 0 && run < 15 {
			s.eob = s.run(run)
			break
		}
		value := int32(0)
		if n != 0 {
			value = -1 << s.low
			if s.take(1) == 1 {
				value = 1 << s.low
			}
		}
		z = s.refine(c, known, at, z, run)
		if z <= s.end && value != 0 {
			c.set(known, at, z, value)
		}
		z++
	}
	if s.eob > 0 {
		s.eob--
		s.refineRest(c, known, at, z)
	}
}

// refine gives each coefficient from z on that is not zero its next bit, and
// stops at the zero behind run zeros. It returns where it stopped.
func (s *scan) refine(c *component, known *uint64, at []int16, z, run int) int {
	for ; z <= s.end; z++ {
		if *known>>z&1 == 0 {
			if run == 0 {
				return z
			}
			run--
			continue
		}
		s.refineOne(c, at, z)
	}
	return z
}

// refineRest does the same up to the end of the band. It looks only at what is
// not zero, so that it costs nothing where there is nothing.
func (s *scan) refineRest(c *component, known *uint64, at []int16, z int) {
	band := *known & (1<<(s.end+1) - 1) >> z << z
	for ; band != 0; band &= band - 1 {
		s.refineOne(c, at, mathbits.TrailingZeros64(band))
	}
}

func (s *scan) refineOne(c *component, at []int16, z int) {
	if s.take(1) == 0 || at == nil {
		return
	}
	if k := c.view.keep[z]; k >= 0 {
		grow(&at[k], int16(1)<<s.low)
	}
}

// grow moves v away from zero by d.
func grow(v *int16, d int16) {
	if *v < 0 {
		d = -d
	}
	*v += d
}
