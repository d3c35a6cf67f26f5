package webauthn

import (
	"errors"
	"math"
	"unicode/utf8"
)

// maxNesting is how deep lists and maps nest; CTAP2 stays below four.
const maxNesting = 5

var errCBOR = errors.New("not the CBOR of a key")

// table is a map whose keys are numbers or text.
type table map[any]any

// readCBOR reads the one value that raw begins with, of the part of CBOR (RFC
// 8949) that CTAP2 writes: no floats, no tags, nothing of open length, and no
// key twice. It returns an int64, []byte, string, []any, table, bool or nil,
// and what follows. Bytes are those of raw.
func readCBOR(raw []byte) (value any, rest []byte, err error) {
	r := reader{raw}
	value, err = r.value(maxNesting)
	return value, r.rest, err
}

// readTable reads a map and nothing else.
func readTable(raw []byte) (table, error) {
	value, rest, err := readCBOR(raw)
	if err != nil {
		return nil, err
	}
	t, ok := value.(table)
	if !ok || len(rest) > 0 {
		return nil, errCBOR
	}
	return t, nil
}

// of returns what stands under a key, or the zero value where nothing of that
// type does.
func of[T any](t table, key any) T {
	v, _ := t[key].(T)
	return v
}

type reader struct{ rest []byte }

// The major types.
const (
	number, negative, octets, words, list, pairs, simple = 0, 1, 2, 3, 4, 5, 7
)

func (r *reader) value(depth int) (any, error) {
	major, n, err := r.head()
	switch {
	case err != nil:
		return nil, err
	case major == number && n <= math.MaxInt64:
		return int64(n), nil
	case major == negative && n <= math.MaxInt64:
		return -1 - int64(n), nil
	case major == octets:
		return r.take(n)
	case major == words:
		return r.text(n)
	case major == list && depth > 0:
		return r.list(n, depth-1)
	case major == pairs && depth > 0:
		return r.table(n, depth-1)
	case major == simple:
		return special(n)
	}
	return nil, errCBOR
}

// head reads a major type and the number that comes with it.
func (r *reader) head() (major byte, n uint64, err error) {
	if len(r.rest) == 0 {
		return 0, 0, errCBOR
	}
	major, low := r.rest[0]>>5, r.rest[0]&31
	r.rest = r.rest[1:]
	if low < 24 {
		return major, uint64(low), nil
	}
	size := 1 << (low - 24)
	if low > 27 || major == simple || len(r.rest) < size {
		return 0, 0, errCBOR
	}
	for _, b := range r.rest[:size] {
		n = n<<8 | uint64(b)
	}
	r.rest = r.rest[size:]
	return major, n, nil
}

func (r *reader) take(n uint64) ([]byte, error) {
	if n > uint64(len(r.rest)) {
		return nil, errCBOR
	}
	taken := r.rest[:n:n]
	r.rest = r.rest[n:]
	return taken, nil
}

func (r *reader) text(n uint64) (string, error) {
	raw, err := r.take(n)
	if err == nil && !utf8.Valid(raw) {
		err = errCBOR
	}
	return string(raw), err
}

func (r *reader) list(n uint64, depth int) ([]any, error) {
	all := []any{}
	for range n {
		v, err := r.value(depth)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, nil
}

func (r *reader) table(n uint64, depth int) (table, error) {
	t := table{}
	for range n {
		key, err := r.value(0)
		if err != nil {
			return nil, err
		}
		switch key.(type) {
		case int64, string:
		default:
			return nil, errCBOR
		}
		if _, twice := t[key]; twice {
			return nil, errCBOR
		}
		if t[key], err = r.value(depth); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func special(n uint64) (any, error) {
	switch n {
	case 20, 21:
		return n == 21, nil
	case 22:
		return nil, nil
	}
	return nil, errCBOR
}
