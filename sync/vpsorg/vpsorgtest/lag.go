package vpsorgtest

import (
	"sync"
	"time"
)

// A lag keeps what a list held before recent writes, for reads that are to be late.
type lag[T any] struct {
	mu   sync.Mutex
	past []past[T] // oldest first
}

type past[T any] struct {
	before []T
	reads  int // that still see it
	until  time.Time
}

// wrote keeps the state before a write for so many reads and until so late. Writes that will be seen at the same
// moment share what the first of them kept.
func (l *lag[T]) wrote(before func() []T, reads int, until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.past); n > 0 && l.past[n-1].reads == reads && l.past[n-1].until.Equal(until) {
		return
	}
	l.past = append(l.past, past[T]{before(), reads, until})
}

// read returns what a read at this time is to see, when the list really holds current.
func (l *lag[T]) read(current []T, now time.Time) []T {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.past) > 0 && l.past[0].reads <= 0 && !now.Before(l.past[0].until) {
		l.past = l.past[1:]
	}
	if len(l.past) == 0 {
		return current
	}
	seen := l.past[0].before
	for i := range l.past {
		l.past[i].reads--
	}
	return seen
}
