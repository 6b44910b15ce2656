//go:build !amd64

package simd

func windowKernel(op windowOp) func(*windowArgs) { return op.portable }

func slideKernel(kw, stride int) func(*windowArgs) { return nil }

func sumPixels(dst, src []float32, pixels, step int, scale float32) {
	sumPixelsPortable(dst, src, pixels, step, scale)
}

func fetchRows(p *float32, rows, step, bytes int) {}
