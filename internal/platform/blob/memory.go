package blob

import (
	"sync"
	"sync/atomic"
)

const (
	roomOfAll = 4 << 20  // bytes of all objects in memory
	roomOfOne = 64 << 10 // bytes of an object that is worth a place
)

// memory keeps small objects that were read, because those that are read at
// all are read often: the pictures of the people on duty. When it is full, it
// is emptied; what is in use is back with a read each.
type memory struct {
	changes atomic.Uint64 // how often an object was put or deleted

	mu      sync.RWMutex
	objects map[string][]byte
	bytes   int
}

func (m *memory) get(key string) ([]byte, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	data, ok := m.objects[key]
	return data, ok
}

// keep remembers an object that was read when there had been so many changes.
// If there was another one since, it may have been to this object.
func (m *memory) keep(key string, data []byte, changes uint64) {
	if len(data) > roomOfOne {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.changes.Load() != changes {
		return
	}
	if m.objects == nil || m.bytes+len(data) > roomOfAll {
		m.objects, m.bytes = map[string][]byte{}, 0
	}
	if _, known := m.objects[key]; !known {
		m.objects[key] = data
		m.bytes += len(data)
	}
}

// drop forgets an object that was put or deleted.
func (m *memory) drop(key string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.changes.Add(1)
	m.bytes -= len(m.objects[key])
	delete(m.objects, key)
}
