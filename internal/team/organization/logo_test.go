package organization_test

import (
	"bytes"
	"image"
	"image/png"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/identity"
)

// drawing is a PNG of w by h pixels.
func drawing(w, h int) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewRGBA(image.Rect(0, 0, w, h))); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// firm is an organization that has a logo to set.
type firm struct {
	s            *apptest.Server
	org          string
	owner, agent apptest.Somebody
}

func found(s *apptest.Server) firm {
	f := firm{s: s, org: s.Organization("Halden")}
	f.owner, f.agent = s.Member("nora@halden.example", f.org, identity.Owner), s.Member("mei@halden.example", f.org, identity.Agent)
	return f
}

func (f firm) logo() string { return "/v1/orgs/" + f.org + "/logo" }

func (f firm) put(by apptest.Somebody, data []byte) apptest.Answer {
	return by.Do(http.MethodPut, f.logo(), "image/png", bytes.NewReader(data))
}

// set uploads a logo and returns its path.
func (f firm) set(t *testing.T) string {
	t.Helper()
	url := f.put(f.owner, drawing(60, 40)).Want(200).Map()["logo"].(string)
	return url[strings.Index(url, "/avatars/"):]
}

func (f firm) stands(for_ bool) {
	f.owner.JSON(http.MethodPatch, "/v1/orgs/"+f.org, map[string]any{"logo_for_members": for_}).Want(200)
}

// kind is what stands for the agent in an answer.
func kind(a apptest.Answer) string {
	return a.Want(200).Map()["avatar"].(map[string]any)["kind"].(string)
}

func TestALogoGoesTheWayOfAPicture(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		f := found(s)
		path := f.set(t)
		got := f.agent.Get("/v1/orgs/" + f.org).Want(200).Map()
		if !strings.HasSuffix(got["logo"].(string), path) || got["logo_for_members"] != false {
			t.Errorf("%v", got)
		}
		if a := s.Browser().Get(path).Want(200); a.Header.Get("Content-Type") != "image/webp" || !strings.Contains(a.Header.Get("Cache-Control"), "immutable") {
			t.Errorf("%v", a.Header)
		}
		before := s.Rows()["pictures"]
		f.put(f.owner, []byte("<svg/>")).Refused(415, "unsupported_media_type")
		f.put(f.owner, make([]byte, 2<<20+1)).Refused(413, "too_large")
		f.put(f.owner, drawing(8193, 1)).Want(422)
		f.owner.Do(http.MethodPut, f.logo()+"?x=0&y=0&size=61", "image/png", bytes.NewReader(drawing(60, 40))).Want(422)
		f.put(f.agent, drawing(8, 8)).Refused(403, "forbidden")
		f.agent.Delete(f.logo()).Refused(403, "forbidden")
		f.put(s.Join("eve@example.net"), drawing(8, 8)).Refused(404, "not_found")
		if after := s.Rows()["pictures"]; !slices.Equal(before, after) {
			t.Errorf("refused ones left %v", after)
		}
		f.owner.Delete(f.logo()).Want(204)
		f.owner.Delete(f.logo()).Want(204)
		if got := f.agent.Get("/v1/orgs/" + f.org).Want(200).Map()["logo"]; got != "" {
			t.Errorf("the logo is %v", got)
		}
	})
}

func TestALogoStandsForMembersWithoutAPictureWhereTheOrganizationWantsThat(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		f := found(s)
		other := s.Organization("Elsewhere")
		s.Belong(f.agent, other, identity.Agent)
		path, card := f.set(t), "/v1/cards/"+f.agent.ID
		shown := func(want string) {
			t.Helper()
			for _, p := range []string{"/v1/me", card, "/v1/orgs/" + f.org + "/members/" + f.agent.ID} {
				if got := kind(f.agent.Get(p)); got != want {
					t.Errorf("%s shows %s, want %s", p, got, want)
				}
			}
			for _, it := range f.agent.Get("/v1/orgs/" + f.org + "/members").Want(200).Map()["items"].([]any) {
				if got := it.(map[string]any)["avatar"].(map[string]any)["kind"]; got != want && it.(map[string]any)["id"] == f.agent.ID {
					t.Errorf("the list shows %v, want %s", got, want)
				}
			}
		}
		shown("initials")
		f.stands(true)
		shown("organization")
		page := "/c/" + f.agent.ID
		s.Browser().Get(page).Want(200).Contains(path)
		f.agent.Get("/settings/profile").Want(200).Contains(strings.Replace(path, "256", "96", 1))
		if got := s.Browser().Get(card).Map()["organization"].(map[string]any)["logo"].(string); !strings.HasSuffix(got, path) {
			t.Errorf("the card's organization has %q", got)
		}
		if got := kind(s.Browser().Get(card + "?organization=" + other)); got != "initials" {
			t.Errorf("in another organization the card shows %s", got)
		}
		f.agent.Do(http.MethodPut, "/v1/me/avatar", "image/png", bytes.NewReader(drawing(9, 9))).Want(200)
		shown("picture")
		f.agent.Delete("/v1/me/avatar").Want(204)
		shown("organization")
		f.stands(false)
		shown("initials")
		f.stands(true)
		f.owner.Delete(f.logo()).Want(204)
		shown("initials")
	})
}

func TestOpenCardsHearOfTheLogo(t *testing.T) {
	s := apptest.OnSQLite(t)
	f := found(s)
	f.stands(true)
	st := s.Browser().Open("/v1/cards/" + f.agent.ID + "/live")
	defer st.Close()
	st.Next()
	path := f.set(t)
	if event := st.Next(); !strings.Contains(event, path) {
		t.Errorf("the stream says %s", event)
	}
	f.owner.Delete(f.logo()).Want(204)
	if event := st.Next(); !strings.Contains(event, "initials") {
		t.Errorf("the stream says %s", event)
	}
}

func TestTheLogoBeforeEnds(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		f := found(s)
		first, last := f.set(t), f.set(t)
		s.Browser().Get(first).Want(200)
		s.Clock.Advance(11 * time.Minute)
		s.Settle(func() bool { return len(s.Rows()["pictures"]) == 1 })
		s.Browser().Get(first).Want(404)
		s.Browser().Get(last).Want(200)
	})
}

func TestALogoGoesWithItsOrganization(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		f := found(s)
		f.agent.Do(http.MethodPut, "/v1/me/avatar", "image/png", bytes.NewReader(drawing(9, 9))).Want(200)
		first, last := f.set(t), f.set(t)
		f.owner.JSON(http.MethodDelete, "/v1/orgs/"+f.org, map[string]any{"confirm": "Halden"}).Want(204)
		s.Settle(func() bool { return len(s.Rows()["pictures"]) == 1 })
		s.Browser().Get(first).Want(404)
		s.Browser().Get(last).Want(404)
		if got := kind(f.agent.Get("/v1/me")); got != "picture" {
			t.Errorf("a member's own picture is %s", got)
		}
	})
}

func TestThePageSetsTheLogoAndWhomItStandsFor(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		f := found(s)
		page := "/settings/organization/" + f.org
		upload := func(name string, data []byte) {
			var body bytes.Buffer
			w := multipart.NewWriter(&body)
			part, _ := w.CreateFormFile("picture", name)
			part.Write(data)
			w.Close()
			f.owner.Do(http.MethodPost, page+"/logo", w.FormDataContentType(), &body).Want(303)
		}
		upload("a.svg", []byte("<svg/>"))
		f.owner.Get("/settings/organization").Want(200).Contains("PNG or JPEG")
		upload("a.png", drawing(30, 30))
		f.owner.Get("/settings/organization").Want(200).Contains("The logo is updated")
		version := strings.Trim(f.owner.Get("/v1/orgs/"+f.org).Header.Get("ETag"), `"`)
		f.owner.Form(page+"/save/members", "version", version, "logo_for_members", "maybe").Want(422)
		f.owner.Form(page+"/save/members", "version", version, "logo_for_members", "true").Want(303)
		if got := kind(f.agent.Get("/v1/me")); got != "organization" {
			t.Errorf("it is %s", got)
		}
		f.agent.Get("/settings/organization").Want(200).Contains("Logo of Halden")
		f.owner.Form(page + "/logo/remove").Want(303)
		if got := kind(f.agent.Get("/v1/me")); got != "initials" {
			t.Errorf("it is %s", got)
		}
	})
}
