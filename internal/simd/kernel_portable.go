package simd

import "unsafe"

// portable computes a tile of up to 4 rows and one vector of 4 in plain Go. B is
// used as it is where it is packed; few rows at a time are copied otherwise.
func (t *tileOp[T]) portable() {
	const lanes = 4
	var sum [tileRows][lanes]T
	rows, tail := int(t.rows), int(t.tail)
	size := int64(unsafe.Sizeof(T(0)))
	if t.bias != nil {
		bias := unsafe.Slice((*T)(t.bias), tail)
		for i := range rows {
			copy(sum[i][:], bias)
		}
	}
	depth, ldb := t.depth, t.ldb
	var few [64][lanes]T
	if ldb == 0 {
		ldb = lanes * size
	}
	chunk := int64(len(few))
	asIs := ldb == lanes*size && (t.ldb == 0 || tail == lanes)
	if asIs {
		chunk = max(1, depth)
	}
	offs := unsafe.Slice(t.off, int(t.taps)*tileRows)
	for tap := range t.taps {
		for k := int64(0); k < depth; k += chunk {
			n := int(min(chunk, depth-k))
			var a [4][]T
			for i := range a {
				// A row that does not exist repeats the last.
				p := unsafe.Pointer(&zeros)
				if o := offs[int(tap)*tileRows+min(i, rows-1)]; o >= 0 {
					p = unsafe.Add(t.a, o+k*size)
				}
				a[i] = unsafe.Slice((*T)(p), n)
			}
			p := unsafe.Add(t.b, (tap*depth+k)*ldb)
			b := few[:min(n, len(few))]
			if asIs {
				b = unsafe.Slice((*[lanes]T)(p), n)
			} else {
				for i := range n {
					copy(b[i][:], unsafe.Slice((*T)(unsafe.Add(p, int64(i)*ldb)), tail))
				}
			}
			pairOfRows(&sum[0], &sum[1], a[0], a[1], b)
			if rows > 2 {
				pairOfRows(&sum[2], &sum[3], a[2], a[3], b)
			}
		}
	}
	for i := range rows {
		c := unsafe.Slice((*T)(unsafe.Add(t.c, int64(i)*t.ldc)), tail)
		var resid []T
		if t.resid != nil {
			resid = unsafe.Slice((*T)(unsafe.Add(t.resid, int64(i)*t.ldr)), tail)
		}
		for j := range c {
			v := t.alpha * sum[i][j]
			if t.flags&tileReadC != 0 {
				v += t.beta * c[j]
			}
			if resid != nil {
				v += resid[j]
			}
			if t.flags&tileClip != 0 {
				if v < t.lo {
					v = t.lo
				}
				if v > t.hi {
					v = t.hi
				}
			}
			c[j] = v
		}
	}
}

// pairOfRows adds a0·b to s0 and a1·b to s1, where b has 4 columns.
func pairOfRows[T float32 | float64](s0, s1 *[4]T, a0, a1 []T, b [][4]T) {
	twoByTwo(s0, s1, a0, a1, b, 0)
	twoByTwo(s0, s1, a0, a1, b, 2)
}

// twoByTwo is pairOfRows for columns j and j+1. With more sums at once the
// compiler keeps some in memory.
func twoByTwo[T float32 | float64](s0, s1 *[4]T, a0, a1 []T, b [][4]T, j int) {
	j &= 3
	j1 := (j + 1) & 3
	s00, s01, s10, s11 := s0[j], s0[j1], s1[j], s1[j1]
	a0, a1 = a0[:len(b)], a1[:len(b)]
	for k := range b {
		x, y, row := a0[k], a1[k], &b[k]
		v, w := row[j], row[j1]
		s00 += x * v
		s01 += x * w
		s10 += y * v
		s11 += y * w
	}
	s0[j], s0[j1], s1[j], s1[j1] = s00, s01, s10, s11
}
