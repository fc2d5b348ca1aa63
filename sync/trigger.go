package sync

import "sync"

// trigger holds at most one request for a cycle. The zero trigger is ready for use.
type trigger struct {
	mu    sync.Mutex
	wake  chan struct{}
	asked Kind // "" for none
}

func (t *trigger) channel() chan struct{} {
	if t.wake == nil {
		t.wake = make(chan struct{}, 1)
	}
	return t.wake
}

// ask requests a cycle; a sweep takes in a pull.
func (t *trigger) ask(kind Kind) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.asked != Sweep {
		t.asked = kind
	}
	select {
	case t.channel() <- struct{}{}:
	default:
	}
}

// ready gives a channel that delivers when something was asked.
func (t *trigger) ready() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.channel()
}

// take gives what was asked, and forgets it.
func (t *trigger) take() (Kind, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	kind := t.asked
	t.asked = ""
	return kind, kind != ""
}
