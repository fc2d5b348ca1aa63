package vpsorgtest

// A sequence keeps items in the order they came and removes one in constant time on average, however many there
// are. The zero value is empty. The zero item marks a gap, so it cannot be kept.
type sequence[T comparable] struct {
	items []T
	at    map[T]int
}

func (s *sequence[T]) add(item T) {
	if s.at == nil {
		s.at = map[T]int{}
	}
	s.at[item] = len(s.items)
	s.items = append(s.items, item)
}

// replace puts another item in the place of one.
func (s *sequence[T]) replace(item, by T) {
	i := s.at[item]
	delete(s.at, item)
	s.items[i], s.at[by] = by, i
}

func (s *sequence[T]) remove(item T) {
	var gap T
	s.items[s.at[item]] = gap
	delete(s.at, item)
	if len(s.items) > 32 && len(s.items) > 2*len(s.at) {
		s.items = s.all()
		for i, item := range s.items {
			s.at[item] = i
		}
	}
}

func (s *sequence[T]) len() int { return len(s.at) }

// all returns a copy that later changes leave alone.
func (s *sequence[T]) all() []T {
	var gap T
	all := make([]T, 0, len(s.at))
	for _, item := range s.items {
		if item != gap {
			all = append(all, item)
		}
	}
	return all
}
