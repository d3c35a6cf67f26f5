package ui

// Cropper is the form for a picture. Without script it is a file to choose and
// a button.
type Cropper struct {
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

func cropDescribedBy(c Cropper) string {
	if c.Error == "" {
		return "picture-hint"
	}
	return "picture-hint picture-error"
}
