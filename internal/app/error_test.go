package app_test

import (
	"strings"
	"testing"

	"nameplate/internal/app/apptest"
)

func TestAnUnknownAddressKeepsTheFrameOfWhoeverIsSignedIn(t *testing.T) {
	s := apptest.OnSQLite(t)
	me := s.Join("ada@example.com")
	if page := me.Get("/nothing").Want(404).Page(); !strings.Contains(page, `action="/sign-out"`) {
		t.Error("the page has lost its frame")
	}
	if page := s.Browser().Get("/nothing").Want(404).Page(); strings.Contains(page, `action="/sign-out"`) {
		t.Error("a stranger has got a frame")
	}
}
