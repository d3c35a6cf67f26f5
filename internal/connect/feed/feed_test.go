package feed_test

import (
	"net/http"
	"slices"
	"testing"

	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/identity"
)

type object map[string]any

type page struct {
	Items []struct {
		ID, Type, Organization string
		Data                   struct {
			ID      string
			Changed []string
		}
	}
	NextCursor string `json:"next_cursor"`
	More       bool
}

func TestTheFeedIsReadOnFromWhereOneWas(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		org := s.Organization("Halden")
		me := s.Member("admin@example.com", org, identity.Admin)
		seal := func() {
			for range 3 {
				if _, err := s.Sealer.Seal(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
		}
		read := func(query string) (p page) {
			me.Get("/v1/orgs/" + org + "/changes" + query).Want(200).To(&p)
			return p
		}
		for _, field := range []string{"bio", "pronouns", "first_name"} {
			me.JSON(http.MethodPatch, "/v1/me", object{field: "x"}).Want(200)
		}
		me.JSON(http.MethodPost, "/v1/me/tokens", object{"name": "x", "scopes": []string{"profile:read"}}).Want(201) // nobody else's business
		seal()
		var fields []string
		p := page{More: true}
		for rounds := 0; p.More; rounds++ {
			if p = read("?limit=1&after=" + p.NextCursor); rounds > 9 {
				t.Fatal("it has no end")
			}
			for _, c := range p.Items {
				if c.Type != "profile.updated" || c.Organization != org || c.Data.ID != me.ID || c.ID == "" {
					t.Errorf("%+v", c)
				}
				fields = append(fields, c.Data.Changed...)
			}
		}
		if !slices.Equal(fields, []string{"bio", "pronouns", "first_name"}) {
			t.Errorf("%v", fields)
		}
		if again := read("?after=" + p.NextCursor); len(again.Items) != 0 || again.NextCursor != p.NextCursor {
			t.Errorf("%+v", again)
		}
		me.JSON(http.MethodPatch, "/v1/me", object{"last_name": "y"}).Want(200)
		seal()
		if more := read("?after=" + p.NextCursor); len(more.Items) != 1 || more.Items[0].Data.Changed[0] != "last_name" {
			t.Errorf("%+v", more)
		}
		if all := read(""); len(all.Items) != 4 {
			t.Errorf("%+v", all)
		}
	})
}

func TestAForgedCursorIsMalformed(t *testing.T) {
	s := apptest.OnSQLite(t)
	org := s.Organization("Halden")
	me := s.Member("admin@example.com", org, identity.Admin)
	for _, cursor := range []string{"x", "-1", "01", "1.5", "9223372036854775808", "%00"} {
		me.Get("/v1/orgs/"+org+"/changes?after="+cursor).Refused(400, "malformed_request")
	}
	s.Member("agent@example.com", org, identity.Agent).Get("/v1/orgs/"+org+"/changes").Refused(403, "forbidden")
	s.Member("eve@example.com", s.Organization("Elsewhere"), identity.Owner).Get("/v1/orgs/"+org+"/changes").Refused(404, "not_found")
}
