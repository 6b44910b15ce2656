package simd

// activate applies the activation and the bounds to columns [lo, hi) of x, of
// rows of n.
func (e *Epilogue) activate(x []float32, n, lo, hi int) {
	if lo == 0 && hi == n {
		n, hi = len(x), len(x)
	}
	least, most := e.clip()
	for ; len(x) > 0; x = x[n:] {
		row := x[lo:hi]
		e.Act.apply(row)
		if e.Lo == 0 && e.Hi == 0 {
			continue
		}
		for i, v := range row {
			row[i] = min(max(v, least), most)
		}
	}
}
