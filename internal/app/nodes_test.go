package app_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"nameplate/internal/app/apptest"
)

// receipt is how far a save has come.
type receipt struct {
	Surfaces, Delivered int
	Done                bool
}

// TestASaveIsOnTheCardsOfEveryNode holds a card open on one node while it is
// changed on the other.
func TestASaveIsOnTheCardsOfEveryNode(t *testing.T) {
	t.Parallel()
	one := apptest.OnPostgres(t)
	two := one.Beside()
	mei := one.Join("mei@halden.example")
	here, there := one.Browser().Open("/v1/cards/"+mei.ID+"/live"), two.Browser().Open("/v1/cards/"+mei.ID+"/live")
	here.Next()
	there.Next()

	var id string
	var got receipt
	one.Settle(func() bool { // until the nodes hear each other
		id = mei.JSON(http.MethodPatch, "/v1/me", map[string]string{"display_name": "Mei " + id}).Want(200).Header.Get("Nameplate-Receipt")
		one.Settle(func() bool {
			mei.Get("/v1/me/receipts/" + id).Want(200).To(&got)
			return got.Delivered == got.Surfaces
		})
		return got.Surfaces == 2
	})
	if got.Done {
		t.Error("done, before other nodes had the time to say what they show")
	}

	mei.JSON(http.MethodPatch, "/v1/me", map[string]string{"display_name": "On both"}).Want(200)
	for name, stream := range map[string]*apptest.Stream{"here": here, "there": there} {
		for !strings.Contains(stream.Next(), "On both") {
			t.Logf("%s: one of those before", name)
		}
	}

	one.Clock.Advance(time.Second)
	if mei.Get("/v1/me/receipts/" + id).Want(200).To(&got); !got.Done {
		t.Errorf("%+v", got)
	}
	one.Clock.Advance(10 * time.Minute)
	mei.Get("/v1/me/receipts/"+id).Refused(404, "no_such_receipt")
}
