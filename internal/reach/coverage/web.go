package coverage

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/route"
	"nameplate/internal/platform/web"
	"nameplate/internal/platform/web/ui"
)

const (
	// Path is that of the page.
	Path         = "/settings/channels/coverage"
	channelsPath = "/settings/channels"
)

// Web serves the picture of a week.
type Web struct {
	Service *Service
	Shell   web.Shell
}

// Mount adds the page.
func (h Web) Mount(t *route.Table) {
	t.Add(route.Get(Path, route.Allowed(identity.SetMemberChannels), route.NoBody, route.Plain, route.NoStore, h.show))
}

// view is what the page shows.
type view struct {
	Week
	Fault string
}

func (h Web) show(w http.ResponseWriter, r *http.Request) error {
	ctx, org := r.Context(), session.Actor(r.Context()).Membership.OrganizationID
	status, v := http.StatusOK, view{}
	week, err := h.Service.Week(ctx, org, r.URL.Query().Get("from"))
	if err != nil {
		var faults web.Faults
		if status, faults, err = h.Shell.Refused(w, r, err); err != nil {
			return err
		}
		v.Fault = faults[0].Text
		if week, err = h.Service.Week(ctx, org, ""); err != nil {
			return err
		}
	}
	v.Week = week
	return h.Shell.Page(w, r, status, func(f *ui.Frame) { f.Title = i18n.T(ctx, "coverage.title") }, page(v))
}

// day is a row of the picture.
type day struct {
	Name  string
	Width string // of the box that the blocks stand in
	Cells []cell
	Note  string
	Bad   bool // nobody hears at some time
}

// cell is some slots after each other that look the same.
type cell struct{ x, width, class string }

// days are the rows of a channel's picture.
func (v view) days(ctx context.Context, c Channel) (all []day) {
	most := 0
	for _, s := range c.Slots {
		most = max(most, s.People)
	}
	at := 0
	for from := v.From; from.Before(v.To); from = from.AddDate(0, 0, 1) {
		end := at + int(from.AddDate(0, 0, 1).Sub(from)/Step)
		all = append(all, rowOf(ctx, from, c.Slots[at:end], most))
		at = end
	}
	return all
}

func rowOf(ctx context.Context, from time.Time, slots []Slot, most int) day {
	d := day{Name: i18n.T(ctx, "notify.day."+strings.ToLower(from.Weekday().String())), Width: strconv.Itoa(len(slots))}
	empty := 0
	for i := 0; i < len(slots); {
		class, begin := shade(slots[i].People, most), i
		for i < len(slots) && shade(slots[i].People, most) == class {
			i++
		}
		d.Cells = append(d.Cells, cell{strconv.Itoa(begin), strconv.Itoa(i - begin), class})
		if slots[begin].People == 0 {
			empty += i - begin
		}
	}
	d.Bad = empty > 0
	if d.Note = i18n.T(ctx, "coverage.always"); d.Bad {
		hours := strconv.FormatFloat(float64(empty)*Step.Hours(), 'f', -1, 64)
		d.Note = i18n.T(ctx, "coverage.nobody_hours", "Hours", hours)
	}
	return d
}

// shade is how dark a block is: by how many hear, of the most who ever do.
func shade(people, most int) string {
	switch {
	case people == 0:
		return "none"
	case people*3 <= most:
		return "few"
	case people*3 <= most*2:
		return "some"
	}
	return "many"
}

// lead sums a channel up.
func lead(ctx context.Context, c Channel) string {
	if c.Members == 0 {
		return i18n.T(ctx, "coverage.off")
	}
	return i18n.T(ctx, "coverage.members", "Count", c.Members)
}

// gaps say in words when nobody hears.
func gaps(ctx context.Context, c Channel) (all []string) {
	for _, g := range c.Gaps() {
		all = append(all, i18n.T(ctx, "coverage.gap", "From", moment(ctx, g.From), "To", moment(ctx, g.To)))
	}
	return all
}

func moment(ctx context.Context, t time.Time) string {
	return i18n.T(ctx, "notify.day."+strings.ToLower(t.Weekday().String())) + " " + i18n.Clock(ctx, t)
}

// to is the address of another week.
func (v view) to(weeks int) string {
	return Path + "?from=" + v.From.AddDate(0, 0, 7*weeks).Format(time.DateOnly)
}

func (v view) span(ctx context.Context) string {
	return i18n.T(ctx, "coverage.span", "From", i18n.Date(ctx, v.From), "To", i18n.Date(ctx, v.To.AddDate(0, 0, -1)), "Zone", v.zone())
}

func (v view) zone() string { return strings.ReplaceAll(v.From.Location().String(), "_", " ") }
