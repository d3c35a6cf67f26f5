package sso

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
)

const (
	maxSubject = 255             // OpenID Connect Core 1.0, section 2
	skew       = 5 * time.Minute // by which clocks may differ
)

// claims are what a provider says about a person.
type claims struct {
	subject string
	all     map[string]json.RawMessage
	refresh string // renews what the provider gave; empty: it gave nothing to renew
}

// read takes the ID token out of what the provider gave for its code, holds it
// against all that an ID token has to be (OpenID Connect Core 1.0, section
// 3.1.3.7), and asks for what it leaves out.
func (s *Service) read(ctx context.Context, p Provider, r *remote, given *oauth2.Token, nonce string) (c claims, err error) {
	raw, _ := given.Extra("id_token").(string)
	token, err := s.verifier(p, r).Verify(ctx, raw)
	if err != nil {
		return c, errors.Join(faultToken, err)
	}
	c = claims{subject: token.Subject, refresh: given.RefreshToken}
	if err := token.Claims(&c.all); err != nil {
		return c, errors.Join(faultToken, err)
	}
	switch now := s.Clock.Now(); {
	case token.Nonce != nonce, token.Subject == "", len(token.Subject) > maxSubject, !isIDToken(raw),
		token.IssuedAt.IsZero() || token.IssuedAt.Unix() == 0, token.IssuedAt.After(now.Add(skew)),
		!c.authorized(token.Audience, p.ClientID),
		token.AccessTokenHash != "" && token.VerifyAccessToken(given.AccessToken) != nil:
		return c, faultToken
	}
	return c, s.complete(ctx, r, given, &c)
}

// isIDToken refuses a token that says it is of another kind, such as an access
// token (RFC 9068, section 2.1).
func isIDToken(raw string) bool {
	head, _, _ := strings.Cut(raw, ".")
	var h struct{ Typ string }
	plain, err := base64.RawURLEncoding.DecodeString(head)
	return err == nil && json.Unmarshal(plain, &h) == nil && (h.Typ == "" || strings.EqualFold(h.Typ, "JWT"))
}

// authorized reports whether the token was made for us and not for another
// client beside us.
func (c claims) authorized(audience []string, clientID string) bool {
	party := c.text("azp")
	return party == clientID || party == "" && len(audience) == 1
}

// complete asks for claims that are not in the token, where there is a place
// to ask.
func (s *Service) complete(ctx context.Context, r *remote, given *oauth2.Token, c *claims) error {
	if r.UserInfoEndpoint() == "" || c.text("email") != "" && slices.ContainsFunc([]string{"name", "given_name"}, c.has) {
		return nil
	}
	info, err := r.UserInfo(s.calling(ctx), oauth2.StaticTokenSource(given))
	if err != nil {
		return errors.Join(faultUserinfo, err)
	}
	var more map[string]json.RawMessage
	if err := info.Claims(&more); err != nil || info.Subject != c.subject {
		return faultUserinfo
	}
	for name, value := range more {
		if !c.has(name) {
			c.all[name] = value
		}
	}
	return nil
}

func (c claims) has(name string) bool { return c.all[name] != nil }

// text is a claim that is a text; empty if it is anything else.
func (c claims) text(name string) string {
	var text string
	if json.Unmarshal(c.all[name], &text) != nil {
		return ""
	}
	return text
}

// texts are a claim that is a text or a list of texts.
func (c claims) texts(name string) (all []string) {
	if one := c.text(name); one != "" {
		return []string{one}
	}
	if json.Unmarshal(c.all[name], &all) != nil {
		return nil
	}
	return all
}

// verified reports whether the provider says that the address is verified: by
// true, and by no word or number for it. Entra ID has no such claim; there a
// tenant is the organization's own, whose domain it has proved.
func (c claims) verified(issuer string) bool {
	if !c.has("email_verified") {
		return known(issuer) == entra
	}
	return string(c.all["email_verified"]) == "true"
}

// fresh reports whether the person has proved themselves there just now. A
// provider that does not say when is believed.
func (c claims) fresh(now time.Time) bool {
	var at float64
	if !c.has("auth_time") {
		return true
	}
	if json.Unmarshal(c.all["auth_time"], &at) != nil {
		return false
	}
	return now.Sub(time.Unix(int64(at), 0)) < session.ProofLife
}

// name is what the person is called there, as far as it can be a name here.
func (c claims) name() string {
	const most = 64
	for _, text := range []string{c.text("name"), strings.TrimSpace(c.text("given_name") + " " + c.text("family_name"))} {
		if name, err := identity.Line("display_name", text, most); err == nil && name != "" {
			return name
		}
	}
	return ""
}

// role is what the mappings make of the claims; an agent where none fits.
func (c claims) role(mappings []Mapping) identity.Role {
	for _, m := range mappings {
		if slices.Contains(c.texts(m.Claim), m.Value) {
			return m.Role
		}
	}
	return identity.Agent
}
