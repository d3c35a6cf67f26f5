package e2e

import (
	"net/http"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
)

// begun has an authenticator app that waits for its first code.
func begun(t testing.TB) *person {
	t.Helper()
	p := newcomer(t, "Leila Haddad")
	p.begin(t)
	return p
}

// guarded has an authenticator app and backup codes.
func guarded(t testing.TB) *person {
	t.Helper()
	p := newcomer(t, "Leila Haddad")
	p.turnOn(t)
	return p
}

// turnOn adds an authenticator app.
func (p *person) turnOn(t testing.TB) {
	t.Helper()
	code, err := totp.GenerateCode(p.begin(t), time.Now())
	if err == nil {
		err = p.call(http.MethodPost, "/v1/me/factors/totp/confirm", map[string]string{"code": code}, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (p *person) begin(t testing.TB) (secret string) {
	t.Helper()
	var made struct{ Secret string }
	if err := p.call(http.MethodPost, "/v1/me/factors/totp", map[string]string{}, &made); err != nil {
		t.Fatal(err)
	}
	return made.Secret
}
