package employee_test

import (
	"bytes"
	"image"
	"image/png"
	"net/http"
	"strings"
	"testing"

	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/identity"
)

type object = map[string]any

func TestAnAdminMakesADigitalEmployeeThatHasACardAndNoSignIn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		org := s.Organization("Halden")
		admin := s.Member("admin@example.com", org, identity.Admin)
		agent := s.Member("agent@example.com", org, identity.Agent)
		path := "/v1/orgs/" + org + "/digital-employees"
		a := admin.JSON(http.MethodPost, path, object{"name": " Volt ", "designation": "Answers bills", "bio": "At any hour."}).Want(201)
		made := a.Map()
		id := made["id"].(string)
		if made["name"] != "Volt" || made["kind"] != "digital_employee" || made["client"] != nil || a.Header.Get("ETag") != `"1"` {
			t.Fatalf("%s", a.Body)
		}
		anybody := s.Browser()
		card := anybody.Get("/v1/cards/" + id).Want(200).Map()
		if card["kind"] != "digital_employee" || card["display_name"] != "Volt" || card["designation"] != "Answers bills" || card["bio"] != "At any hour." ||
			card["organization"].(object)["name"] != "Halden" || card["email"] != nil {
			t.Errorf("%v", card)
		}
		anybody.Get("/c/" + id).Want(200).Contains("AI agent").Contains("Volt")
		anybody.Get("/v1/cards/" + id + "?organization=" + s.Organization("Other")).Want(404)

		agent.Get(path).Want(200).Contains("Volt")
		agent.Get("/settings/members").Want(200).Contains("Answers bills")
		agent.JSON(http.MethodPost, path, object{"name": "Ohm"}).Refused(403, "forbidden")
		if page := agent.Get("/v1/orgs/" + org + "/members").Page(); strings.Contains(page, "Volt") {
			t.Error("it is among the members")
		}

		with := admin.Copy()
		with.Header.Set("If-Match", `"1"`)
		with.JSON(http.MethodPatch, path+"/"+id, object{"designation": "Answers everything"}).Want(200)
		with.JSON(http.MethodPatch, path+"/"+id, object{"name": "Late"}).Refused(412, "precondition_failed")
		if got := anybody.Get("/v1/cards/" + id).Map(); got["designation"] != "Answers everything" {
			t.Errorf("an old card: %v", got)
		}
		admin.JSON(http.MethodPatch, path+"/"+id, object{"name": ""}).Refused(422, "validation_failed", "name")
		admin.JSON(http.MethodPatch, path+"/"+id, object{"client": "cli_none"}).Refused(422, "validation_failed", "client")
		admin.JSON(http.MethodPost, path, object{"name": strings.Repeat("x", 61), "bio": "\u202e"}).Refused(422, "validation_failed", "name", "bio")

		admin.Do(http.MethodPut, path+"/"+id+"/avatar", "image/png", drawing()).Want(200)
		if got := anybody.Get("/v1/cards/" + id).Map(); got["avatar"].(object)["kind"] != "picture" {
			t.Errorf("no picture: %v", got)
		}
		admin.Delete(path + "/" + id + "/avatar").Want(204)

		stranger := s.Member("stranger@example.com", s.Organization("Elsewhere"), identity.Owner)
		stranger.Get(path+"/"+id).Refused(404, "not_found")
		admin.Delete(path + "/" + id).Want(204)
		anybody.Get("/v1/cards/" + id).Want(404)
		admin.Delete(path+"/"+id).Refused(404, "no_such_digital_employee")
		s.Settle(func() bool { // the entries move into the chain
			trail := admin.Get("/v1/orgs/" + org + "/audit-log").Want(200).Page()
			return strings.Contains(trail, "digital_employee.made") && strings.Contains(trail, "digital_employee.removed")
		})
	})
}

func TestADigitalEmployeeOfAnotherOrganizationIsNotThere(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		ours, theirs := s.Organization("Ours"), s.Organization("Theirs")
		admin, other := s.Member("a@example.com", ours, identity.Admin), s.Member("b@example.com", theirs, identity.Owner)
		id := admin.JSON(http.MethodPost, "/v1/orgs/"+ours+"/digital-employees", object{"name": "Volt"}).Want(201).Map()["id"].(string)
		path := "/v1/orgs/" + theirs + "/digital-employees/" + id
		other.Get(path).Refused(404, "no_such_digital_employee")
		other.JSON(http.MethodPatch, path, object{"name": "Mine"}).Refused(404, "no_such_digital_employee")
		other.Delete(path).Refused(404, "no_such_digital_employee")
		other.Delete(path+"/avatar").Refused(404, "no_such_digital_employee")
		other.Get("/settings/digital-employees/" + id).Want(404)
	})
}

func TestThePagesMakeChangeAndRemoveADigitalEmployee(t *testing.T) {
	s := apptest.OnSQLite(t)
	org := s.Organization("Halden")
	admin := s.Member("admin@example.com", org, identity.Admin)
	const pages = "/settings/digital-employees"
	admin.Get("/settings/members").Want(200).Contains("No digital employees yet.")
	admin.Get(pages + "/new").Want(200)
	admin.Form(pages+"/"+org, "name", "").Want(422).Contains("Name")
	to := admin.Form(pages+"/"+org, "name", "Volt", "designation", "Bills", "bio", "", "client", "").Want(303).Header.Get("Location")
	admin.Get(to).Want(200).Contains("Digital employee added.").Contains("Volt")
	id := strings.TrimPrefix(to, pages+"/")
	admin.Form(pages+"/"+org+"/"+id+"/save", "name", "Ohm", "designation", "", "bio", "", "client", "").Want(303)
	admin.Get(to).Want(200).Contains("Ohm").Contains("Digital employee saved.")
	admin.Form(pages + "/" + org + "/" + id + "/remove").Want(303)
	admin.Get("/settings/members").Want(200).Contains("Digital employee removed.")
	agent := s.Member("agent@example.com", org, identity.Agent)
	agent.Get(pages + "/new").Want(403)
	if strings.Contains(agent.Get("/settings/members").Page(), "digital-employees") {
		t.Error("an agent sees a section with nothing in it")
	}
}

func drawing() *bytes.Buffer {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewRGBA(image.Rect(0, 0, 64, 64))); err != nil {
		panic(err)
	}
	return &b
}
