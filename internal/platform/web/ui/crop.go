package ui

import (
	"context"

	"nameplate/internal/platform/i18n"
)

// Cropper is the form for a picture. Without script it is a file to choose and
// a button.
type Cropper struct {
	Logo    bool // of an organization: a square, with words of its own
	AI      bool // of a digital employee, whose sign stands in
	Action  string
	Picture string // URL of the present one, or of the initials
	Remove  string // where removing it is posted; empty when there is none
	Error   string
	State   Line
}

const (
	maxPictureBytes  = 2 << 20
	maxPictureSide   = 8192
	maxPicturePixels = 24_000_000
)

// cropWords are what differs between a picture and a logo.
type cropWords struct{ File, Choose, Another, Remove, Update string }

func (c Cropper) words(ctx context.Context) cropWords {
	if c.Logo {
		return cropWords{
			i18n.T(ctx, "ui.crop_logo_file"), i18n.T(ctx, "ui.crop_logo_choose"), i18n.T(ctx, "ui.crop_logo_another"),
			i18n.T(ctx, "ui.crop_logo_remove"), i18n.T(ctx, "ui.crop_logo_update"),
		}
	}
	return cropWords{
		i18n.T(ctx, "ui.crop_file"), i18n.T(ctx, "ui.crop_choose"), i18n.T(ctx, "ui.crop_choose_another"),
		i18n.T(ctx, "ui.crop_remove"), i18n.T(ctx, "ui.crop_update"),
	}
}

func cropDescribedBy(c Cropper) string {
	if c.Error == "" {
		return "picture-hint"
	}
	return "picture-hint picture-error"
}
