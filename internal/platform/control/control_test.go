package control

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"nameplate/internal/platform/errs"
)

type greeting struct {
	Name string `json:"name"`
}

var operations = Operations{
	"greet": Op(func(_ context.Context, in greeting) (greeting, error) { return greeting{"Hello " + in.Name}, nil }),
	"fail": Op(func(context.Context, struct{}) (struct{}, error) {
		return struct{}{}, errors.New("the disk is on fire")
	}),
	"deny": Op(func(context.Context, struct{}) (struct{}, error) {
		return struct{}{}, &errs.Error{Kind: errs.Conflict, Code: "not_found"}
	}),
}

func serve(t *testing.T, dir string) *Server {
	t.Helper()
	s, err := Listen(dir, operations, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func dial(t *testing.T, dir string) *Client {
	t.Helper()
	c, err := Dial(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAnOperationAnswersTheSameWithAndWithoutAServer(t *testing.T) {
	dir := t.TempDir()
	serve(t, dir)
	for name, caller := range map[string]Caller{"socket": dial(t, dir), "process": operations} {
		var out greeting
		if err := caller.Call(t.Context(), "greet", greeting{"Zoë"}, &out); err != nil || out.Name != "Hello Zoë" {
			t.Errorf("%s: %+v, %v", name, out, err)
		}
		for op, want := range map[string]Error{
			"fail":    {"failed", "the disk is on fire"},
			"deny":    {"not_found", ""},
			"unknown": {"unknown_operation", ""},
		} {
			var refused *Error
			err := caller.Call(t.Context(), op, struct{}{}, &out)
			if !errors.As(err, &refused) || refused.Code != want.Code || want.Message != "" && refused.Message != want.Message {
				t.Errorf("%s: %s answers %#v", name, op, err)
			}
		}
		if err := caller.Call(t.Context(), "greet", map[string]string{"nmae": "x"}, &out); err == nil {
			t.Errorf("%s: took an input with an unknown field", name)
		}
	}
}

func TestOnlyTheServersOwnUserMayOpenTheSocket(t *testing.T) {
	dir := t.TempDir()
	serve(t, dir)
	info, err := os.Lstat(filepath.Join(dir, file))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 {
		t.Errorf("something else is left: %v, %v", left, err)
	}
}

func TestWithoutAServerNobodyAnswers(t *testing.T) {
	dir := t.TempDir()
	if _, err := Dial(t.Context(), dir); !errors.Is(err, ErrNoServer) {
		t.Errorf("an empty folder: %v", err)
	}
	stale(t, dir)
	if _, err := Dial(t.Context(), dir); !errors.Is(err, ErrNoServer) {
		t.Errorf("a socket that was left behind: %v", err)
	}
}

func TestASocketThatWasLeftBehindIsReplaced(t *testing.T) {
	dir := t.TempDir()
	stale(t, dir)
	serve(t, dir)
	dial(t, dir)
}

// stale leaves a socket without a server, as a crash does.
func stale(t *testing.T, dir string) {
	t.Helper()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, file), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
}

func TestAStopTakesOnlyTheServersOwnSocketAway(t *testing.T) {
	dir := t.TempDir()
	first, second := serve(t, dir), serve(t, dir)
	first.Close()
	dial(t, dir)
	second.Close()
	if _, err := os.Lstat(filepath.Join(dir, file)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is still there: %v", err)
	}
}

func TestADataFolderMayLieDeep(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("deep/", 40))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	serve(t, dir)
	dial(t, dir)
}
