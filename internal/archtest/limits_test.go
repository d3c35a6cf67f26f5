package archtest_test

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"nameplate/internal/platform/limit"
	"nameplate/internal/platform/route"
)

// limitsPage is where operators read every limit.
const limitsPage = "../../docs/guide/limits.md"

// published are the constants that the page tells, by the words of their row.
var published = map[string]string{
	"kernel/session.Lifetime":     "A session",
	"kernel/session.Idle":         "A session without a visit",
	"kernel/session.HalfLife":     "A sign-in that waits for the second factor",
	"kernel/session.ProofLife":    "A proof for what is sensitive",
	"access/reauth.StoppedLife":   "A form that waits for such a proof",
	"kernel/device.Life":          "A browser that an account knows, after its last sign-in",
	"who/profile.undoLife":        "What a save of the profile has replaced",
	"access/signup.Lifetime":      "A sign-up, and the link that proves it",
	"access/signup.codeLife":      "The code that proves a sign-up",
	"access/password.ResetLife":   "A link to reset a password",
	"access/address.Life":         "A change of the address to sign in with, and its codes",
	"access/address.PendingLife":  "A further address that waits for its code",
	"access/factor.challengeLife": "The question that a passkey answers",
	"team/organization.codeLife":  "The code that proves an organization's address",
	"team/organization.offerLife": "An offer to become the owner of an organization",
	"reach/channel.leaseLife":     "The place of a conversation that nobody gives back or prolongs",
	"reach/notify.keptLife":       "An event in the ledger of notifications, and its decisions",
	"reach/push.most":             "Browsers of a person that have allowed push; another one ends the oldest",
	"reach/push.life":             "A push that is not delivered",
	"reach/stream.Kept":           "What rang, for a page that was away",
	"reach/stream.most":           "Open streams of one session",
	"reach/notify.mostAtOnce":     "Events in one call",
	"reach/focus.longestLife":     "The focus of a person, at most",
	"access/address.Most":         "Addresses of a person, those that wait for their code included",
	"access/factor.setupLife":     "An authenticator app that waits for its first code",
	"team/invitation.Life":        "The link of an invitation",
	"team/invitation.Kept":        "An invitation that was accepted or revoked, in the list",
	"team/invitation.Most":        "People invited at once",
	"team/request.Life":           "A request for a change that waits for its decision",
	"team/request.Agreed":         "An approved address that is still to be proved",
	"team/request.Kept":           "A request that has ended, in the list",
	"kernel/notice.Life":          "The link in a notice that puts an account back",
	"platform/mail.Kept":          "A mail that could not be sent",
	"kernel/session.Most":         "Sessions of a person; another one ends the one that rested longest",
	"kernel/device.Most":          "Browsers that an account knows; likewise",
	"access/factor.textLife":      "A code by SMS",
	"access/sso.FlowLife":         "A sign-in at an identity provider",
	"access/sso.arrivalLife":      "An answer by SAML that waits for its browser",
	"access/factor.mostPhones":    "Phones of a person for codes by SMS",
	"access/factor.mostPasskeys":  "Passkeys and security keys of a person",
	"access/factor.most":          "Authenticator apps of a person",
	"access/factor.codes":         "Backup codes of a person",
	"access/password.InARow":      "Wrong passwords in a row before the password is disabled",
	"platform/once.Tries":         "Guesses at a code that was mailed",
	"platform/hashpool.queue":     "Passwords that wait to be hashed; more are answered with 503",
	"platform/edge.maxStreams":    "Open streams of one network address",
	"platform/picture.MaxBytes":   "A picture",
	"platform/hashpool.MaxBytes":  "A password",

	"connect/token.Most":       "Living access tokens of a person",
	"connect/client.Most":      "API clients of an organization",
	"connect/client.TokenLife": "An access token of an API client",
	"team/employee.Most":       "Digital employees of an organization",
	"reach/message.keptLife":   "What became of a message of a digital employee",
	"reach/message.life":       "A message that waits for WhatsApp",

	"connect/client.proofLife":      "A proof of an API client by its key",
	"connect/openid.CodeLife":       "A code of a sign-in at an app",
	"connect/openid.AccessLife":     "An access token of a sign-in at an app",
	"connect/openid.IDLife":         "An ID token",
	"connect/openid.RefreshLife":    "A refresh token of a sign-in at an app that is not used",
	"connect/openid.KeyLife":        "A key that signs ID tokens",
	"connect/openid.logoutLife":     "A logout token",
	"connect/webhook.Most":          "Webhooks of an organization",
	"connect/webhook.Kept":          "A delivery of a webhook in its log",
	"connect/webhook.OldSecretLife": "The secret of a webhook before, beside the new one",
}

func readLimits(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(limitsPage)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var ruleRow = regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\| .* \\| (.*) \\| (.*) \\|$")

func TestThePageOfLimitsTellsEveryRule(t *testing.T) {
	told := map[string]string{}
	for _, m := range ruleRow.FindAllStringSubmatch(readLimits(t), -1) {
		told[m[1]] = m[2] + " within " + m[3]
	}
	for _, r := range limit.Rules() {
		if want := fmt.Sprintf("%d within %s", r.Most, spelled(r.Span)); told[r.Name] != want {
			t.Errorf("of %s the page tells %q, and it is %q", r.Name, told[r.Name], want)
		}
		delete(told, r.Name)
	}
	for name := range told {
		t.Errorf("the page tells of %s, which is no rule", name)
	}
}

func TestThePageOfLimitsTellsHowLargeABodyMayBe(t *testing.T) {
	if row := fmt.Sprintf("| A form, or the JSON of a call | %d |\n", route.Form.Max); route.Form.Max != route.JSON.Max || !strings.Contains(readLimits(t), row) {
		t.Errorf("there is no row %s", row)
	}
}

func TestThePageOfLimitsTellsHowLargeABatchMayBe(t *testing.T) {
	if row := fmt.Sprintf("| Events in one call, all together | %d |\n", route.Batch.Max); !strings.Contains(readLimits(t), row) {
		t.Errorf("there is no row %s", row)
	}
}

func TestEveryRuleIsDeclared(t *testing.T) {
	for _, f := range sources(t) {
		if f.test() {
			continue
		}
		ast.Inspect(f.File, func(n ast.Node) bool {
			if c, ok := n.(*ast.CompositeLit); ok {
				if s, ok := c.Type.(*ast.SelectorExpr); ok && s.Sel.Name == "Rule" && fmt.Sprint(s.X) == "limit" {
					t.Errorf("%s makes a rule that limit.Declare does not know", f.name)
				}
			}
			return true
		})
	}
}

func TestThePageOfLimitsTellsEveryLife(t *testing.T) {
	page, found := readLimits(t), map[string]bool{}
	for name, value := range constants(t) {
		words, told := published[name]
		switch row := "| " + words + " | " + value + " |"; {
		case told && !strings.Contains(page, row+"\n"):
			t.Errorf("%s has no row %s", name, row)
		case !told && life.MatchString(name):
			t.Errorf("%s (%s) is told nowhere: give it a row of the page", name, value)
		}
		found[name] = true
	}
	for name := range published {
		if !found[name] {
			t.Errorf("%s is no constant", name)
		}
	}
}

// life are the names of how long something lives that people are given.
var life = regexp.MustCompile(`^(?:kernel|access|who|team|reach|connect|privacy|help)/.*\.(?:Life|Lifetime|Idle|\w*Life)$`)

// constants are the constants of our packages that are a number or a span of
// time, as the page spells them.
func constants(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, f := range sources(t) {
		dir, ours := strings.CutPrefix(f.dir(), "internal/")
		if !ours || f.test() {
			continue
		}
		for _, d := range f.Decls {
			decl, ok := d.(*ast.GenDecl)
			if !ok || decl.Tok != token.CONST {
				continue
			}
			for _, spec := range decl.Specs {
				add(all, dir, spec.(*ast.ValueSpec))
			}
		}
	}
	return all
}

func add(all map[string]string, dir string, spec *ast.ValueSpec) {
	for i, name := range spec.Names {
		if i >= len(spec.Values) {
			return
		}
		value, isSpan := number(spec.Values[i])
		if value == nil {
			continue
		}
		n, _ := constant.Int64Val(value)
		text := fmt.Sprint(n)
		if isSpan {
			text = spelled(time.Duration(n))
		}
		all[dir+"."+name.Name] = text
	}
}

var spans = map[string]time.Duration{"Hour": time.Hour, "Minute": time.Minute, "Second": time.Second, "Millisecond": time.Millisecond}

// number reads an expression of numbers and spans of time; nil is neither.
func number(e ast.Expr) (value constant.Value, isSpan bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind == token.INT {
			return constant.MakeFromLiteral(e.Value, e.Kind, 0), false
		}
	case *ast.SelectorExpr:
		if span, ok := spans[e.Sel.Name]; ok && fmt.Sprint(e.X) == "time" {
			return constant.MakeInt64(int64(span)), true
		}
	case *ast.BinaryExpr:
		x, xSpan := number(e.X)
		y, ySpan := number(e.Y)
		switch {
		case x == nil || y == nil:
		case e.Op == token.SHL:
			by, _ := constant.Uint64Val(y)
			return constant.Shift(x, e.Op, uint(by)), xSpan
		case e.Op == token.MUL || e.Op == token.ADD:
			return constant.BinaryOp(x, e.Op, y), xSpan || ySpan
		}
	}
	return nil, false
}

// spelled says a span in the largest unit that it is a whole number of.
func spelled(d time.Duration) string {
	for _, unit := range []struct {
		name string
		span time.Duration
	}{{"day", 24 * time.Hour}, {"hour", time.Hour}, {"minute", time.Minute}, {"second", time.Second}} {
		switch {
		case d == unit.span && unit.name != "day":
			return "1 " + unit.name
		case d%unit.span == 0 && d > unit.span:
			return fmt.Sprintf("%d %ss", d/unit.span, unit.name)
		}
	}
	return d.String()
}
