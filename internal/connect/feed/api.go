package feed

import (
	"context"
	"strconv"

	"nameplate/internal/kernel/change"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/api"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/route"
)

// API serves the changes of an organization as JSON.
type API struct{ DB *db.DB }

type item struct {
	ID string `json:"id" doc:"Of the change; the same whenever it is read."`
	change.Body
}

type input struct {
	Org   string `path:"org"`
	After string `query:"after" doc:"next_cursor of the page before; without it from the beginning."`
	Limit int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"Entries that are looked through; some may be no changes."`
}

type output struct {
	Body struct {
		Items      []item `json:"items"`
		NextCursor string `json:"next_cursor" doc:"Where to go on; the same as after when there was nothing."`
		More       bool   `json:"more" doc:"Whether to go on at once."`
	}
}

// Mount adds the operation.
func (h API) Mount(a *api.API) {
	api.Get(a, "/v1/orgs/{org}/changes", route.Allowed(identity.ReadAudit).WithScope(identity.AuditRead), route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "list-changes", Tag: "Change feed", Summary: "What changed in an organization since, the oldest first"}, h.list)
}

func (h API) list(ctx context.Context, in *input) (*output, error) {
	from, err := place(in.After)
	if err != nil {
		return nil, err
	}
	found, next, err := change.After(ctx, h.DB, in.Org, from, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &output{}
	out.Body.Items, out.Body.NextCursor = []item{}, strconv.FormatInt(next, 10)
	out.Body.More = next-from == int64(in.Limit) // places have no gaps
	for _, c := range found {
		out.Body.Items = append(out.Body.Items, item{c.ID, c.Tell(in.Org)})
	}
	return out, nil
}

// place reads a cursor.
func place(cursor string) (int64, error) {
	if cursor == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(cursor, 10, 64)
	if err != nil || n < 0 || strconv.FormatInt(n, 10) != cursor {
		return 0, api.ErrMalformed
	}
	return n, nil
}
