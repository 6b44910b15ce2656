package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
)

func TestMatMul(t *testing.T) {
	for _, l := range Levels() {
		t.Run(fmt.Sprint(l), func(t *testing.T) {
			defer Use(l)()
			testMatMul(t)
		})
	}
}

func testMatMul(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, uint64(Active())))
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	const most = 70 * 700
	for _, atEnd := range []bool{true, false} {
		var pages [5][]float32
		for i := range pages {
			pages[i] = guarded[float32](t, most, atEnd)
		}
		for round := range 500 {
			runtime.GOMAXPROCS(1 + round%2)
			m, n, k := someSize(rng), 1+someSize(rng), 1+someSize(rng)
			if rng.IntN(5) == 0 {
				k = 1 + rng.IntN(600)
			} else if rng.IntN(5) == 0 {
				n = 1 + rng.IntN(600)
			}
			trans := rng.IntN(2) == 0
			lda, ldb, ldc, ldr := k+rng.IntN(3), n+rng.IntN(3), n+rng.IntN(3), n+rng.IntN(3)
			if trans {
				ldb = k + rng.IntN(3)
			}
			a := operand(t, rng, pages[0], atEnd, m, k, lda, false)
			b := operand(t, rng, pages[1], atEnd, k, n, ldb, trans)
			c := operand(t, rng, pages[2], atEnd, m, n, ldc, false)
			var e Epilogue
			if rng.IntN(2) == 0 {
				e.Bias = operand(t, rng, pages[3], atEnd, 1, n, n, false)
			}
			switch rng.IntN(3) {
			case 0:
				e.Residual, e.Stride = operand(t, rng, pages[4], atEnd, m, n, ldr, false), ldr
			case 1:
				e.Residual, e.Stride = c, ldc
			}
			if m == 0 {
				e.Residual = nil
			}
			if rng.IntN(2) == 0 {
				e.Lo, e.Hi = -1, 2
			}
			if rng.IntN(3) == 0 {
				e.Act = HardSigmoid
			}
			want := make([]float64, len(c))
			for i := range c {
				want[i] = float64(c[i])
				if e.Residual == nil {
					c[i] = float32(math.NaN()) // is not read
				}
			}
			for i := range m {
				for j := range n {
					var sum float64
					for l := range k {
						v := 0.
						if trans {
							v = float64(b[j*ldb+l])
						} else {
							v = float64(b[l*ldb+j])
						}
						sum += float64(a[i*lda+l]) * v
					}
					if e.Bias != nil {
						sum += float64(e.Bias[j])
					}
					if e.Residual != nil {
						sum += float64(e.Residual[i*e.Stride+j])
					}
					if e.Act == HardSigmoid {
						sum = max(0, min(1, sum/6+.5))
					}
					if e.Lo != 0 {
						sum = max(-1, min(2, sum))
					}
					want[i*ldc+j] = sum
				}
			}
			w := Pack(trans, k, n, b, ldb)
			MatMul(m, a, lda, w, e, c, ldc)
			for i := range m {
				for j := range n {
					if got := float64(c[i*ldc+j]); !near(got, want[i*ldc+j], 2e-6*float64(k+2)) {
						t.Fatalf("m, n, k = %d, %d, %d, %v: (%d, %d) is %g, want %g", m, n, k, e.Act, i, j, got, want[i*ldc+j])
					}
				}
			}
		}
	}
}

// NaN and infinities go where they must and nowhere else.
func TestMatMulNaN(t *testing.T) {
	for _, l := range Levels() {
		restore := Use(l)
		nan, inf := float32(math.NaN()), float32(math.Inf(1))
		const m, n, k = 9, 19, 5
		a, b, c := filledWith(m*k, 1), filledWith(k*n, 1), make([]float32, m*n)
		a[2*k], a[3*k+1], b[7] = nan, inf, nan
		MatMul(m, a, k, Pack(false, k, n, b, n), Epilogue{Hi: 6}, c, n)
		for i := range m {
			for j := range n {
				got, want := c[i*n+j], float32(5)
				switch {
				case i == 2 || j == 7:
					want = nan
				case i == 3:
					want = 6
				}
				if got != want && !(got != got && want != want) {
					t.Errorf("%v: (%d, %d) is %g, want %g", l, i, j, got, want)
				}
			}
		}
		restore()
	}
}

func filledWith(n int, v float32) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = v
	}
	return x
}

// Packed weights are shared, and used at the level that packed them.
func TestMatMulShared(t *testing.T) {
	const m, n, k = 50, 130, 300
	rng := rand.New(rand.NewPCG(7, 7))
	a, b := make([]float32, m*k), make([]float32, k*n)
	for i := range a {
		a[i] = float32(rng.NormFloat64())
	}
	for i := range b {
		b[i] = float32(rng.NormFloat64())
	}
	for _, l := range Levels() {
		restore := Use(l)
		w, want := Pack(false, k, n, b, n), make([]float32, m*n)
		MatMul(m, a, k, w, Epilogue{}, want, n)
		restore()
		var wg sync.WaitGroup
		for range 8 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				got := make([]float32, m*n)
				MatMul(m, a, k, w, Epilogue{}, got, n)
				for i := range got {
					if got[i] != want[i] {
						t.Errorf("%v: element %d is %g, was %g", l, i, got[i], want[i])
						return
					}
				}
			}()
		}
		wg.Wait()
	}
}

func BenchmarkMatMul(b *testing.B) {
	for _, l := range Levels() {
		restore := Use(l)
		for _, s := range [][3]int{{1, 1000, 512}, {1, 4096, 4096}, {1, 4096, 25088}, {2, 4096, 4096}, {16, 4096, 4096}, {197, 768, 768}, {197, 3072, 768}, {257, 384, 1536}} {
			m, n, k := s[0], s[1], s[2]
			if l == Portable && m*n*k > 1<<24 {
				continue
			}
			a, c := make([]float32, m*k), make([]float32, m*n)
			w := Pack(false, k, n, make([]float32, k*n), n)
			threads(b, fmt.Sprintf("%dx%dx%d", m, n, k), 2*float64(m)*float64(n)*float64(k), func() {
				MatMul(m, a, k, w, Epilogue{}, c, n)
			})
		}
		restore()
	}
}
