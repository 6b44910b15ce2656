package fastgo

import "slices"

// arena gives each mem between inputs and outputs its place, so that no two
// that are needed at the same time overlap, and returns how many numbers that
// takes.
func (p *planner) arena() int {
	for _, m := range p.mems {
		m.first, m.last = -1, -1
	}
	for i, s := range p.steps {
		for _, m := range s.writes {
			if m.first < 0 {
				m.first = i
			}
			m.last = max(m.last, i)
		}
		for _, m := range s.reads {
			m.last = max(m.last, i)
		}
	}
	var free []gap
	size := 0
	for i, s := range p.steps {
		for _, m := range s.writes {
			if m.kind != inArena || m.first != i {
				continue
			}
			if u := s.under; m == s.over && u != nil && u.kind == inArena && u.last == i && u.size == m.size && count(s.reads, u) == 1 {
				m.offset = u.offset
				u.last = -1 // its place is taken over
				continue
			}
			m.offset, size = allot(&free, size, m.size)
		}
		for _, list := range [][]*mem{s.reads, s.writes} {
			for _, m := range list {
				if m.kind == inArena && m.last == i {
					m.last = -1
					free = release(free, gap{m.offset, m.size})
				}
			}
		}
	}
	return size
}

// count returns how many of ms are m: a step that reads a mem as two operands
// may need one after it has written over the other.
func count(ms []*mem, m *mem) int {
	n := 0
	for _, x := range ms {
		if x == m {
			n++
		}
	}
	return n
}

// A gap is free memory in the arena.
type gap struct{ at, n int }

// allot takes n numbers from the smallest gap that has them, or from the end.
func allot(free *[]gap, size, n int) (at, newSize int) {
	n = padded(n)
	best := -1
	for k, g := range *free {
		if g.n >= n && (best < 0 || g.n < (*free)[best].n) {
			best = k
		}
	}
	if best >= 0 {
		g := &(*free)[best]
		at = g.at
		g.at, g.n = g.at+n, g.n-n
		if g.n == 0 {
			*free = slices.Delete(*free, best, best+1)
		}
		return at, size
	}
	// A gap at the end grows.
	if k := len(*free) - 1; k >= 0 && (*free)[k].at+(*free)[k].n == size {
		at = (*free)[k].at
		*free = (*free)[:k]
		return at, at + n
	}
	return size, size + n
}

// release gives memory back; gaps stay in order and touching ones are joined.
func release(free []gap, g gap) []gap {
	g.n = padded(g.n)
	k, _ := slices.BinarySearchFunc(free, g.at, func(a gap, at int) int { return a.at - at })
	free = slices.Insert(free, k, g)
	if k+1 < len(free) && g.at+g.n == free[k+1].at {
		free[k].n += free[k+1].n
		free = slices.Delete(free, k+1, k+2)
	}
	if k > 0 && free[k-1].at+free[k-1].n == free[k].at {
		free[k-1].n += free[k].n
		free = slices.Delete(free, k, k+1)
	}
	return free
}

// padded keeps mems on cache lines of their own.
func padded(n int) int { return (n + 15) &^ 15 }
