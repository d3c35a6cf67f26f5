package apptest

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
)

// AtOnce posts the same JSON from many copies of the browser and counts the
// answers by status.
func (b *Browser) AtOnce(many int, path string, body any) map[int]int {
	b.s.t.Helper()
	raw, err := json.Marshal(body)
	b.s.must(err)
	var group sync.WaitGroup
	start, answers := make(chan struct{}), make(chan Answer, many)
	for range many {
		one := b.Copy()
		r := one.Request(http.MethodPost, path, "application/json", strings.NewReader(string(raw)))
		group.Go(func() {
			<-start
			a, err := one.Try(r)
			if err != nil {
				b.s.t.Error(err)
			}
			answers <- a
		})
	}
	close(start)
	group.Wait()
	close(answers)
	status := map[int]int{}
	for a := range answers {
		status[a.Status]++
	}
	return status
}
