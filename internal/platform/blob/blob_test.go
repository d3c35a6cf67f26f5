package blob

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"nameplate/internal/platform/errs"
)

func open(t *testing.T, folder string) *Disk {
	t.Helper()
	d, err := Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func put(t *testing.T, d *Disk, key, data string) {
	t.Helper()
	if err := d.Put(t.Context(), key, []byte(data)); err != nil {
		t.Fatal(err)
	}
}

func keys(t *testing.T, d *Disk, prefix string) []string {
	t.Helper()
	var all []string
	if err := d.List(t.Context(), prefix, func(key string, _ time.Time) error { all = append(all, key); return nil }); err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return all
}

// paths lists everything below a folder.
func paths(t *testing.T, folder string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(folder, func(path string, _ os.DirEntry, err error) error {
		rel, _ := filepath.Rel(folder, path)
		all = append(all, rel)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestWhatIsPutCanBeReadAndReplaced(t *testing.T) {
	d := open(t, t.TempDir())
	for _, data := range []string{"first", "second and longer", ""} {
		put(t, d, "avatars/ab/512.webp", data)
		got, err := d.Get(t.Context(), "avatars/ab/512.webp")
		if err != nil || string(got) != data {
			t.Errorf("%q, %v, want %q", got, err, data)
		}
	}
}

func TestObjectsSurviveTheProcess(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "deep", "blobs")
	first := open(t, folder)
	put(t, first, "a/b", "kept")
	first.Close()
	if got, err := open(t, folder).Get(t.Context(), "a/b"); err != nil || string(got) != "kept" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestWhatIsNotThereIsNotFound(t *testing.T) {
	d := open(t, t.TempDir())
	put(t, d, "a/b", "x")
	for _, key := range []string{"a/c", "b", "a", "a/b/c"} {
		if _, err := d.Get(t.Context(), key); !errors.Is(err, ErrNotFound) || errs.KindOf(err) != errs.NotFound {
			t.Errorf("%s: %v", key, err)
		}
		if err := d.Delete(t.Context(), key); err != nil {
			t.Errorf("deleting %s: %v", key, err)
		}
	}
	if got := keys(t, d, ""); !slices.Equal(got, []string{"a/b"}) {
		t.Errorf("left: %v", got)
	}
}

func TestDeletingLeavesNoTrace(t *testing.T) {
	folder := t.TempDir()
	d := open(t, folder)
	put(t, d, "avatars/person/512.webp", "x")
	put(t, d, "avatars/person/48.webp", "x")
	put(t, d, "logos/one", "x")
	for _, key := range []string{"avatars/person/512.webp", "avatars/person/48.webp", "avatars/person/48.webp"} {
		if err := d.Delete(t.Context(), key); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.Get(t.Context(), "avatars/person/48.webp"); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	if got := paths(t, folder); !slices.Equal(got, []string{".", halfway, "logos", "logos/one"}) {
		t.Errorf("left: %v", got)
	}
}

func TestACrashWhileWritingLeavesNothing(t *testing.T) {
	folder := t.TempDir()
	d := open(t, folder)
	put(t, d, "a/whole", "x")
	name, err := d.write([]byte("half"))
	if err != nil {
		t.Fatal(err)
	}
	if got := keys(t, d, ""); !slices.Equal(got, []string{"a/whole"}) {
		t.Errorf("a file in the making is listed: %v", got)
	}
	d.Close()
	again := open(t, folder)
	if _, err := os.Stat(filepath.Join(folder, name)); !os.IsNotExist(err) {
		t.Errorf("%s is still there: %v", name, err)
	}
	put(t, again, "a/next", "y")
	if got := keys(t, again, ""); !slices.Equal(got, []string{"a/next", "a/whole"}) {
		t.Errorf("%v", got)
	}
}

func TestAFailedPutLeavesNothing(t *testing.T) {
	folder := t.TempDir()
	d := open(t, folder)
	put(t, d, "a", "x")
	if err := d.Put(t.Context(), "a/b", []byte("below an object")); err == nil {
		t.Error("put below an object")
	}
	if got := paths(t, folder); !slices.Equal(got, []string{".", halfway, "a"}) {
		t.Errorf("left: %v", got)
	}
}

func TestKeysCannotLeaveTheFolder(t *testing.T) {
	above := t.TempDir()
	if err := os.WriteFile(filepath.Join(above, "secret"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	d := open(t, filepath.Join(above, "blobs"))
	for _, key := range []string{"", "/", "/a", "a/", "a//b", ".", "..", "../secret", "a/../../secret", "a/./b", ".hidden", halfway + "/1", "a/.b",
		"A", "ä", "a b", "a\\b", "a\x00b", "a\nb", "%2e%2e/secret", strings.Repeat("a", 201)} {
		if _, err := d.Get(t.Context(), key); !errors.Is(err, ErrKey) {
			t.Errorf("get %q: %v", key, err)
		}
		if err := d.Put(t.Context(), key, nil); !errors.Is(err, ErrKey) {
			t.Errorf("put %q: %v", key, err)
		}
		if err := d.Delete(t.Context(), key); !errors.Is(err, ErrKey) {
			t.Errorf("delete %q: %v", key, err)
		}
	}
	for _, prefix := range []string{"..", "../", "/", ".", "a/..", "a//"} {
		if err := d.List(t.Context(), prefix, nil); !errors.Is(err, ErrKey) {
			t.Errorf("list %q: %v", prefix, err)
		}
	}
}

func TestLinksDoNotLeadOutOfTheFolder(t *testing.T) {
	above := t.TempDir()
	folder := filepath.Join(above, "blobs")
	d := open(t, folder)
	if err := os.WriteFile(filepath.Join(above, "secret"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	for link, target := range map[string]string{"file": "../secret", "up": ".."} {
		if err := os.Symlink(target, filepath.Join(folder, link)); err != nil {
			t.Fatal(err)
		}
	}
	for _, key := range []string{"file", "up/secret"} {
		if data, err := d.Get(t.Context(), key); err == nil {
			t.Errorf("%s reads %q", key, data)
		}
	}
	if err := d.Put(t.Context(), "up/new", []byte("x")); err == nil {
		t.Error("put through a link")
	}
	if got := keys(t, d, ""); got != nil {
		t.Errorf("links are listed: %v", got)
	}
}

func TestOnlyTheOwnerCanRead(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "blobs")
	put(t, open(t, folder), "a/b/c", "x")
	for _, path := range paths(t, folder) {
		info, err := os.Stat(filepath.Join(folder, path))
		if err != nil {
			t.Fatal(err)
		}
		want := os.FileMode(0o600)
		if info.IsDir() {
			want = 0o700
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s is %v", path, info.Mode())
		}
	}
}

func TestKeysAreListedByTheirBeginning(t *testing.T) {
	d := open(t, t.TempDir())
	for _, key := range []string{"avatars/a1/48", "avatars/a2/48", "avatars/b/48", "avatars-old", "logos/a"} {
		put(t, d, key, "x")
	}
	for prefix, want := range map[string][]string{
		"":              {"avatars-old", "avatars/a1/48", "avatars/a2/48", "avatars/b/48", "logos/a"},
		"avatars":       {"avatars-old", "avatars/a1/48", "avatars/a2/48", "avatars/b/48"},
		"avatars/":      {"avatars/a1/48", "avatars/a2/48", "avatars/b/48"},
		"avatars/a":     {"avatars/a1/48", "avatars/a2/48"},
		"avatars/a1/":   {"avatars/a1/48"},
		"avatars/a1/48": {"avatars/a1/48"},
		"avatars/c/":    nil,
		"nothing/here/": nil,
		"logos/a/b":     nil,
	} {
		if got := keys(t, d, prefix); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", prefix, got, want)
		}
	}
}

func TestAListingTellsWhenAnObjectWasPut(t *testing.T) {
	folder := t.TempDir()
	d := open(t, folder)
	put(t, d, "a", "x")
	then := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	if err := os.Chtimes(filepath.Join(folder, "a"), then, then); err != nil {
		t.Fatal(err)
	}
	err := d.List(t.Context(), "", func(_ string, modified time.Time) error {
		if !modified.Equal(then) || modified.Location() != time.UTC {
			t.Errorf("put at %v, want %v", modified, then)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAListingGoesOverMoreThanABatchAndMayDelete(t *testing.T) {
	d := open(t, t.TempDir())
	for i := range 2*batch + 3 {
		put(t, d, fmt.Sprintf("many/%03d", i), "x")
	}
	if n := len(keys(t, d, "many/")); n != 2*batch+3 {
		t.Errorf("%d keys", n)
	}
	for len(keys(t, d, "")) > 0 {
		if err := d.List(t.Context(), "", func(key string, _ time.Time) error { return d.Delete(t.Context(), key) }); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAListingEndsWithTheFirstError(t *testing.T) {
	d := open(t, t.TempDir())
	put(t, d, "a", "x")
	put(t, d, "b", "x")
	calls, stop := 0, errors.New("stop")
	err := d.List(t.Context(), "", func(string, time.Time) error { calls++; return stop })
	if !errors.Is(err, stop) || calls != 1 {
		t.Errorf("%d calls, %v", calls, err)
	}
}

func TestNothingBeginsWhenTheContextHasEnded(t *testing.T) {
	d := open(t, t.TempDir())
	put(t, d, "a", "x")
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, get := d.Get(gone, "a")
	list := d.List(gone, "", func(string, time.Time) error { return nil })
	for act, err := range map[string]error{"get": get, "put": d.Put(gone, "a", nil), "delete": d.Delete(gone, "a"), "list": list, "ping": d.Ping(gone)} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", act, err)
		}
	}
	if got, err := d.Get(t.Context(), "a"); err != nil || string(got) != "x" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestPingWritesForReal(t *testing.T) {
	folder := t.TempDir()
	d := open(t, folder)
	if err := d.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := paths(t, folder); len(got) != 2 {
		t.Errorf("left: %v", got)
	}
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	if err := d.Ping(t.Context()); err == nil {
		t.Error("the folder is gone, and nobody notices")
	}
}

func TestReadersNeverSeeAPart(t *testing.T) {
	d := open(t, t.TempDir())
	put(t, d, "a/b", "")
	var writers sync.WaitGroup
	for i := range 4 {
		writers.Go(func() {
			data := bytes.Repeat([]byte{byte('a' + i)}, 1<<16)
			for range 20 {
				if err := errors.Join(d.Put(t.Context(), "a/b", data), d.Put(t.Context(), fmt.Sprintf("a/%d/c", i), data), d.Delete(t.Context(), fmt.Sprintf("a/%d/c", i))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { writers.Wait(); close(done) }()
	for {
		select {
		case <-done:
			return
		default:
		}
		got, err := d.Get(t.Context(), "a/b")
		if err != nil || len(got) > 0 && (len(got) != 1<<16 || bytes.Count(got, got[:1]) != len(got)) {
			t.Fatalf("%d bytes, %v", len(got), err)
		}
	}
}

func TestFoldersThatComeAndGoDoNotDisturbAPut(t *testing.T) {
	d := open(t, t.TempDir())
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			key := fmt.Sprintf("one/two/%d", i)
			for range 50 {
				if err := errors.Join(d.Put(t.Context(), key, nil), d.Delete(t.Context(), key)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}

func TestWhatIsDeletedWhileSomebodyCopiesStaysUntilTheyHaveFinished(t *testing.T) {
	d := open(t, t.TempDir())
	put(t, d, "a/one", "1")
	first, second := d.Keep(), d.Keep()
	err := errors.Join(d.Delete(t.Context(), "a/one"), first(t.Context()))
	seen := 0
	err = errors.Join(err, d.All(t.Context(), func(string, []byte) error { seen++; return nil }))
	if seen != 1 {
		t.Error("it went before the second had finished")
	}
	if err := errors.Join(err, second(t.Context())); err != nil {
		t.Error(err)
	}
	if left := keys(t, d, ""); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}
