package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"
)

func TestTile(t *testing.T) {
	for _, l := range Levels() {
		t.Run(fmt.Sprint(l, "/float32"), func(t *testing.T) { testTile[float32](t, l, 1e-5) })
		t.Run(fmt.Sprint(l, "/float64"), func(t *testing.T) { testTile[float64](t, l, 1e-13) })
	}
}

func testTile[T float32 | float64](t *testing.T, l Level, tol float64) {
	rng := rand.New(rand.NewPCG(1, uint64(l)))
	til := tilingOf[T](l)
	size := int(unsafe.Sizeof(T(0)))
	for _, atEnd := range []bool{true, false} {
		// Operands are carved out of the guarded pages at the side of the guard.
		const most = 8 << 10
		pages := map[string][]T{}
		for _, name := range []string{"a", "b", "c", "bias", "resid"} {
			pages[name] = guarded[T](t, most, atEnd)
		}
		take := func(name string, n int) []T {
			x := pages[name][:n]
			if atEnd {
				x = pages[name][most-n:]
			}
			for i := range x {
				x[i] = T(rng.IntN(2000)-1000) / 500
			}
			return x
		}
		for rows := 1; rows <= til.rows; rows++ {
			for cols := 1; cols <= til.width(); cols++ {
				taps, depth := 1+rng.IntN(3), rng.IntN(20)
				lda, ldc, ldr := depth+rng.IntN(3), cols+rng.IntN(3), cols+rng.IntN(3)
				vecs, tail := til.split(cols)
				a := take("a", max(1, (taps*rows-1)*lda+depth))
				c := take("c", (rows-1)*ldc+cols)
				bias, resid := take("bias", cols), take("resid", (rows-1)*ldr+cols)
				ldb, packed := vecs*til.lanes, rng.IntN(2) == 0
				b := make([]T, max(1, taps*depth*ldb))
				if !packed {
					ldb = cols + rng.IntN(3)
					b = take("b", max(1, (taps*depth-1)*ldb+cols))
				}
				for i := range b {
					b[i] = T(rng.NormFloat64())
				}
				off := make([]int64, taps*tileRows)
				for tap := range taps {
					for i := range rows {
						off[tap*tileRows+i] = int64((tap*rows + i) * lda * size)
						if rng.IntN(4) == 0 {
							off[tap*tileRows+i] = -1
						}
					}
				}
				op := tileOp[T]{
					a: unsafe.Pointer(&a[0]), off: &off[0], taps: int64(taps), depth: int64(depth),
					b: unsafe.Pointer(&b[0]), c: unsafe.Pointer(&c[0]), ldc: int64(ldc * size),
					rows: int64(rows), vecs: int64(vecs), tail: int64(tail),
					alpha: 1, beta: 2, lo: -1, hi: 1,
				}
				withBias, withResid := rng.IntN(2) == 0, rng.IntN(2) == 0
				if withBias {
					op.bias = unsafe.Pointer(&bias[0])
				}
				if !packed {
					op.ldb = int64(ldb * size)
				}
				if withResid {
					op.resid, op.ldr = unsafe.Pointer(&resid[0]), int64(ldr*size)
				}
				if rng.IntN(2) == 0 {
					op.alpha = -.5
				}
				op.flags = rng.Int64N(4)
				if op.flags&tileReadC == 0 {
					c[0] = T(math.NaN()) // is not read
				}
				if withResid && op.flags&tileClip != 0 {
					resid[len(resid)-1] = T(math.NaN()) // is not clipped
				}
				want := make([]float64, len(c))
				for i := range c {
					want[i] = float64(c[i])
				}
				for i := range rows {
					for j := range cols {
						var sum float64
						if withBias {
							sum = float64(bias[j])
						}
						for tap := range taps {
							if o := off[tap*tileRows+i]; o >= 0 {
								for k := range depth {
									sum += float64(a[int(o)/size+k]) * float64(b[(tap*depth+k)*ldb+j])
								}
							}
						}
						sum *= float64(op.alpha)
						if op.flags&tileReadC != 0 {
							sum += 2 * want[i*ldc+j]
						}
						if withResid {
							sum += float64(resid[i*ldr+j])
						}
						if op.flags&tileClip != 0 && !math.IsNaN(sum) {
							sum = max(-1, min(1, sum))
						}
						want[i*ldc+j] = sum
					}
				}
				op.run(l)
				for i := range c {
					if got := float64(c[i]); !(math.Abs(got-want[i]) <= tol*(1+math.Abs(want[i]))*10) && !(math.IsNaN(got) && math.IsNaN(want[i])) {
						t.Fatalf("%d×%d, %d taps of %d, flags %b: element %d is %g, want %g", rows, cols, taps, depth, op.flags, i, got, want[i])
					}
				}
			}
		}
	}
}

func BenchmarkTile(b *testing.B) {
	for _, l := range Levels() {
		benchmarkTile[float32](b, l)
		benchmarkTile[float64](b, l)
	}
}

func benchmarkTile[T float32 | float64](b *testing.B, l Level) {
	til := tilingOf[T](l)
	const depth = 256
	size := int(unsafe.Sizeof(T(0)))
	x, y, z := make([]T, tileRows*(depth+16)), make([]T, depth*til.width()), make([]T, tileRows*til.width())
	off := make([]int64, tileRows)
	for i := range off {
		off[i] = int64(i * (depth + 16) * size)
	}
	for _, rows := range []int{1, 2, 3, 4, 6} {
		for _, vecs := range []int{1, 2, 4} {
			if rows > til.rows || vecs > til.vecs {
				continue
			}
			b.Run(fmt.Sprintf("%v/float%d/%dx%d", l, 8*size, rows, vecs), func(b *testing.B) {
				op := tileOp[T]{
					a: unsafe.Pointer(&x[0]), off: &off[0], taps: 1, depth: depth, b: unsafe.Pointer(&y[0]),
					c: unsafe.Pointer(&z[0]), ldc: int64(vecs * til.lanes * size),
					rows: int64(rows), vecs: int64(vecs), tail: int64(til.lanes), alpha: 1,
				}
				for b.Loop() {
					op.run(l)
				}
				flops := float64(2*depth*rows*vecs*til.lanes) * float64(b.N)
				b.ReportMetric(flops/b.Elapsed().Seconds()/1e9, "GFLOP/s")
			})
		}
	}
}
