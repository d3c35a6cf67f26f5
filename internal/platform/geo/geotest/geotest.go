// Package geotest writes small files of places, so that tests need none of
// anybody else.
package geotest

import (
	"bytes"
	"encoding/binary"
	"maps"
	"net/netip"
	"slices"
)

// Spot is where a network is.
type Spot struct {
	Network netip.Prefix
	City    map[string]string // name by language; none: the country alone is known
	Country map[string]string
}

// Loopback is this machine.
var Loopback = netip.MustParsePrefix("127.0.0.0/8")

// Berlin and Norway are what the files of most tests know.
var (
	Berlin = Spot{
		Network: netip.MustParsePrefix("203.0.113.0/24"),
		City:    map[string]string{"en": "Berlin", "de": "Berlin"}, Country: map[string]string{"en": "Germany", "de": "Deutschland"},
	}
	Norway = Spot{Network: netip.MustParsePrefix("2001:db8:47::/48"), Country: map[string]string{"en": "Norway"}}
)

// File is a file in MaxMind's DB format (version 2.0) of that type, such as
// "Test-City", made at the second built.
func File(kind string, built uint64, spots ...Spot) []byte {
	t := tree{nodes: [][2]int{{}}}
	var data bytes.Buffer
	for _, s := range spots {
		t.add(s.Network, data.Len())
		data.Write(record(s))
	}
	var file bytes.Buffer
	for _, n := range t.nodes {
		for _, to := range n {
			file.Write(t.pointer(to))
		}
	}
	file.Write(make([]byte, separator))
	file.Write(data.Bytes())
	file.WriteString("\xab\xcd\xefMaxMind.com")
	file.Write(encode(map[string]any{
		"binary_format_major_version": uint16(2), "binary_format_minor_version": uint16(0), "build_epoch": built,
		"database_type": kind, "description": map[string]any{"en": "places of a test"}, "ip_version": uint16(6),
		"languages": []string{"en", "de"}, "node_count": uint32(len(t.nodes)), "record_size": uint16(24),
	}))
	return file.Bytes()
}

func record(s Spot) []byte {
	r := map[string]any{"country": map[string]any{"names": texts(s.Country)}}
	if s.City != nil {
		r["city"] = map[string]any{"names": texts(s.City)}
	}
	return encode(r)
}

func texts(names map[string]string) map[string]any {
	all := map[string]any{}
	for tag, name := range names {
		all[tag] = name
	}
	return all
}

const separator = 16 // zeroes between tree and data

// tree is a binary tree over the bits of an address. Of each branch, 0 leads
// nowhere, n to node n, and -n to the data at n-1.
type tree struct{ nodes [][2]int }

func (t *tree) add(network netip.Prefix, at int) {
	ip, length := network.Addr().As16(), network.Bits()
	if network.Addr().Is4() { // IPv4 stands at the beginning of the tree
		ip4 := network.Addr().As4()
		ip = [16]byte{}
		copy(ip[12:], ip4[:])
		length += 96
	}
	node := 0
	for i := range length {
		bit := ip[i/8] >> (7 - i%8) & 1
		if i == length-1 {
			t.nodes[node][bit] = -(at + 1)
			return
		}
		if t.nodes[node][bit] == 0 {
			t.nodes = append(t.nodes, [2]int{})
			t.nodes[node][bit] = len(t.nodes) - 1
		}
		node = t.nodes[node][bit]
	}
}

// pointer spells a branch in 24 bits.
func (t *tree) pointer(to int) []byte {
	switch {
	case to == 0:
		to = len(t.nodes)
	case to < 0:
		to = len(t.nodes) + separator - to - 1
	}
	return binary.BigEndian.AppendUint32(nil, uint32(to))[1:]
}

// encode spells a value: a control byte of type and size, then its content.
func encode(v any) []byte {
	switch v := v.(type) {
	case string:
		return append(control(2, len(v)), v...)
	case uint16:
		return binary.BigEndian.AppendUint16(control(5, 2), v)
	case uint32:
		return binary.BigEndian.AppendUint32(control(6, 4), v)
	case uint64:
		return binary.BigEndian.AppendUint64(control(9, 8), v)
	case []string:
		out := control(11, len(v))
		for _, text := range v {
			out = append(out, encode(text)...)
		}
		return out
	case map[string]any:
		out := control(7, len(v))
		for _, key := range slices.Sorted(maps.Keys(v)) {
			out = append(out, encode(key)...)
			out = append(out, encode(v[key])...)
		}
		return out
	}
	panic("geotest: a value of another type")
}

// control begins a value of less than 29 parts. Types above 7 have a byte of
// their own.
func control(kind, size int) []byte {
	if kind > 7 {
		return []byte{byte(size), byte(kind - 7)}
	}
	return []byte{byte(kind<<5 | size)}
}
