package factor

import (
	"context"
	"fmt"
	"strings"

	"rsc.io/qr"

	"nameplate/internal/platform/secret"
)

const (
	quiet   = 4     // empty modules around the code (ISO/IEC 18004)
	qrWidth = "208" // CSS pixels
)

// code is a QR code as a square of modules and the path of the dark ones.
type code struct {
	Side int
	Dark string
}

func (c code) viewBox() string { return fmt.Sprintf("0 0 %d %d", c.Side, c.Side) }
func (c code) light() string   { return fmt.Sprintf("M0 0h%[1]dv%[1]dH0z", c.Side) }

func codeFor(uri secret.Secret) (code, error) {
	q, err := qr.Encode(uri.Reveal(), qr.M)
	if err != nil {
		return code{}, err
	}
	var dark strings.Builder
	for y := range q.Size {
		for x := 0; x < q.Size; x++ {
			from := x
			for x < q.Size && q.Black(x, y) {
				x++
			}
			if x > from {
				fmt.Fprintf(&dark, "M%d %dh%dv1h-%dz", from+quiet, y+quiet, x-from, x-from)
			}
		}
	}
	return code{q.Size + 2*quiet, dark.String()}, nil
}

// svg is the drawing as text, for the API.
func svg(ctx context.Context, uri secret.Secret) (string, error) {
	c, err := codeFor(uri)
	if err != nil {
		return "", err
	}
	var text strings.Builder
	err = drawing(c).Render(ctx, &text)
	return text.String(), err
}
