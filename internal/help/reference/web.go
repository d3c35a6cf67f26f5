package reference

import (
	"net/http"
	"sync"

	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/route"
	"nameplate/internal/platform/web"
	"nameplate/internal/platform/web/ui"
)

// Web serves the page.
type Web struct {
	Shell web.Shell
	// Document returns the OpenAPI document. It is asked once, at the first
	// request, when every call has been declared.
	Document func() ([]byte, error)
}

// Mount adds the route.
func (h Web) Mount(t *route.Table) {
	read := sync.OnceValues(func() (Reference, error) {
		raw, err := h.Document()
		if err != nil {
			return Reference{}, err
		}
		return Read(raw)
	})
	t.Add(route.Get("/docs/api", route.Visitor, route.NoBody, route.Plain, route.NoStore,
		func(w http.ResponseWriter, r *http.Request) error { return h.show(w, r, read) }))
}

func (h Web) show(w http.ResponseWriter, r *http.Request, read func() (Reference, error)) error {
	ref, err := read()
	if err != nil {
		return err
	}
	return h.Shell.Page(w, r, http.StatusOK, func(f *ui.Frame) {
		f.Title, f.Layout = i18n.T(r.Context(), "reference.title"), ui.LayoutTabs
	}, page(ref))
}

func tabs(ref Reference) []ui.Tab {
	all := make([]ui.Tab, len(ref.Groups))
	for i, g := range ref.Groups {
		all[i] = ui.Tab{Anchor: g.Anchor, Label: g.Title}
	}
	return all
}
