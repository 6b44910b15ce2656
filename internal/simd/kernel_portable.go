package simd

import "unsafe"

// portable computes a tile of up to 4 rows and one vector of 4 in plain Go.
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
	var few [64 * lanes]T
	if ldb == 0 {
		ldb = lanes * size
	}
	chunk := int64(len(few) / lanes)
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
			var b []T
			if asIs {
				b = unsafe.Slice((*T)(p), n*lanes)
			} else {
				b = few[:n*lanes]
				for i := range n {
					copy(b[i*lanes:][:lanes], unsafe.Slice((*T)(unsafe.Add(p, int64(i)*ldb)), tail))
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

// pairOfRows adds a0·b to s0 and a1·b to s1, where b has 4 columns. Eight sums
// are as many as stay in the registers of amd64 beside what they are made of.
func pairOfRows[T float32 | float64](s0, s1 *[4]T, a0, a1, b []T) {
	s00, s01, s02, s03 := s0[0], s0[1], s0[2], s0[3]
	s10, s11, s12, s13 := s1[0], s1[1], s1[2], s1[3]
	a1 = a1[:len(a0)]
	for k, x := range a0 {
		y := a1[k]
		if len(b) < 4 {
			break
		}
		s00 += x * b[0]
		s10 += y * b[0]
		s01 += x * b[1]
		s11 += y * b[1]
		s02 += x * b[2]
		s12 += y * b[2]
		s03 += x * b[3]
		s13 += y * b[3]
		b = b[4:]
	}
	*s0 = [4]T{s00, s01, s02, s03}
	*s1 = [4]T{s10, s11, s12, s13}
}
