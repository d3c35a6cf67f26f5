package blob_test

import (
	"errors"
	"fmt"
	"testing"

	"nameplate/internal/platform/blob"
)

func TestAnObjectThatWasReadIsGoneOnceItIsDeleted(t *testing.T) {
	d, err := blob.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for i := range 200 { // more than stays in memory
		key := fmt.Sprintf("avatars/%d/96.webp", i)
		if err := d.Put(t.Context(), key, make([]byte, 50_000)); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if data, err := d.Get(t.Context(), key); err != nil || len(data) != 50_000 {
				t.Fatalf("read %d bytes, %v", len(data), err)
			}
		}
		if i%2 == 0 {
			continue
		}
		if err := d.Delete(t.Context(), key); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Get(t.Context(), key); !errors.Is(err, blob.ErrNotFound) {
			t.Fatalf("a deleted object was read: %v", err)
		}
	}
}

func TestAnObjectThatIsReplacedIsReadAnew(t *testing.T) {
	d, err := blob.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for _, text := range []string{"one", "two"} {
		if err := d.Put(t.Context(), "a/b", []byte(text)); err != nil {
			t.Fatal(err)
		}
		if data, err := d.Get(t.Context(), "a/b"); err != nil || string(data) != text {
			t.Fatalf("read %q, %v", data, err)
		}
	}
}
