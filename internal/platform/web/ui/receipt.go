package ui

import (
	"context"
	"strconv"

	"nameplate/internal/platform/i18n"
)

// Receipt says how far a save has come to the open cards and pages.
type Receipt struct {
	URL       string // of the API, to ask again; empty: there is nothing to say
	Surfaces  int
	Delivered int
	Millis    int64
	Done      bool
}

// shown reports whether there is something to tell, or may be.
func (r Receipt) shown() bool { return r.URL != "" && (r.Surfaces > 0 || !r.Done) }

func (r Receipt) words(ctx context.Context) string {
	switch {
	case r.Surfaces == 0:
		return ""
	case r.Done:
		return liveWords(ctx, strconv.Itoa(r.Delivered), strconv.Itoa(r.Surfaces), strconv.FormatInt(r.Millis, 10))
	}
	return underWay(ctx, strconv.Itoa(r.Delivered), strconv.Itoa(r.Surfaces))
}

// liveWords and underWay are filled by the server, or with gaps in braces for
// the script.
func liveWords(ctx context.Context, delivered, surfaces, millis string) string {
	return i18n.T(ctx, "ui.receipt_done", "Delivered", delivered, "Surfaces", surfaces, "Millis", millis)
}

func underWay(ctx context.Context, delivered, surfaces string) string {
	return i18n.T(ctx, "ui.receipt_open", "Delivered", delivered, "Surfaces", surfaces)
}
