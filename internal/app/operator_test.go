package app_test

import (
	"errors"
	"testing"

	"nameplate/internal/app"
	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/control"
)

func create(t *testing.T, s *apptest.Server, in app.NewUser) (app.CreatedUser, string) {
	t.Helper()
	in.Password = "Tram-Lantern-58-Orchid"
	var out app.CreatedUser
	err := s.Operations().Call(t.Context(), "user.create", in, &out)
	var refused *control.Error
	if errors.As(err, &refused) {
		return out, refused.Code
	}
	if err != nil {
		t.Fatal(err)
	}
	return out, ""
}

func TestTheOperatorAddsPeopleToOrganizations(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		nora, _ := create(t, s, app.NewUser{Email: "nora@halden.example", Organization: "Halden"})
		if nora.Role != identity.Owner || !nora.FirstOwner || nora.Organization.Name != "Halden" {
			t.Fatalf("the first owner is %+v", nora)
		}
		mei, _ := create(t, s, app.NewUser{Email: "mei@halden.example", Organization: nora.Organization.ID})
		if mei.Role != identity.Agent || mei.FirstOwner || *mei.Organization != *nora.Organization {
			t.Errorf("an agent is %+v", mei)
		}
		ola, _ := create(t, s, app.NewUser{Email: "ola@halden.example", Organization: "Elsewhere", Role: identity.Owner})
		if ola.Role != identity.Owner || ola.FirstOwner {
			t.Errorf("another owner is %+v", ola)
		}
		if alone, _ := create(t, s, app.NewUser{Email: "alone@halden.example"}); alone.Organization != nil || alone.Role != "" {
			t.Errorf("somebody without an organization is %+v", alone)
		}
		for code, in := range map[string]app.NewUser{
			"operator_address_taken":        {Email: "MEI@halden.example", Organization: "Halden"},
			"operator_organization_unknown": {Email: "eve@halden.example", Organization: "Nowhere", Role: identity.Admin},
			"operator_role_unknown":         {Email: "eve@halden.example", Organization: "Halden", Role: "boss"},
			"operator_role_nowhere":         {Email: "eve@halden.example", Role: identity.Admin},
		} {
			if _, got := create(t, s, in); got != code {
				t.Errorf("%+v: %q, want %q", in, got, code)
			}
		}
		var audit app.Audit
		if err := s.Operations().Call(t.Context(), "audit.verify", app.Nothing{}, &audit); err != nil || !audit.Valid || audit.Entries+audit.Unsealed == 0 {
			t.Errorf("the record: %+v, %v", audit, err)
		}
	})
}

func TestANameThatSeveralOrganizationsHaveIsRefused(t *testing.T) {
	s := apptest.OnSQLite(t)
	create(t, s, app.NewUser{Email: "nora@halden.example", Organization: "Halden"})
	if a := s.Browser().JSON("POST", "/v1/signup", map[string]string{
		"email": "ola@halden.example", "password": "Tram-Lantern-58-Orchid", "organization": "Halden",
	}); a.Status != 201 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	if a := s.Browser().JSON("POST", "/v1/signup/verify", map[string]string{"email": "ola@halden.example", "code": "700001"}); a.Status != 200 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	if _, code := create(t, s, app.NewUser{Email: "mei@halden.example", Organization: "Halden"}); code != "operator_organization_several" {
		t.Errorf("%q", code)
	}
}

func TestTheDoctorFindsAHealthyServerHealthy(t *testing.T) {
	s := apptest.OnSQLite(t)
	var found app.Findings
	if err := s.Operations().Call(t.Context(), "doctor", app.Nothing{}, &found); err != nil {
		t.Fatal(err)
	}
	for _, f := range found.Items {
		if f.State != app.Good && f.Check != "data folder" {
			t.Errorf("%+v", f)
		}
	}
}
