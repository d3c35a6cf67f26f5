package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"testing"

	permissions "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/serviceworker"
	"github.com/chromedp/chromedp"

	"nameplate/internal/platform/webpush/webpushtest"
)

// subscribed stands in for the one call that needs a service of the browser's
// maker.
const subscribed = `PushManager.prototype.subscribe = async function (options) {
	window.subscribedWith = options;
	return {toJSON: () => (%s)};
}`

// allowsPush lets the browser allow push at a service of our own.
func (b *tab) allowsPush(device *webpushtest.Browser) {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, permissions.SetPermission, permissions.SetPermissionParams{
		Permission: &permissions.PermissionDescriptor{Name: "notifications"}, Setting: permissions.PermissionSettingGranted, Origin: b.server.URL,
		BrowserContextID: chromedp.FromContext(b.ctx).BrowserContextID,
	})
	b.must(err)
	form, err := json.Marshal(device.Form())
	b.must(err)
	_, err = chromedp.Call(b.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: fmt.Sprintf(subscribed, form)})
	b.must(err)
	_, err = chromedp.Call(b.ctx, serviceworker.Enable, cdp.Empty{})
	b.must(err)
}

// pushes hands the browser a push as its own service would.
func (b *tab) pushes(text []byte) {
	b.t.Helper()
	b.eventually("a worker", func() error {
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.worker == "" {
			return errors.New("none is there")
		}
		return nil
	})
	_, err := chromedp.Call(b.ctx, serviceworker.DeliverPushMessage, serviceworker.DeliverPushMessageParams{
		Origin: b.server.URL, RegistrationID: b.worker, Data: string(text),
	})
	b.must(err)
}

type shown struct{ Title, Body, URL string }

// shows waits until these notes are shown, and no more.
func (b *tab) shows(want ...shown) {
	b.t.Helper()
	b.eventually("notes", func() error {
		got := eval[[]shown](b, `navigator.serviceWorker.ready.then((r) => r.getNotifications()).then((all) =>
			all.map((n) => ({Title: n.title, Body: n.body, URL: n.data.url})))`)
		if fmt.Sprint(got) != fmt.Sprint(want) {
			return fmt.Errorf("%v", got)
		}
		return nil
	})
}

func TestAPushIsAllowedAndShown(t *testing.T) {
	t.Parallel()
	service := webpushtest.Listen()
	t.Cleanup(service.Close)
	device := service.Browser()
	p := newcomer(t, "Leila Haddad")
	b := as(t, p)
	b.allowsPush(device)
	b.open("/settings/notifications")
	b.leaves(b.the("button", en("push.allow")).click)
	b.sees(en("push.said_allowed"), en("push.this"))
	p.tells(t, map[string]any{"id": "e1", "type": "message.created", "assignee": p.ID, "message": map[string]any{"text": "Still cold here."}})
	b.eventually("a push", func() error {
		if len(device.Got()) == 0 {
			return errors.New("none")
		}
		return nil
	})
	text := device.Got()[0].Text
	b.pushes(text)
	var sent struct{ Body string }
	b.must(json.Unmarshal(text, &sent))
	note := shown{"Heat pump is cold", sent.Body, "https://desk.example/c/4812"}
	b.shows(note)
	b.pushes(text) // again, as after a try that was cut off
	b.shows(note)
	b.open("/settings/notifications")
	b.leaves(b.the("button", en("push.remove")+" Headless Chrome on Linux").click)
	b.sees(en("push.said_removed"), en("push.none"))
	var left struct{ Items []any }
	p.must(t, http.MethodGet, "/v1/me/push-subscriptions", nil, &left)
	if len(left.Items) > 0 {
		t.Error("the device is still there")
	}
}
