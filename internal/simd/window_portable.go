package simd

import "unsafe"

// portable is the kernel of the operation in plain Go.
func (op windowOp) portable(a *windowArgs) {
	var sums [64]float32
	for p := range a.pixels {
		for c := 0; c < a.channels; c += len(sums) {
			sum := sums[:min(len(sums), a.channels-c)]
			op.begin(sum, a, c)
			for i := range a.rows {
				for j := range a.cols {
					at := p*a.srcStep + i*a.srcRow + j*a.srcCol
					x := floats(a.src, at, c, len(sum))
					switch op {
					case windowFMA:
						w := floats(a.weights, i*a.weightRow+j*a.weightCol, c, len(sum))
						for k, v := range x {
							sum[k] += v * w[k]
						}
					case windowFour:
						w := unsafe.Add(a.weights, i*a.weightRow+j*a.weightCol)
						for g := range 4 {
							for k, v := range floats(w, g*4*a.channels, c, len(sum)) {
								sum[k] += x[k&^3+g] * v
							}
						}
					case windowMax:
						for k, v := range x {
							sum[k] = max(sum[k], v)
						}
					case windowSum:
						for k, v := range x {
							sum[k] += v
						}
					}
				}
			}
			op.end(sum, a, p, c)
			copy(floats(a.dst, p*a.dstStep, c, len(sum)), sum)
		}
	}
}

// floats returns n floats, beginning at float c of what is at bytes from base.
func floats(base unsafe.Pointer, at, c, n int) []float32 {
	return unsafe.Slice((*float32)(unsafe.Add(base, at+4*c)), n)
}

func (op windowOp) begin(sum []float32, a *windowArgs, c int) {
	switch {
	case op == windowMax:
		for k := range sum {
			sum[k] = a.lo
		}
	case (op == windowFMA || op == windowFour) && a.bias != nil:
		copy(sum, floats(a.bias, 0, c, len(sum)))
	default:
		clear(sum)
	}
}

func (op windowOp) end(sum []float32, a *windowArgs, p, c int) {
	switch op {
	case windowFMA, windowFour:
		if a.residual != nil {
			for k, v := range floats(a.residual, p*a.residualStep, c, len(sum)) {
				sum[k] += v
			}
		}
		for k, v := range sum {
			sum[k] = min(max(v, a.lo), a.hi)
		}
	case windowSum:
		scale := *(*float32)(unsafe.Add(a.scale, p*a.scaleStep))
		for k := range sum {
			sum[k] *= scale
		}
	}
}

func sumPixelsPortable(dst, src []float32, pixels, step int, scale float32) {
	clear(dst)
	for p := range pixels {
		for j, v := range src[p*step:][:len(dst)] {
			dst[j] += v
		}
	}
	for j := range dst {
		dst[j] *= scale
	}
}
