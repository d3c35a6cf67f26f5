package config

import (
	"strings"
	"testing"

	"nameplate/internal/platform/secret"
)

// valid is what the flags give when nobody sets anything.
func valid() Config {
	return Config{Addr: "127.0.0.1:8080", Data: "./nameplate-data", Menu: "top-right", Log: "info"}
}

func TestNoSettingIsRequired(t *testing.T) {
	c, err := valid().Check()
	if err != nil || c.Base != nil || c.Keys != nil || c.Server != nil || c.SMS != nil || c.JSON || c.Level != "info" {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestEveryWrongSettingIsNamedAtOnceAndNoSecretIsShown(t *testing.T) {
	const hidden = "hunter2-very-secret"
	c := Config{
		Addr: "here", URL: "ftp://x", Key: hidden, SMTP: "smtp://u:" + hidden + "@h:port", MailFrom: "nobody", Twilio: "twilio://AC1:" + hidden + "@h?x=y", Signup: "perhaps",
		TrustedProxies: []string{"10.0.0.0/8", "all"}, AllowPrivate: []string{"here"}, DNS: "there", Menu: "middle", Log: "loud,xml",
	}
	_, err := c.Check()
	if err == nil {
		t.Fatal("took all of it")
	}
	for _, name := range []string{"ADDR", "URL", "KEY", "SMTP", "MAIL_FROM", "TWILIO", "SIGNUP", "TRUSTED_PROXIES", "ALLOW_PRIVATE_TARGETS", "DNS", "MENU", "LOG"} {
		if !strings.Contains(err.Error(), Prefix+name+": ") {
			t.Errorf("%s is not named: %v", name, err)
		}
	}
	if strings.Contains(err.Error(), hidden) {
		t.Errorf("a secret is shown: %v", err)
	}
}

func TestPostgreSQLNeedsAKeyAndTheErrorBringsOne(t *testing.T) {
	c := valid()
	c.Database = "postgres://localhost/nameplate"
	_, err := c.Check()
	if err == nil {
		t.Fatal("started without a key")
	}
	_, key, _ := strings.Cut(err.Error(), "NAMEPLATE_KEY=")
	c.Key = secret.Secret(strings.TrimSpace(key))
	if _, err := c.Check(); err != nil {
		t.Errorf("the key of the error is refused: %v", err)
	}
}

func TestABaseURLIsAHostAndNothingMore(t *testing.T) {
	for text, good := range map[string]bool{
		"https://accounts.example": true, "https://accounts.example/": true, "http://[::1]:8080": true,
		"https://accounts.example/x": false, "accounts.example": false, "https://u@accounts.example": false, "https://a.example?x": false,
	} {
		if _, err := baseURL(text); (err == nil) != good {
			t.Errorf("%s: %v", text, err)
		}
	}
}
