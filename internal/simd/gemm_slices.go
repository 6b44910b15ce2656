package simd

const (
	// smallProduct is how many elements C has at most whose sums are cut.
	smallProduct = 256 * 256
	// sliceDepth is how long the parts of such sums are at least, and
	// mostSlices how many there are at most.
	sliceDepth = 2048
	mostSlices = 64
)

// slices computes a small C of long sums, as of observations by few variables:
// parts of the sums side by side, each from what the caches hold, and then
// their sums, in order. Where sums are cut depends on the shape alone.
func (p *product[T]) slices() {
	depth := max(sliceDepth, ceil(p.k, mostSlices))
	n, size := ceil(p.k, depth), p.m*p.n
	space, buf := borrow[T](n * size)
	defer buf.giveBack()
	Parallel(n, Grain(2*size*depth), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			q := *p
			k := i * depth
			q.k = min(depth, p.k-k)
			q.a, q.b = p.a.from(0, k), p.b.from(k, 0)
			q.c, q.ldc, q.beta = space[i*size:(i+1)*size], p.n, 0
			q.inOrder()
		}
	})
	for i := range p.m {
		lo, hi := 0, p.n
		if p.part != whole {
			lo, hi = p.part.columns(i, p.n)
		}
		c := p.c[i*p.ldc:]
		for j := lo; j < hi; j++ {
			sum := T(0)
			for s := range n {
				sum += space[s*size+i*p.n+j]
			}
			if p.beta != 0 {
				sum += p.beta * c[j]
			}
			c[j] = sum
		}
	}
}
