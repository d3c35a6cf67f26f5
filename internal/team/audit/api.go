package audit

import (
	"context"
	"encoding/hex"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/api"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/route"
)

// exact is a time to the microsecond, as the chain covers it.
const exact = "2006-01-02T15:04:05.000000Z07:00"

// API serves trails as JSON.
type API struct{ Service *Service }

type person struct {
	ID          string `json:"id"`
	DisplayName string `json:"display_name"`
}

type item struct {
	ID           string            `json:"id"`
	Seq          int64             `json:"seq" doc:"From 1, without a gap."`
	At           time.Time         `json:"at"`
	Actor        string            `json:"actor" doc:"A pseudonym, operator or system."`
	Action       string            `json:"action"`
	Target       string            `json:"target" doc:"A pseudonym, or the id of a thing."`
	Changes      []string          `json:"changes" doc:"Names of the fields that changed."`
	Details      map[string]string `json:"details"`
	Origin       string            `json:"origin" doc:"page, api, cli or job, and the prefix of the network."`
	Hash         string            `json:"hash" doc:"SHA-256 of the previous hash and the entry, in hexadecimal."`
	PreviousHash string            `json:"previous_hash"`
	ActorUser    *person           `json:"actor_user" doc:"Whom the pseudonym leads to; null for nobody, and for somebody who was deleted."`
	TargetUser   *person           `json:"target_user"`
}

func (e Entry) item() item {
	out := item{
		ID: e.ID, Seq: e.Seq, At: e.At, Actor: e.Actor, Action: e.Action, Target: e.Target, Changes: e.Changes, Details: e.Details,
		Origin: e.Origin, Hash: hex.EncodeToString(e.Hash), PreviousHash: hex.EncodeToString(e.PreviousHash),
	}
	if out.Changes == nil {
		out.Changes = []string{}
	}
	if e.ActorUser != "" {
		out.ActorUser = &person{e.ActorUser, e.ActorName}
	}
	if e.TargetUser != "" {
		out.TargetUser = &person{e.TargetUser, e.TargetName}
	}
	return out
}

// Paging is a page of a trail.
type Paging struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Cursor string `query:"cursor" doc:"next_cursor of the page before."`
}

// Narrowing is a filter of a trail.
type Narrowing struct {
	Actor  string `query:"actor" doc:"Id of a user, a pseudonym, operator or system."`
	Action string `query:"action" doc:"An action such as member.joined, or what stands before the dot."`
	From   string `query:"from" doc:"RFC 3339"`
	To     string `query:"to" doc:"RFC 3339; not included"`
}

type listInput struct {
	Org string `path:"org"`
	Paging
	Narrowing
}

type orgInput struct {
	Org string `path:"org"`
}

type listOutput struct {
	Body struct {
		Items      []item `json:"items"`
		NextCursor string `json:"next_cursor,omitempty"`
	}
}

type verifyOutput struct {
	Body struct {
		Valid    bool   `json:"valid"`
		Entries  int64  `json:"entries" doc:"In the chain."`
		Unsealed int64  `json:"unsealed" doc:"Committed, and not in the chain yet."`
		FirstBad *int64 `json:"first_bad" doc:"The seq of the first entry that is changed or missing; null if none is."`
	}
}

// Mount adds the operations, and the export, which is no JSON.
func (h API) Mount(t *route.Table, a *api.API) {
	const tag, base = "Audit", "/v1/orgs/{org}/audit-log"
	readers := route.Allowed(identity.ReadAudit).WithScope(identity.AuditRead)
	api.Get(a, base, readers, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "list-audit-log", Tag: tag, Summary: "The trail of an organization, the newest entry first"}, h.list)
	api.Get(a, base+"/verify", readers, route.NoBody, route.Guarded, route.NoStore,
		api.Op{ID: "verify-audit-log", Tag: tag, Summary: "Check that no entry was changed or taken out"}, h.verify)
	t.Add(route.Post(base+"/export", readers, route.JSON, route.Guarded, route.NoStore, h.export))
	a.Describe(describeExport(tag, base+"/export"))
	api.Get(a, "/v1/me/activity", route.Person, route.NoBody, route.Plain, route.NoStore,
		api.Op{ID: "list-activity", Tag: tag, Summary: "The caller's own trail, the newest entry first"}, h.activity)
}

func (h API) list(ctx context.Context, in *listInput) (*listOutput, error) {
	f, err := in.query()
	if err != nil {
		return nil, err
	}
	return h.page(ctx, session.Actor(ctx).Membership.OrganizationID, f, in.Paging)
}

func (h API) activity(ctx context.Context, in *Paging) (*listOutput, error) {
	trail, found, err := h.Service.Own(ctx, session.Actor(ctx).UserID)
	if err != nil {
		return nil, err
	}
	if !found {
		out := &listOutput{}
		out.Body.Items = []item{}
		return out, nil
	}
	return h.page(ctx, trail, Query{}, *in)
}

func (h API) page(ctx context.Context, trail string, f Query, p Paging) (*listOutput, error) {
	seq, ok := position(p.Cursor)
	if !ok {
		return nil, api.ErrMalformed
	}
	all, err := h.Service.List(ctx, trail, f, seq, p.Limit+1)
	if err != nil {
		return nil, err
	}
	out := &listOutput{}
	out.Body.Items = []item{}
	if len(all) > p.Limit {
		all = all[:p.Limit]
		out.Body.NextCursor = strconv.FormatInt(all[p.Limit-1].Seq, 10)
	}
	for _, e := range all {
		out.Body.Items = append(out.Body.Items, e.item())
	}
	return out, nil
}

// position reads a cursor: the seq of the last entry that was shown, as we
// write it.
func position(cursor string) (seq int64, ok bool) {
	if cursor == "" {
		return 0, true
	}
	seq, err := strconv.ParseInt(cursor, 10, 64)
	return seq, err == nil && seq > 0 && strconv.FormatInt(seq, 10) == cursor
}

var errTime = errs.New(errs.Invalid, "invalid_time")

func (n Narrowing) query() (f Query, err error) {
	var faults errs.Fields
	f.Actor, f.Action = n.Actor, n.Action
	for field, text := range map[string]string{"from": n.From, "to": n.To} {
		if text == "" {
			continue
		}
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			faults = append(faults, errTime.On(field))
		}
		if field == "from" {
			f.From = at
		} else {
			f.To = at
		}
	}
	return f, faults.OrNil()
}

func (h API) verify(ctx context.Context, _ *orgInput) (*verifyOutput, error) {
	rep, err := h.Service.Verify(ctx, session.Actor(ctx).Membership.OrganizationID)
	if err != nil {
		return nil, err
	}
	out := &verifyOutput{}
	out.Body.Valid, out.Body.Entries, out.Body.Unsealed = rep.Valid, rep.Entries, rep.Unsealed
	if !rep.Valid {
		out.Body.FirstBad = &rep.FirstBad
	}
	return out, nil
}

func (h API) export(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	f, err := Narrowing{q.Get("actor"), q.Get("action"), q.Get("from"), q.Get("to")}.query()
	if err != nil {
		return err
	}
	return h.Service.Export(r.Context(), session.Of(r.Context()), f, Format(q.Get("format")), w)
}

func describeExport(tag, path string) huma.Operation {
	text := &huma.Schema{Type: "string"}
	o := huma.Operation{
		OperationID: "export-audit-log", Method: http.MethodPost, Path: path, Tags: []string{tag},
		Summary: "Export the trail of an organization, at most its newest 100,000 entries; the export is entered in it",
		Responses: map[string]*huma.Response{"200": {
			Description: "The entries, the newest first", Content: map[string]*huma.MediaType{"text/csv": {Schema: text}, "application/jsonl": {Schema: text}},
		}},
		Security:   []map[string][]string{{"session": {}}},
		Parameters: []*huma.Param{{Name: "org", In: "path", Required: true, Schema: text}},
	}
	for _, name := range []string{"format", "actor", "action", "from", "to"} {
		p := &huma.Param{Name: name, In: "query", Schema: text}
		if name == "format" {
			p.Required, p.Description = true, "csv or jsonl"
		}
		o.Parameters = append(o.Parameters, p)
	}
	return o
}
