package reauth_test

import (
	"encoding/json"
	"html"
	"net/http"
	"strings"
	"testing"

	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/session"
)

func TestAPasskeyIsAProof(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		k := me.Own()
		stale(s)
		refused(prove(me.Browser, fields{"password": apptest.Password}), "second_factor_needed", "code")
		refused(prove(me.Browser, fields{"method": "webauthn"}), "wrong_passkey", "credential")
		refused(me.ProveByPasskey(k.Prove(s.Browser().AskPasskey())), "wrong_passkey", "credential")
		other := s.Enter(me.ID, session.Full)
		refused(me.ProveByPasskey(k.Prove(other.AskPasskey())), "wrong_passkey", "credential")
		try(me.Browser).Refused(403, "reauthentication_required")
		answer := k.Prove(me.AskPasskey())
		me.ProveByPasskey(answer).Want(204)
		try(me.Browser).Want(201)
		stale(s)
		refused(me.ProveByPasskey(answer), "wrong_passkey", "credential")
		me.JSON(http.MethodPost, "/v1/session/reauthenticate", map[string]any{"method": "webauthn", "credential": json.RawMessage(k.Prove(me.AskPasskey()))}).Want(204)
		try(me.Browser).Want(201)
	})
}

func TestThePageAsksForThePasskeyFirstAndWhatWasStoppedGoesOn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		k := me.Own()
		stale(s)
		page := me.Get("/reauthenticate").Want(200).Page()
		first, then := strings.Index(page, "np-passkey"), strings.Index(page, `name="code"`)
		if first < 0 || then < first || strings.Contains(page, `name="password"`) {
			t.Errorf("the passkey stands at %d, the code at %d", first, then)
		}
		path := app(me.Browser)
		sealed := stopped(t, me.Browser, path, "name", "Blue key")
		me.Form("/reauthenticate", "credential", "{}", "stopped", sealed).Want(422)
		me.Form("/reauthenticate", "credential", string(k.Prove(me.AskPasskey())), "stopped", sealed).Want(303)
		if page := html.UnescapeString(me.Get(path).Want(200).Page()); !strings.Contains(page, "Blue key") {
			t.Error("it did not go on")
		}
	})
}
