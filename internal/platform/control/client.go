package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
)

// ErrNoServer means that no server offers operations in this data folder.
var ErrNoServer = errors.New("no server runs on this data folder")

// Client calls the operations of a running server.
type Client struct{ http *http.Client }

// Dial looks for the server that runs on the data folder dir. It returns
// ErrNoServer if there is none.
func Dial(ctx context.Context, dir string) (*Client, error) {
	dial := func(ctx context.Context, _, _ string) (c net.Conn, err error) {
		err = at(dir, func(path string) error {
			c, err = (&net.Dialer{}).DialContext(ctx, "unix", path)
			return err
		})
		return c, err
	}
	conn, err := dial(ctx, "", "")
	switch {
	case errors.Is(err, os.ErrPermission):
		return nil, fmt.Errorf("a server runs there under another user: %w", err)
	case err != nil:
		return nil, ErrNoServer
	}
	conn.Close()
	return &Client{&http.Client{Transport: &http.Transport{DialContext: dial}}}, nil
}

// Call runs an operation of the server.
func (c *Client) Call(ctx context.Context, name string, in, out any) error {
	res, err := c.post(ctx, name, in)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return cut(err)
	}
	return json.Unmarshal(body, out)
}

// Fetch runs an operation of the server and writes its answer to out.
func (c *Client) Fetch(ctx context.Context, name string, in any, out io.Writer) error {
	res, err := c.post(ctx, name, in)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if _, err := io.Copy(out, res.Body); err != nil {
		return cut(err)
	}
	if why := res.Trailer.Get(problem); why != "" {
		text, err := strconv.Unquote(why)
		return errors.Join(err, &Error{codeFailed, text})
	}
	return nil
}

func cut(err error) error {
	return fmt.Errorf("the running server did not answer to the end: %w", err)
}

// post returns an answer that is no refusal.
func (c *Client) post(ctx context.Context, name string, in any) (*http.Response, error) {
	raw, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://server/"+name, bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("the running server did not answer: %w", err)
	}
	if res.StatusCode == http.StatusOK {
		return res, nil
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, cut(err)
	}
	return nil, refusal(res.Status, body)
}

func refusal(status string, body []byte) error {
	var refused Error
	if err := json.Unmarshal(body, &refused); err != nil {
		return fmt.Errorf("the running server answered %s", status)
	}
	return &refused
}

// longest is the longest path of a socket that every system takes.
const longest = 100

// at calls fn with a path of the socket in dir that is short enough for a
// socket's address. Where the folder's own is too long, Linux reaches it by the
// number of its open handle.
func at(dir string, fn func(path string) error) error {
	path := filepath.Join(dir, file)
	if len(path) <= longest {
		return fn(path)
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return fn(fmt.Sprintf("/proc/self/fd/%d/%s", d.Fd(), file))
}
