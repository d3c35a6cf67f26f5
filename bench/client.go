package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
)

// The client does the least that a client can: it writes bytes that were made
// before, and reads the answer without keeping it. One that did more would
// measure itself, as it runs on the same processors as the servers.

// request is what is written. Bytes at serial are replaced by a number for
// each one sent, so that every save changes something.
type request struct {
	bytes  []byte
	serial []byte // part of bytes; nil if they are always the same
}

func get(p *process, path, token string, header ...string) request {
	var b bytes.Buffer
	fmt.Fprintf(&b, "GET %s HTTP/1.1\r\nHost: %s\r\n", path, p.addr)
	if token != "" {
		fmt.Fprintf(&b, "Cookie: np=%s\r\n", token)
	}
	for _, h := range header {
		b.WriteString(h + "\r\n")
	}
	b.WriteString("\r\n")
	return request{bytes: b.Bytes()}
}

const serialDigits = 12

// patch makes a save of a new bio.
func patch(p *process, token string) request {
	zeros := strings.Repeat("0", serialDigits)
	body := `{"bio":"Saved for the ` + zeros + `th time."}`
	text := fmt.Sprintf("PATCH /v1/me HTTP/1.1\r\nHost: %s\r\nCookie: np=%s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		p.addr, token, len(body), body)
	b := []byte(text)
	at := strings.Index(text, zeros)
	return request{bytes: b, serial: b[at : at+serialDigits]}
}

// number puts n in the place of the serial.
func (r request) number(n int) {
	for i := len(r.serial) - 1; i >= 0; i-- {
		r.serial[i] = byte('0' + n%10)
		n /= 10
	}
}

// answer is a response.
type answer struct {
	status int
	header http.Header // nil unless kept
	body   []byte      // nil unless kept
}

// connection is one that stays open.
type connection struct {
	net.Conn
	in *bufio.Reader
}

func dial(addr string) (*connection, error) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	return &connection{c, bufio.NewReaderSize(c, 32<<10)}, nil
}

// ask sends one request over a connection of its own and keeps the answer.
func (p *process) ask(r request) (answer, error) {
	c, err := dial(p.addr)
	if err != nil {
		return answer{}, err
	}
	defer c.Close()
	if _, err := c.Write(r.bytes); err != nil {
		return answer{}, err
	}
	a := answer{header: http.Header{}, body: []byte{}}
	return a, c.read(&a)
}

// read takes one answer from the connection.
func (c *connection) read(a *answer) error {
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		return err
	}
	if len(line) < 12 {
		return errors.New("not an answer")
	}
	if a.status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return err
	}
	length, err := c.readHeader(a)
	if err != nil || a.status == 304 || a.status == 204 {
		return err
	}
	if length >= 0 {
		return c.take(a, length)
	}
	return c.readChunks(a)
}

var (
	lengthName  = []byte("Content-Length: ")
	chunkedLine = []byte("Transfer-Encoding: chunked")
)

// readHeader returns the length of the body, or -1 if it comes in chunks.
func (c *connection) readHeader(a *answer) (length int, err error) {
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		line = bytes.TrimRight(line, "\r\n")
		switch {
		case len(line) == 0:
			return length, nil
		case bytes.HasPrefix(line, lengthName):
			length = decimal(line[len(lengthName):])
		case bytes.Equal(line, chunkedLine):
			length = -1
		}
		if a.header != nil {
			name, value, _ := strings.Cut(string(line), ": ")
			a.header.Add(name, value)
		}
	}
}

func decimal(text []byte) (n int) {
	for _, d := range text {
		n = n*10 + int(d-'0')
	}
	return n
}

func (c *connection) readChunks(a *answer) error {
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return err
		}
		size, err := strconv.ParseInt(string(bytes.TrimRight(line, "\r\n")), 16, 32)
		if err != nil {
			return err
		}
		if err := c.take(a, int(size)); err != nil {
			return err
		}
		if _, err := c.in.Discard(2); err != nil || size == 0 {
			return err
		}
	}
}

// take reads n bytes of a body.
func (c *connection) take(a *answer, n int) error {
	if a.body == nil {
		_, err := c.in.Discard(n)
		return err
	}
	part := make([]byte, n)
	_, err := io.ReadFull(c.in, part)
	a.body = append(a.body, part...)
	return err
}
