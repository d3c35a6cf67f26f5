package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "nameplate.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTheEnvironmentIsStrongerThanTheFile(t *testing.T) {
	file := write(t, "addr: 127.0.0.1:1\nurl: http://file.example\nlog: warn\n")
	s := Read([]string{"NAMEPLATE_ADDR=127.0.0.1:2", "NAMEPLATE_LOG=", "OTHER=x"}, file)
	for name, want := range map[string]string{"addr": "127.0.0.1:2", "url": "http://file.example", "log": "warn"} {
		if got, ok := s.Value(name); !ok || got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if _, given := s.Value("data"); given || s.Err() != nil || s.Unknown != nil {
		t.Errorf("given out of nothing: %v, %v", s.Err(), s.Unknown)
	}
}

func TestASecretMayStandInAFileOfItsOwn(t *testing.T) {
	file := write(t, "a-key\n")
	s := Read([]string{"NAMEPLATE_KEY_FILE=" + file}, write(t, "key: from-the-config\n"))
	if v, _ := s.Value("key"); v != "a-key" || s.Err() != nil {
		t.Errorf("%q, %v", v, s.Err())
	}
}

func TestAllMistakesOfEnvironmentAndFileAreToldAtOnce(t *testing.T) {
	file := write(t, "adr: x\ndata: {a: b}\nlog: info\nlog2: x\n")
	s := Read([]string{"NAMEPLATE_KEY=a", "NAMEPLATE_KEY_FILE=b", "NAMEPLATE_SMTP_FILE=/nowhere/smtp"}, file)
	got := strings.ReplaceAll(s.Err().Error(), file, "FILE")
	want := `FILE, line 1: there is no setting adr; did you mean addr?
FILE, line 2: data takes a text, or a list of texts
FILE, line 4: there is no setting log2; did you mean log?
NAMEPLATE_KEY and NAMEPLATE_KEY_FILE are both set: keep one
NAMEPLATE_SMTP_FILE: open /nowhere/smtp: no such file or directory`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAFileMustHoldSettings(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"nothing":      {"", ""},
		"a comment":    {"# later\n", ""},
		"a list":       {"- addr\n", "write one setting a line"},
		"no YAML":      {"addr: [", "yaml"},
		"a key twice":  {"addr: a\naddr: b\n", "addr is there twice"},
		"no such file": {"", "no such file"},
	} {
		path := write(t, c.text)
		if name == "no such file" {
			path += "x"
		}
		err := Read(nil, path).Err()
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestAListMayBeWrittenAsOne(t *testing.T) {
	s := Read(nil, write(t, "trusted-proxies: [10.0.0.0/8, 192.0.2.0/24]\nsmtp: ~\n"))
	if v, _ := s.Value("trusted-proxies"); v != "10.0.0.0/8,192.0.2.0/24" {
		t.Error(v)
	}
	if v, given := s.Value("smtp"); v != "" || !given {
		t.Error("null is not nothing")
	}
}

func TestAnUnknownVariableIsNamedWithItsNearest(t *testing.T) {
	s := Read([]string{"NAMEPLATE_ADR=x", "NAMEPLATE_ADDR_FILE=y", "NAMEPLATE_KEYS_FILE=z", "NAMEPLATE_OLD="}, "")
	if diff := cmp.Diff([]string{"NAMEPLATE_ADR", "NAMEPLATE_ADDR_FILE", "NAMEPLATE_KEYS_FILE"}, s.Unknown); diff != "" {
		t.Error(diff)
	}
	for name, want := range map[string]string{"NAMEPLATE_ADR": "NAMEPLATE_ADDR", "NAMEPLATE_KEYS_FILE": "NAMEPLATE_KEY_FILE"} {
		if got := NearestVariable(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}
