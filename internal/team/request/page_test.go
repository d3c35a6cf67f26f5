package request_test

import (
	"strings"
	"testing"
)

func TestThePagesLeadThroughARequest(t *testing.T) {
	each(t, func(o office) {
		own := "/settings/profile/request/phone"
		o.agent.Get("/settings/profile").Want(200).Contains(own).Contains("Ask for a change")
		o.agent.Get(own).Want(200).Contains("Owners and admins of Halden decide")
		o.agent.Form(own, "value", "twelve").Want(422).Contains("Not sent").Contains(`value="twelve"`)
		o.agent.Form(own, "value", phone).Want(303)
		o.agent.Get(own).Want(200).Contains("Your request is on its way.").Contains("Withdraw the request")
		o.agent.Get("/settings/profile").Want(200).Contains("See your request").Contains("You asked for “" + phone + "”")

		o.admin.Get("/settings/members").Want(200).Contains("1 request waits for your answer.").Contains(`<span class="count">1</span>`)
		page := o.admin.Get("/settings/members/requests").Want(200).Contains(phone).Contains("The agent")
		_, rest, _ := strings.Cut(page.Page(), "/settings/members/requests/"+o.org+"/")
		id, _, _ := strings.Cut(rest, "/")
		one := "/settings/members/requests/" + o.org + "/" + id
		o.admin.Form(one+"/decline", "reason", "").Want(422).Contains(`id="reason-` + id)
		o.admin.Form(one+"/decline", "reason", "Not <b>ours</b>").Want(303)
		o.admin.Get("/settings/members/requests").Want(200).Contains("Declined. The person").Contains("Not &lt;b&gt;ours").Contains("Nothing waits for an answer")
		o.agent.Get(own).Want(200).Contains("Not &lt;b&gt;ours")
		o.admin.Form(one + "/approve").Want(422).Contains("This request has ended meanwhile.")
	})
}

func TestAPageOfARequestLeadsBackWhoNeedsNone(t *testing.T) {
	each(t, func(o office) {
		for path, status := range map[string]int{"bio": 303, "shoe_size": 404} {
			o.agent.Get("/settings/profile/request/" + path).Want(status)
		}
		o.agent.Get("/settings/members/requests").Want(403)
		o.agent.Get("/settings/members").Want(200)
		if page := o.agent.Get("/settings/members").Page(); strings.Contains(page, `id="requests"`) {
			o.Error("an agent reads what is asked of admins")
		}
		o.s.Rule(o.org, "phone_change", `"readonly"`)
		o.agent.Get("/settings/profile/request/phone").Want(303)
		if page := o.agent.Get("/settings/profile").Page(); strings.Contains(page, "Ask for a change") {
			o.Error("what is fixed can be asked for")
		}
	})
}

func TestEveryFieldCanBeAskedForOnItsPage(t *testing.T) {
	each(t, func(o office) {
		for field, value := range map[string]string{
			"first_name": "Mei", "last_name": "Tanaka", "full_name": "Mei T. Tanaka", "display_name": "Mei", "bio": "Meters.", "designation": "Care",
			"pronouns": "she/they", "locale": "de", "time_zone": "Europe/Oslo", "email": fresh,
		} {
			rule := "fields." + field + ".state"
			if field == "email" {
				rule = "email_change"
			}
			o.s.Rule(o.org, rule, `"request"`)
			o.agent.Get("/settings/profile/request/" + field).Want(200).Contains(`name="value"`)
			o.agent.Form("/settings/profile/request/"+field, "value", value).Want(303)
		}
		for _, it := range items(o.admin.Get(o.requests())) {
			o.approves(o.admin, it["id"].(string)).Want(204)
		}
		me := o.agent.Get("/v1/me").Want(200).Map()
		if me["bio"] != "Meters." || me["locale"] != "de" || me["full_name"] != "Mei T. Tanaka" || me["designation"] != "Care" {
			o.Errorf("the profile says %v", me)
		}
	})
}
