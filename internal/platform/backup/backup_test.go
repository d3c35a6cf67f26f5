package backup_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"nameplate/internal/platform/backup"
	"nameplate/internal/platform/blob"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/db/dbtest"
)

// made is a backup with rows and an object.
func made(t *testing.T) []byte {
	t.Helper()
	d := dbtest.NewSQLite(t)
	objects, err := blob.Open(t.TempDir())
	check(t, err)
	defer objects.Close()
	check(t, objects.Put(t.Context(), "pictures/one", []byte(strings.Repeat("dot ", 500))))
	var out bytes.Buffer
	check(t, d.Snapshot(t.Context(), func(s *db.Snapshot) error {
		return backup.Write(t.Context(), &out, backup.About{Version: "test", At: time.Unix(1e9, 0).UTC(), Key: "k"}, []byte("key"), s, objects)
	}))
	return out.Bytes()
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, raw []byte) (backup.Contents, error) {
	return backup.Check(t.Context(), bytes.NewReader(raw))
}

func TestABackupThatIsCutOrChangedAnywhereIsNotWhole(t *testing.T) {
	raw := made(t)
	found, err := read(t, raw)
	if err != nil || found.Blobs != 1 || found.Schema == 0 || len(found.Tables) == 0 {
		t.Fatalf("%+v, %v", found, err)
	}
	for at := range raw {
		if _, err := read(t, raw[:at]); err == nil {
			t.Fatalf("whole without its last %d bytes", len(raw)-at)
		}
		changed := bytes.Clone(raw)
		changed[at] ^= 1
		if _, err := read(t, changed); err == nil && unpacked(t, changed) != unpacked(t, raw) { // some bits of a packing mean nothing
			t.Fatalf("whole with byte %d of %d changed", at, len(raw))
		}
	}
}

func unpacked(t *testing.T, raw []byte) string {
	t.Helper()
	packed, err := gzip.NewReader(bytes.NewReader(raw))
	check(t, err)
	plain, err := io.ReadAll(packed)
	check(t, err)
	return string(plain)
}

func TestASealedBackupOpensWithWhatItWasSealedForAlone(t *testing.T) {
	raw := made(t)
	mine, err := age.GenerateX25519Identity()
	check(t, err)
	other, err := age.GenerateX25519Identity()
	check(t, err)
	recipients, err := backup.Recipients([]string{mine.Recipient().String()})
	check(t, err)
	var out bytes.Buffer
	to, err := backup.Seal(&out, recipients)
	check(t, err)
	_, err = to.Write(raw)
	check(t, errors.Join(err, to.Close()))
	if bytes.Contains(out.Bytes(), raw[:64]) {
		t.Error("it is not sealed")
	}
	for name, c := range map[string]struct {
		with  []age.Identity
		opens bool
	}{"mine": {[]age.Identity{mine}, true}, "another": {[]age.Identity{other}, false}, "nothing": {nil, false}} {
		plain, err := backup.Open(bytes.NewReader(out.Bytes()), c.with)
		if (err == nil) != c.opens {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil {
			got, err := io.ReadAll(plain)
			if err != nil || !bytes.Equal(got, raw) {
				t.Errorf("%s: something else came out: %v", name, err)
			}
		}
	}
}
