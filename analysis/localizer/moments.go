package localizer

// moments are, per channel, the mean of n rows and the sum of their squared
// deviations from it. The slices are shared by copies.
type moments struct {
	n        int
	mean, m2 []float64
}

func newMoments(channels int) moments {
	return moments{mean: make([]float64, channels), m2: make([]float64, channels)}
}

// part is m for the channels from lo to hi, sharing its values.
func (m moments) part(lo, hi int) moments { return moments{m.n, m.mean[lo:hi], m.m2[lo:hi]} }

// update adds one row (Welford 1962, doi:10.1080/00401706.1962.10490022). A
// constant channel keeps m2 = 0 exactly.
func update[F float32 | float64](m *moments, row []F) {
	m.n++
	inv := 1 / float64(m.n)
	mean, m2 := m.mean[:len(row)], m.m2[:len(row)]
	for j, v := range row {
		x := float64(v)
		d := x - mean[j]
		u := mean[j] + d*inv
		mean[j] = u
		m2[j] += d * (x - u)
	}
}

// merge adds the rows that o has seen (Chan, Golub & LeVeque 1983,
// doi:10.1080/00031305.1983.10483115).
func (m *moments) merge(o moments) {
	total := float64(m.n + o.n)
	share, cross := float64(o.n)/total, float64(m.n)*float64(o.n)/total
	m2, om, o2 := m.m2[:len(m.mean)], o.mean[:len(m.mean)], o.m2[:len(m.mean)]
	for j, x := range m.mean {
		d := om[j] - x
		m.mean[j] = x + d*share
		m2[j] += o2[j] + d*d*cross
	}
	m.n += o.n
}

// pool makes m the moments of all rows of the given cells.
func (m *moments) pool(of []moments, cells []int) {
	m.n = of[cells[0]].n
	copy(m.mean, of[cells[0]].mean)
	copy(m.m2, of[cells[0]].m2)
	for _, k := range cells[1:] {
		m.merge(of[k])
	}
}

// compute makes m the moments of n ≥ 1 rows, in one pass, from sums about the
// first row c:
//
//	mean = c + S/n,  m2 = Q − S²/n,  S = Σ (x − c),  Q = Σ (x − c)²
//
// A constant channel has S = Q = 0 exactly. Since c is one of the rows,
// (c − mean)² ≤ m2 and hence Q ≤ (n+1) m2: however large the mean, and even
// if c is the one outlier, the subtraction loses no more than a factor of n+1
// of 2⁻⁵³, and a small part of that as a rule.
func (m *moments) compute(n int, row func(i int) []float64) {
	c := row(0)
	sum, sq := m.mean[:len(c)], m.m2[:len(c)]
	clear(sum)
	clear(sq)
	i := 0
	for ; i+8 <= n; i += 8 {
		add8(sum, sq, c, row(i), row(i+1), row(i+2), row(i+3), row(i+4), row(i+5), row(i+6), row(i+7))
	}
	for ; i < n; i++ {
		add1(sum, sq, c, row(i))
	}
	inv := 1 / float64(n)
	for j, s := range sum {
		d := s * inv
		sum[j] = c[j] + d
		sq[j] = max(0, sq[j]-s*d)
	}
	m.n = n
}

// add8 adds eight rows to the sums about c: the memory waits for no sum.
func add8(sum, sq, c, r0, r1, r2, r3, r4, r5, r6, r7 []float64) {
	w := len(r0)
	sum, sq, c = sum[:w], sq[:w], c[:w]
	r1, r2, r3, r4, r5, r6, r7 = r1[:w], r2[:w], r3[:w], r4[:w], r5[:w], r6[:w], r7[:w]
	for j, x := range r0 {
		m := c[j]
		a, b, d, e := x-m, r1[j]-m, r2[j]-m, r3[j]-m
		s := (a + b) + (d + e)
		q := (a*a + b*b) + (d*d + e*e)
		a, b, d, e = r4[j]-m, r5[j]-m, r6[j]-m, r7[j]-m
		sum[j] += s + ((a + b) + (d + e))
		sq[j] += q + ((a*a + b*b) + (d*d + e*e))
	}
}

func add1(sum, sq, c, r []float64) {
	w := len(r)
	sum, sq, c = sum[:w], sq[:w], c[:w]
	for j, x := range r {
		a := x - c[j]
		sum[j] += a
		sq[j] += a * a
	}
}
