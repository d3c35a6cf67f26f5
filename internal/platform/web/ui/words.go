package ui

import (
	"context"
	"maps"

	"github.com/a-h/templ"

	"nameplate/internal/platform/i18n"
)

// levels are who may see a field, from everybody to oneself.
var levels = []string{Public, Team, Private}

func visibilityIcon(level string) string {
	switch level {
	case Team:
		return "users"
	case Private:
		return "lock"
	}
	return "globe"
}

func visibilityWord(ctx context.Context, level string) string {
	switch level {
	case Team:
		return i18n.T(ctx, "ui.team")
	case Private:
		return i18n.T(ctx, "ui.private")
	}
	return i18n.T(ctx, "ui.public")
}

func asPassword(f Field) Field {
	f.Type = "password"
	f.Value = ""
	if f.Autocomplete == "" {
		f.Autocomplete = "current-password"
	}
	return f
}

func asCode(f Field) Field {
	f.Dir = "ltr"
	f.InputMode = "numeric"
	f.Autocomplete = "one-time-code"
	return f
}

func ghost(b Button) Button {
	b.Kind, b.Small = KindGhost, true
	return b
}

func valueOr(value, instead string) string {
	if value == "" {
		return instead
	}
	return value
}

func primary(b Button) Button {
	b.Kind = KindPrimary
	return b
}

func asPasskey(b Button) Button {
	b.Icon, b.Submit = "passkey", true
	attrs := templ.Attributes{"id": Credential}
	maps.Copy(attrs, b.Attrs)
	b.Attrs = attrs
	return b
}
