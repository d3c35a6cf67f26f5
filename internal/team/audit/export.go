package audit

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
)

const (
	// MostExported is how many entries an export holds, the newest.
	MostExported = 100_000
	stretch      = 500
)

// Format is how an export is written.
type Format string

// The formats.
const (
	CSV   Format = "csv"
	JSONL Format = "jsonl"
)

// ErrFormat says that there is no such format.
var ErrFormat = errs.New(errs.Invalid, "audit_format").On("format")

// Export enters in the trail of the caller's organization that it is exported,
// and then writes what the query lets through, newest first.
func (s *Service) Export(ctx context.Context, c session.Caller, f Query, format Format, w http.ResponseWriter) error {
	if format != CSV && format != JSONL {
		return ErrFormat
	}
	org := c.Actor.Membership.OrganizationID
	filter, some, err := s.filter(ctx, org, f)
	if err != nil {
		return err
	}
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		return s.Journal.RecordOrganization(ctx, tx, org, journal.Act{
			At: s.Clock.Now(), Action: "audit.exported", Actor: c.Actor, Target: journal.Thing(org), Details: map[string]string{"format": string(format)},
		})
	})
	if err != nil {
		return err
	}
	lines := begin(w, format)
	if some {
		err = s.stream(ctx, org, filter, lines)
	}
	if err == nil {
		err = lines.end()
	}
	if err != nil {
		s.Log.Error("an export broke off", "error", err)
		cut(w)
	}
	return nil
}

// stream writes one page after the other: no more of them is ever held.
func (s *Service) stream(ctx context.Context, trail string, f journal.Filter, to lines) error {
	seq := int64(0)
	for written := 0; written < MostExported; written += stretch {
		all, err := s.page(ctx, trail, f, seq, stretch)
		if err != nil {
			return err
		}
		for _, e := range all {
			if err := to.write(e); err != nil {
				return err
			}
			seq = e.Seq
		}
		if len(all) < stretch {
			return nil
		}
	}
	return nil
}

// cut ends the connection, so that half an export does not pass for a whole
// one.
func cut(w http.ResponseWriter) {
	http.NewResponseController(w).SetWriteDeadline(time.Unix(1, 0)) //nolint:errcheck // then there is no connection
}

// lines is an export that is being written.
type lines interface {
	write(e Entry) error
	end() error
}

func begin(w http.ResponseWriter, format Format) lines {
	h := w.Header()
	h.Set("Content-Disposition", `attachment; filename="audit.`+string(format)+`"`)
	if format == CSV {
		h.Set("Content-Type", "text/csv; charset=utf-8")
		t := table{csv.NewWriter(w)}
		t.Write(columns) //nolint:errcheck // the next line fails, too
		return t
	}
	h.Set("Content-Type", "application/jsonl; charset=utf-8")
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return objects{enc}
}

// objects is one JSON object to a line.
type objects struct{ *json.Encoder }

func (o objects) write(e Entry) error { return o.Encode(e.item()) }
func (objects) end() error            { return nil }

var columns = []string{
	"seq", "id", "at", "actor", "actor_name", "action", "target", "target_name", "changes", "details", "origin", "hash", "previous_hash",
}

// table is comma-separated values (RFC 4180).
type table struct{ *csv.Writer }

func (t table) write(e Entry) error {
	i := e.item()
	details, err := json.Marshal(i.Details)
	if err != nil {
		return err
	}
	cells := []string{
		strconv.FormatInt(i.Seq, 10), i.ID, i.At.Format(exact), i.Actor, e.ActorName, i.Action, i.Target, e.TargetName,
		strings.Join(i.Changes, " "), string(details), i.Origin, i.Hash, i.PreviousHash,
	}
	for n, cell := range cells {
		cells[n] = inert(cell)
	}
	return t.Write(cells)
}

func (t table) end() error {
	t.Flush()
	return t.Error()
}

// inert keeps a cell from being read as a formula: spreadsheets take one that
// begins with these signs for it.
func inert(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r\n\x00＝＋－＠", []rune(cell)[0]) {
		return "'" + cell
	}
	return cell
}
