package simd

func sumPortable[T Float](x []T) float64 {
	var a, b, c, d float64
	for ; len(x) >= 4; x = x[4:] {
		a += float64(x[0])
		b += float64(x[1])
		c += float64(x[2])
		d += float64(x[3])
	}
	for _, v := range x {
		a += float64(v)
	}
	return a + b + (c + d)
}

func dotPortable[T Float](x, y []T) float64 {
	var a, b, c, d float64
	y = y[:len(x)]
	for ; len(x) >= 4 && len(y) >= 4; x, y = x[4:], y[4:] {
		a += float64(x[0]) * float64(y[0])
		b += float64(x[1]) * float64(y[1])
		c += float64(x[2]) * float64(y[2])
		d += float64(x[3]) * float64(y[3])
	}
	for i, v := range x {
		a += float64(v) * float64(y[i])
	}
	return a + b + (c + d)
}

func largestPortable[T Float](x []T) T {
	a, b, c, d := x[0], x[0], x[0], x[0]
	for ; len(x) >= 4; x = x[4:] {
		a, b, c, d = max(a, x[0]), max(b, x[1]), max(c, x[2]), max(d, x[3])
	}
	for _, v := range x {
		a = max(a, v)
	}
	return max(a, b, c, d)
}

// columnSumsPortable adds rows of x, stride apart, to acc.
func columnSumsPortable[T Float](acc []float64, x []T, stride, rows int) {
	for i := range rows {
		row := x[i*stride:][:len(acc)]
		for j, v := range row {
			acc[j] += float64(v)
		}
	}
}

// columnMomentsPortable adds rows of x, stride apart, less the centre, to sum,
// and their squares to squares.
func columnMomentsPortable[T Float](sum, squares, centre []float64, x []T, stride, rows int) {
	squares, centre = squares[:len(sum)], centre[:len(sum)]
	for i := range rows {
		row := x[i*stride:][:len(sum)]
		for j, v := range row {
			d := float64(v) - centre[j]
			sum[j] += d
			squares[j] += d * d
		}
	}
}

// columnSpreadsPortable is columnMomentsPortable about a centre of float32.
func columnSpreadsPortable(sum, squares []float64, centre, x []float32, stride, rows int) {
	squares, centre = squares[:len(sum)], centre[:len(sum)]
	for i := range rows {
		row := x[i*stride:][:len(sum)]
		for j, v := range row {
			d := float64(v) - float64(centre[j])
			sum[j] += d
			squares[j] += d * d
		}
	}
}

func deviationsPortable[T Float](x []T, centre float64) float64 {
	var a, b, c, d float64
	for ; len(x) >= 4; x = x[4:] {
		a += (float64(x[0]) - centre) * (float64(x[0]) - centre)
		b += (float64(x[1]) - centre) * (float64(x[1]) - centre)
		c += (float64(x[2]) - centre) * (float64(x[2]) - centre)
		d += (float64(x[3]) - centre) * (float64(x[3]) - centre)
	}
	for _, v := range x {
		a += (float64(v) - centre) * (float64(v) - centre)
	}
	return a + b + (c + d)
}

func expSumPortable(dst, src []float32, m float32) float32 {
	src = src[:len(dst)]
	var sum float64
	for i, x := range src {
		e := exp32(x - m)
		dst[i] = e
		sum += float64(e)
	}
	return float32(sum)
}
