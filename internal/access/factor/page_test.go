package factor_test

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"nameplate/internal/access/factor"
	"nameplate/internal/app/apptest"
)

const security = "/settings/security"

var (
	inURI  = regexp.MustCompile(`otpauth://totp/[^"]*`)
	secret = regexp.MustCompile(`secret=([A-Z2-7]{32})`)
	line   = regexp.MustCompile(`<li>([0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4})</li>`)
)

func has(t *testing.T, page string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(html.UnescapeString(page), w) {
			t.Errorf("the page does not say %q", w)
		}
	}
}

func TestAnAppIsSetUpInThreeStepsWithoutAScript(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		has(t, me.Get(security).Want(200).Page(), "Your password is all that protects this account.", "Add authenticator app")
		has(t, me.Get(security+"/authenticator").Want(200).Page(), "1. Get an app")
		me.Form(security + "/authenticator").Want(303)
		page := me.Get(security + "/authenticator").Want(200).Page()
		has(t, page, "<svg", "2. Scan the QR code", "3. Enter the code")
		uri := html.UnescapeString(inURI.FindString(page))
		for _, part := range []string{"otpauth://totp/Nameplate:ada@example.com?", "issuer=Nameplate", "algorithm=SHA1", "digits=6", "period=30"} {
			if !strings.Contains(uri, part) {
				t.Errorf("%s lacks %s", uri, part)
			}
		}
		found := secret.FindStringSubmatch(uri)
		if found == nil {
			t.Fatalf("no secret in %q", uri)
		}
		a := app{t, "", found[1]}
		refused := me.Form(security+"/authenticator/confirm", "code", "12").Want(422).Page()
		has(t, refused, "This code is not right", found[1])
		shown := me.Form(security+"/authenticator/confirm", "code", a.at(s.Clock.Now())).Want(200).Page()
		codes := line.FindAllStringSubmatch(shown, -1)
		if len(codes) != 10 {
			t.Fatalf("%d codes\n%s", len(codes), shown)
		}
		has(t, shown, "I have saved them", `href="data:text/plain;charset=utf-8,`+codes[0][1], `download="nameplate-backup-codes.txt"`)
		page = me.Get(security).Want(200).Page()
		has(t, page, "Authenticator app", "10 backup codes are left.", "Not used yet")
		if strings.Contains(page, codes[0][1]) || strings.Contains(page, found[1]) {
			t.Error("a secret is shown again")
		}
		want(t, "a code from the page", check(t, s, me.ID, factor.BackupCode, codes[0][1]), "taken")
	})
}

func TestThreeBackupCodesOrFewerAreWorthAWarning(t *testing.T) {
	s := apptest.OnSQLite(t)
	me := s.Member(ada, "", "")
	_, codes := enrol(t, s, me.Browser)
	for i, code := range codes[:7] {
		if strings.Contains(me.Get(security).Page(), "Make new ones") {
			t.Errorf("warned with %d left", 10-i)
		}
		want(t, code, check(t, s, me.ID, factor.BackupCode, code), "taken")
	}
	has(t, me.Get(security).Page(), "3 backup codes are left.", "Make new ones before you need them.")
	fresh := me.Form(security + "/backup-codes").Want(200).Page()
	if n := len(line.FindAllString(fresh, -1)); n != 10 {
		t.Errorf("%d codes", n)
	}
	has(t, me.Get(security).Page(), "10 backup codes are left.")
}

func TestAnAppIsRenamedAndRemovedOnItsPage(t *testing.T) {
	s := apptest.OnSQLite(t)
	me := s.Member(ada, "", "")
	a, _ := enrol(t, s, me.Browser)
	path := security + "/factors/" + a.ID
	has(t, me.Get(path).Want(200).Page(), "This is your last second factor.")
	me.Form(path, "name", "").Want(422)
	me.Form(path, "name", "Work phone").Want(303)
	has(t, me.Get(security).Page(), "Work phone", "Name saved.")
	me.Form(path + "/remove").Want(303)
	has(t, me.Get(security).Want(200).Page(), "Second factor removed.", "Your password is all that protects this account.")
	me.Get(path).Want(404)
}

func TestTheQRCodeIsADrawingThatStandsByItself(t *testing.T) {
	s := apptest.OnSQLite(t)
	me := s.Member(ada, "", "")
	made := me.JSON(http.MethodPost, base+"/totp", fields{}).Want(201).Map()
	svg := made["qr_svg"].(string)
	for _, never := range []string{"style", "script", "http:", "https:", "href"} {
		if strings.Contains(strings.ReplaceAll(svg, `xmlns="http://www.w3.org/2000/svg"`, ""), never) {
			t.Errorf("it holds %q", never)
		}
	}
	if !strings.HasPrefix(svg, "<svg ") || strings.Count(svg, "M") < 100 {
		t.Errorf("%.200s", svg)
	}
}
