package blob

import (
	"context"
	"errors"
	"sync"
	"time"
)

// kept are the objects that wait to be deleted until nobody copies any more.
type kept struct {
	mu      sync.Mutex
	copying int
	waiting map[string]bool
}

// Keep puts off every Delete until release is called, so that whoever copies
// objects finds all that rows named when it began. A crash before that leaves
// the objects to List.
func (d *Disk) Keep() (release func(context.Context) error) {
	d.kept.mu.Lock()
	defer d.kept.mu.Unlock()
	d.kept.copying++
	return func(ctx context.Context) error {
		var errList []error
		for _, key := range d.kept.release() {
			errList = append(errList, d.Delete(ctx, key))
		}
		return errors.Join(errList...)
	}
}

// release returns what the last one to copy leaves to delete.
func (k *kept) release() (due []string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.copying--; k.copying > 0 {
		return nil
	}
	for key := range k.waiting {
		due = append(due, key)
	}
	k.waiting = nil
	return due
}

// later reports whether a key has to wait, and remembers it then.
func (k *kept) later(key string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.copying == 0 {
		return false
	}
	if k.waiting == nil {
		k.waiting = map[string]bool{}
	}
	k.waiting[key] = true
	return true
}

// All calls fn with every object, past the memory.
func (d *Disk) All(ctx context.Context, fn func(key string, data []byte) error) error {
	return d.List(ctx, "", func(key string, _ time.Time) error {
		data, err := d.root.ReadFile(key)
		if absent(err) {
			return nil
		}
		if err != nil {
			return wrap("get", err)
		}
		return fn(key, data)
	})
}
