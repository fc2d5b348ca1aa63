package diff

import (
	"container/heap"
	"iter"
)

// ready is a heap of steps that wait for nothing, the next one first.
type ready []*step

func (r ready) Len() int           { return len(r) }
func (r ready) Less(i, j int) bool { return r[i].place < r[j].place }
func (r ready) Swap(i, j int)      { r[i], r[j] = r[j], r[i] }

// Push adds x, a *step, for package heap.
func (r *ready) Push(x any) { *r = append(*r, x.(*step)) }

// Pop removes the last step, for package heap.
func (r *ready) Pop() any {
	old := *r
	s := old[len(old)-1]
	*r = old[:len(old)-1]
	return s
}

// sorted yields the steps so that none comes before one it waits for. Where steps
// wait for each other in a circle, which names that swap roles can do, the first of
// the circle goes ahead.
func (g *graph) sorted() iter.Seq[*step] {
	return func(yield func(*step) bool) {
		var free ready
		for _, s := range g.steps {
			if s.waits == 0 {
				free = append(free, s)
			}
		}
		heap.Init(&free)
		next := 0
		for {
			for len(free) > 0 {
				s := heap.Pop(&free).(*step)
				if s.done {
					continue
				}
				if !s.finish(&free, yield) {
					return
				}
			}
			for next < len(g.steps) && g.steps[next].done {
				next++
			}
			if next == len(g.steps) {
				return
			}
			if !circle(g.steps[next]).finish(&free, yield) {
				return
			}
		}
	}
}

// finish yields the step and frees those that waited for nothing else.
func (s *step) finish(free *ready, yield func(*step) bool) bool {
	s.done = true
	if !yield(s) {
		return false
	}
	for _, t := range s.after {
		if t.waits--; t.waits == 0 && !t.done {
			heap.Push(free, t)
		}
	}
	return true
}

// circle finds, from a step that is stuck, the circle that it waits for, and returns the
// first step of the circle that no firm wait holds. There is one: what a firm wait is for
// has only waits for the sake of pointers itself.
func circle(s *step) *step {
	seen := make(map[*step]bool)
	for !seen[s] {
		seen[s] = true
		s, _ = s.unfinished()
	}
	var first *step
	for t := s; ; {
		next, held := t.unfinished()
		// Gates have places below zero; a circle always has a step of its own.
		if held != firm && t.place >= 0 && (first == nil || t.place < first.place) {
			first = t
		}
		if t = next; t == s {
			return first
		}
	}
}

// unfinished returns a step that s still waits for, one of a firm wait if there is one.
func (s *step) unfinished() (*step, firmness) {
	var found *step
	for _, w := range s.before {
		switch {
		case w.step.done:
		case w.firm == firm:
			return w.step, firm
		case found == nil:
			found = w.step
		}
	}
	return found, forPointer
}
