package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"nameplate/internal/app"
	"nameplate/internal/app/apptest"
	"nameplate/internal/config"
)

func TestTheRecordIsHeldAgainstTheCheckpointsThatTheServerHasSigned(t *testing.T) {
	file := filepath.Join(t.TempDir(), "checkpoints")
	s := apptest.OnSQLite(t, func(c *config.Config, _ *app.Options) { c.AuditSink = file })
	s.Join("ada@example.com")
	s.Settle(func() bool { return len(s.Rows()["journal_inbox"]) == 0 && len(s.Rows()["journal"]) > 0 })
	s.Clock.Advance(time.Hour)
	if err := s.Notary.Mark(t.Context()); err != nil {
		t.Fatal(err)
	}
	verify := func() (out app.Audit) {
		if err := s.Operations().Call(t.Context(), "audit.verify", app.Nothing{}, &out); err != nil {
			t.Fatal(err)
		}
		return out
	}
	if out := verify(); !out.Valid || out.Sink == nil || out.Sink.Checkpoints == 0 || out.Sink.BadLine != 0 {
		t.Errorf("%+v %+v", out, out.Sink)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	forged := strings.Replace(string(text), `"position":`, `"position":9`, 1)
	if err := os.WriteFile(file, []byte(forged), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := verify(); out.Valid || out.Sink.BadLine != 1 {
		t.Errorf("%+v %+v", out, out.Sink)
	}
}
