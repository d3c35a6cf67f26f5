package e2e

import (
	"fmt"
	"testing"
)

// opensEntries waits for the newest entries and opens two of them.
func opensEntries(b *tab) {
	b.t.Helper()
	b.eventually("entries in the trail", func() error {
		if n := eval[int](b, `document.querySelectorAll(".ledger li").length`); n < 3 {
			b.opens(eval[string](b, `location.href`))
			return fmt.Errorf("there are %d", n)
		}
		return nil
	})
	eval[any](b, `[...document.querySelectorAll(".ledger details")].slice(0, 2).forEach((d) => { d.open = true })`)
}

func TestTheTrailIsReadNarrowedAndVerified(t *testing.T) {
	t.Parallel()
	b := as(t, inviting(t))
	b.open("/settings/audit")
	opensEntries(b)
	b.sees("invited somebody")
	b.sees("created the organization")
	b.leaves(b.the("button", verifyChain).click)
	b.sees("None missing, none changed.")
	b.the("searchbox", filterPerson).types("Leila")
	b.leaves(b.the("button", filterEntries).click)
	b.sees("invited somebody")
	b.the("searchbox", filterPerson).types("nobody")
	b.leaves(b.the("button", filterEntries).click)
	b.sees(en("audit.none"))
	b.leaves(b.the("link", en("audit.clear")).click)
	b.sees("invited somebody")
}
