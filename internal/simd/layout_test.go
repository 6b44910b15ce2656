package simd

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
)

// counted fills x with its indices.
func counted(x []float32) []float32 {
	for i := range x {
		x[i] = float32(i)
	}
	return x
}

func TestTranspose(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(3))
	var shapes [][3]int
	for r := 1; r < 36; r++ {
		for c := 1; c < 36; c++ {
			shapes = append(shapes, [3]int{1 + (r+c)%2, r, c})
		}
	}
	shapes = append(shapes, [3]int{2, 3, 50_001}, [3]int{1, 50_001, 3}, [3]int{5, 67, 2500}, [3]int{0, 3, 3}, [3]int{1, 1, 70_000}, [3]int{1, 300, 301})
	eachLevel(t, func(t *testing.T) {
		for _, s := range shapes {
			n, rows, cols := s[0], s[1], s[2]
			for _, atEnd := range []bool{false, true} {
				src, dst := counted(guarded[float32](t, n*rows*cols, atEnd)), guarded[float32](t, n*rows*cols, atEnd)
				Transpose(dst, src, n, rows, cols)
				for i := range n {
					for r := range rows {
						for c := range cols {
							if got, want := dst[(i*cols+c)*rows+r], src[(i*rows+r)*cols+c]; got != want {
								t.Fatalf("%v: element %d, %d, %d is %g, want %g", s, i, r, c, got, want)
							}
						}
					}
				}
			}
		}
	})
}

func TestPermute(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(3))
	eachLevel(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(1, 2))
		for range 1500 {
			k := rng.IntN(6)
			dims, perm, n := make([]int, k), rng.Perm(k), 1
			for i := range dims {
				dims[i] = 1 + rng.IntN(7)
				if rng.IntN(3) == 0 {
					dims[i] = 1 + rng.IntN(30)
				}
				n *= dims[i]
			}
			if n > 100_000 {
				continue
			}
			src, dst := counted(guarded[float32](t, n, true)), guarded[float32](t, n, true)
			Permute(dst, src, dims, perm)
			index := make([]int, k)
			for o := range dst {
				rest := o
				for a := k - 1; a >= 0; a-- {
					index[perm[a]] = rest % dims[perm[a]]
					rest /= dims[perm[a]]
				}
				at := 0
				for a, i := range index {
					at = at*dims[a] + i
				}
				if dst[o] != float32(at) {
					t.Fatalf("Permute(%v, %v): element %d is number %g, want %d", dims, perm, o, dst[o], at)
				}
			}
		}
		Permute(nil, nil, []int{3, 0, 2}, []int{2, 0, 1})
	})
}

func TestCopyRows(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(3))
	shapes := [][4]int{{100, 20, 17, 13}, {5000, 40, 30, 30}, {3, 300, 301, 270}, {0, 3, 3, 3}, {4, 6, 0, 5}, {3, 3, 3, 0}}
	for n := 1; n < 68; n++ {
		shapes = append(shapes, [4]int{1 + n%5, n + n%3, n + n%4, n})
	}
	eachLevel(t, func(t *testing.T) {
		for _, s := range shapes {
			for _, atEnd := range []bool{false, true} {
				rows, dstStride, srcStride, n := s[0], s[1], s[2], s[3]
				if rows == 0 {
					CopyRows(nil, dstStride, nil, srcStride, rows, n)
					continue
				}
				src := counted(guarded[float32](t, (rows-1)*srcStride+n, atEnd))
				dst := guarded[float32](t, (rows-1)*dstStride+n, atEnd)
				CopyRows(dst, dstStride, src, srcStride, rows, n)
				for i, got := range dst {
					want := float32(0)
					if r, j := i/dstStride, i%dstStride; j < n {
						want = src[r*srcStride+j]
					}
					if got != want {
						t.Fatalf("%v: element %d is %g, want %g", s, i, got, want)
					}
				}
			}
		}
	})
}

func BenchmarkLayout(b *testing.B) {
	for _, l := range Levels() {
		run := func(name string, elements int, f func(dst, src []float32)) {
			b.Run(fmt.Sprintf("%v/%s", l, name), func(b *testing.B) {
				defer Use(l)()
				src, dst := filled(elements, 1), filled(elements, 1)
				for b.Loop() {
					f(dst, src)
				}
				rate(b, elements, 8)
			})
		}
		for _, s := range [][3]int{{1, 64, 784}, {1, 784, 64}, {1, 256, 256}, {1, 512, 49}, {1, 3, 50176}, {1, 50176, 3}, {1, 2048, 2048}, {1, 2000, 2100}} {
			run(fmt.Sprintf("Transpose%v", s), s[0]*s[1]*s[2], func(dst, src []float32) { Transpose(dst, src, s[0], s[1], s[2]) })
		}
		run("Permute heads", 197*768, func(dst, src []float32) { Permute(dst, src, []int{1, 197, 12, 64}, []int{0, 2, 1, 3}) })
		run("Permute keys", 197*768, func(dst, src []float32) { Permute(dst, src, []int{1, 197, 12, 64}, []int{0, 2, 3, 1}) })
		run("Permute patches", 3*224*224, func(dst, src []float32) {
			Permute(dst, src, []int{1, 3, 14, 16, 14, 16}, []int{0, 2, 4, 3, 5, 1})
		})
		run("CopyRows", 784*64, func(dst, src []float32) { CopyRows(dst, 64, src, 64, 784, 32) })
	}
}
