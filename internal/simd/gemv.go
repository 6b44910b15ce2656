package simd

import (
	"runtime"
	"unsafe"
)

//go:generate go run -C gen ./gemv -out ../gemv_amd64.s -stubs ../gemv_amd64_stubs.go -pkg simd

// vector returns k elements one after the other, where x has them every ld
// elements or already so.
func vector[T number](x []T, ld int, dense bool, k int) []T {
	if dense || ld == 1 {
		return x[:k]
	}
	v := make([]T, k)
	for i := range v {
		v[i] = x[i*ld]
	}
	return v
}

// matVec computes y = alpha·A·x + beta·y for an m×k matrix, where y has its
// elements every inc. It waits for memory: A is read once, along its rows.
func (p *product[T]) matVec(a matrix[T], x, y []T, inc, m int) {
	if a.trans {
		p.vecMat(a, x, y, inc, m)
		return
	}
	k := len(x)
	const long = 1 << 15 // what one call of a kernel sums
	Parallel(ceil(m, 4), Grain(40*k), func(lo, hi int) {
		var sums, s [4]T
		for i := 4 * lo; i < min(m, 4*hi); i += 4 {
			n := min(4, m-i)
			sums = [4]T{}
			for j := 0; j < k; j += long {
				end := min(j+long, k)
				if n == 4 {
					dots(p.level, &s, a.x[i*a.ld+j:], x[j:end], 4, a.ld)
				} else {
					for r := range n {
						var one [4]T
						dots(p.level, &one, a.x[(i+r)*a.ld+j:], x[j:end], 1, a.ld)
						s[r] = one[0]
					}
				}
				for r := range n {
					sums[r] += s[r]
				}
			}
			p.store(sums[:n], y[i*inc:], inc)
		}
	})
}

// vecMat is matVec where the transpose of A is stored: a sum of its rows.
func (p *product[T]) vecMat(a matrix[T], x, y []T, inc, m int) {
	const most = 2048 // columns whose sums stay in the first-level cache
	k := len(x)
	wide := min(most, max(256, ceil(ceil(m, runtime.GOMAXPROCS(0)), 64)*64))
	Parallel(ceil(m, wide), Grain(10*k*wide), func(lo, hi int) {
		sums, buf := borrow[T](wide)
		defer buf.giveBack()
		for j := lo * wide; j < min(m, hi*wide); j += wide {
			n := min(wide, m-j)
			clear(sums[:n])
			i := 0
			for ; i+4 <= k; i += 4 {
				axpys(p.level, sums[:n], a.x[i*a.ld+j:], x[i:], 4, a.ld)
			}
			for ; i < k; i++ {
				axpys(p.level, sums[:n], a.x[i*a.ld+j:], x[i:], 1, a.ld)
			}
			p.store(sums[:n], y[j*inc:], inc)
		}
	})
}

// store sets y to alpha·sums + beta·y.
func (p *product[T]) store(sums, y []T, inc int) {
	for i, s := range sums {
		s *= p.alpha
		if p.beta != 0 {
			s += p.beta * y[i*inc]
		}
		y[i*inc] = s
	}
}

// dots stores in y the products of 4 rows of a, or 1, and x.
func dots[T number](l Level, y *[4]T, a, x []T, rows, lda int) {
	_ = a[(rows-1)*lda+len(x)-1]
	if l == Portable {
		for r := range rows {
			var s [4]T
			row := a[r*lda:][:len(x)]
			i := 0
			for ; i+4 <= len(x); i += 4 {
				u, v := row[i:i+4:i+4], x[i:i+4:i+4]
				s[0] += u[0] * v[0]
				s[1] += u[1] * v[1]
				s[2] += u[2] * v[2]
				s[3] += u[3] * v[3]
			}
			for ; i < len(x); i++ {
				s[0] += row[i] * x[i]
			}
			y[r] = s[0] + s[1] + (s[2] + s[3])
		}
		return
	}
	size := int(unsafe.Sizeof(T(0)))
	dotsAsm(l, size, unsafe.Pointer(y), unsafe.Pointer(&a[0]), unsafe.Pointer(&x[0]), rows, lda*size, len(x))
}

// axpys adds x[i] times row i of b to y, for 4 rows of b or 1.
func axpys[T number](l Level, y, b, x []T, rows, ldb int) {
	_, _ = x[rows-1], b[(rows-1)*ldb+len(y)-1]
	if l == Portable {
		for r := range rows {
			f := x[r]
			row := b[r*ldb:][:len(y)]
			for j, v := range row {
				y[j] += f * v
			}
		}
		return
	}
	size := int(unsafe.Sizeof(T(0)))
	axpysAsm(l, size, unsafe.Pointer(&y[0]), unsafe.Pointer(&b[0]), unsafe.Pointer(&x[0]), rows, ldb*size, len(y))
}

// turn stores in dst the transpose of src, where rows and cols are multiples of
// the elements of 32 bytes. Not for Portable.
func turn[T number](dst []T, ldd int, src []T, lds, rows, cols int) {
	_, _ = dst[(cols-1)*ldd+rows-1], src[(rows-1)*lds+cols-1]
	size := int(unsafe.Sizeof(T(0)))
	turnAsm(size, unsafe.Pointer(&dst[0]), unsafe.Pointer(&src[0]), ldd*size, lds*size, rows, cols)
}
