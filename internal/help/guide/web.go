package guide

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"time"

	"nameplate/internal/platform/edge"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/route"
	"nameplate/internal/platform/web"
	"nameplate/internal/platform/web/ui"
)

// base is the address of the guide.
const base = "/help"

// Web serves the guide.
type Web struct {
	Pages []Page
	Files fs.FS // with the folder guide/pictures
	Shell web.Shell
}

// Mount adds the routes.
func (h Web) Mount(t *route.Table) {
	t.Add(
		route.Get(base, route.Visitor, route.NoBody, route.Plain, route.NoStore, h.list),
		route.Get(base+"/pictures/{name}", route.Public, route.NoBody, route.Plain, route.Revalidate, h.picture),
		route.Get(base+"/{page}", route.Visitor, route.NoBody, route.Plain, route.NoStore, h.article),
	)
}

func (h Web) list(w http.ResponseWriter, r *http.Request) error {
	return h.Shell.Page(w, r, http.StatusOK, func(f *ui.Frame) {
		f.Title = i18n.T(r.Context(), "guide.title")
	}, list(shelves(r.Context(), h.Pages)))
}

func (h Web) article(w http.ResponseWriter, r *http.Request) error {
	i := slices.IndexFunc(h.Pages, func(p Page) bool { return p.Name == r.PathValue("page") })
	if i < 0 {
		return edge.ErrNotFound
	}
	p := h.Pages[i]
	return h.Shell.Page(w, r, http.StatusOK, func(f *ui.Frame) {
		f.Title = p.Title
		if len(p.Sections) > 0 {
			f.Layout = ui.LayoutTabs
		}
	}, article(p))
}

// picture serves one that a page shows.
func (h Web) picture(w http.ResponseWriter, r *http.Request) error {
	name := path.Base(r.PathValue("name"))
	shot, err := fs.ReadFile(h.Files, "guide/pictures/"+name)
	if err != nil {
		return edge.ErrNotFound
	}
	sum := sha256.Sum256(shot)
	w.Header().Set("ETag", `"`+hex.EncodeToString(sum[:8])+`"`)
	w.Header().Set("Content-Type", "image/webp")
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(shot))
	return nil
}

// shelf is the pages for one audience.
type shelf struct {
	id    string
	title string
	lead  string
	pages []Page
}

func shelves(ctx context.Context, pages []Page) []shelf {
	words := map[Audience]shelf{
		Agents:    {title: i18n.T(ctx, "guide.agents"), lead: i18n.T(ctx, "guide.agents_lead")},
		Builders:  {title: i18n.T(ctx, "guide.builders"), lead: i18n.T(ctx, "guide.builders_lead")},
		Operators: {title: i18n.T(ctx, "guide.operators"), lead: i18n.T(ctx, "guide.operators_lead")},
	}
	var all []shelf
	for _, a := range audiences {
		s := words[a]
		s.id = string(a)
		for _, p := range pages {
			if p.Audience == a {
				s.pages = append(s.pages, p)
			}
		}
		if len(s.pages) > 0 {
			all = append(all, s)
		}
	}
	return all
}

// Nav is the guide as groups of a side bar, for readers who have no settings.
func Nav(ctx context.Context, pages []Page, path string) []ui.NavGroup {
	var groups []ui.NavGroup
	for _, s := range shelves(ctx, pages) {
		g := ui.NavGroup{ID: s.id, Title: s.title}
		for _, p := range s.pages {
			g.Items = append(g.Items, ui.NavItem{Icon: "book", Label: p.Title, Href: p.path(), Current: path == p.path()})
		}
		groups = append(groups, g)
	}
	return groups
}

func tabs(p Page) []ui.Tab {
	all := make([]ui.Tab, len(p.Sections))
	for i, s := range p.Sections {
		all[i] = ui.Tab{Anchor: s.Anchor, Label: s.Title}
	}
	return all
}
