// Command window writes the kernels that go over windows of images in NHWC:
// depthwise convolution, maximum, sum, and the sum over all pixels. Lanes are
// channels; up to eight output pixels are in registers at once.
package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// Offsets of the fields of windowArgs in window.go.
const (
	dst = 8 * iota
	src
	weights
	bias
	residual
	scale
	pixels
	channels
	rows
	cols
	srcStep
	dstStep
	residualStep
	scaleStep
	srcRow
	srcCol
	weightRow
	weightCol
	ahead
	srcAt
	dstAt
	residualAt
	scaleAt
	lo // and hi, 4 bytes each
	hi = lo + 4
)

// An isa is an instruction set.
type isa struct {
	name  string
	width int // floats
	reg   func(i int) VecPhysical
	mask  Op // register of the tail's mask
}

var avx512 = isa{"AVX512", 16, func(i int) VecPhysical { return zmm[i] }, K1}
var avx2 = isa{"AVX2", 8, func(i int) VecPhysical { return ymm[i] }, Y15}

var ymm = []VecPhysical{Y0, Y1, Y2, Y3, Y4, Y5, Y6, Y7, Y8, Y9, Y10, Y11, Y12, Y13, Y14, Y15}
var zmm = []VecPhysical{Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7, Z8, Z9, Z10, Z11, Z12, Z13, Z14, Z15,
	Z16, Z17, Z18, Z19, Z20, Z21, Z22, Z23, Z24, Z25, Z26, Z27, Z28, Z29, Z30, Z31}

// load sets r to what is at m, 0 beyond the tail.
func (s isa) load(m Mem, r VecPhysical, tail bool) {
	switch {
	case !tail:
		VMOVUPS(m, r)
	case s.width == 16:
		VMOVUPS_Z(m, s.mask, r)
	default:
		VMASKMOVPS(m, s.mask, r)
	}
}

func (s isa) store(r VecPhysical, m Mem, tail bool) {
	switch {
	case !tail:
		VMOVUPS(r, m)
	case s.width == 16:
		VMOVUPS(r, s.mask, m)
	default:
		VMASKMOVPS(r, s.mask, m)
	}
}

// tailMask sets the mask to the first n < width lanes. It changes n. For AVX2
// it returns where the mask is in memory.
func (s isa) tailMask(n GPVirtual) (from GPVirtual) {
	t := GP64()
	if s.width == 16 {
		one := GP64()
		MOVQ(U32(1), one)
		SHLXQ(n, one, t)
		DECQ(t)
		KMOVW(t.As32(), s.mask)
		return nil
	}
	LEAQ(lanes, t)
	SHLQ(U8(2), n)
	SUBQ(n, t)
	ADDQ(U8(32), t)
	VMOVUPS(Mem{Base: t}, s.mask)
	return t
}

var lanes Mem // 8 × −1, 8 × 0

// at returns where pixel p is, if base is pixel 0 and base4 is pixel 4.
func at(p int, base, base4, step, step3 Register) Mem {
	if p >= 4 {
		base, p = base4, p-4
	}
	switch p {
	case 0:
		return Mem{Base: base}
	case 3:
		return Mem{Base: base, Index: step3, Scale: 1}
	default:
		return Mem{Base: base, Index: step, Scale: uint8(p)}
	}
}

// walk sets base4 as at wants it.
func walk(p int, base, base4, step Register) {
	if p > 4 {
		LEAQ(Mem{Base: base, Index: step, Scale: 4}, base4)
	}
}

// weighted reports whether the operation has weights and an epilogue.
func weighted(op string) bool { return op == "FMA" || op == "Four" }

// window writes the kernel for any window, steps and taps: FMA is depthwise
// convolution, Four is convolution in groups of four channels.
func window(s isa, op string) {
	TEXT("window"+op+s.name, NOSPLIT, "func(args *byte)")
	Pragma("noescape")
	Doc("window" + op + s.name + " wants *windowArgs, whose last integers it changes.")
	a := Load(Param("args"), GP64()).(GPVirtual)
	arg := func(off int) Mem { return Mem{Base: a, Disp: off} }
	loV := s.reg(14)
	if op == "Max" {
		VBROADCASTSS(arg(lo), loV)
	}
	step, step3 := GP64(), GP64()
	MOVQ(arg(srcStep), step)
	LEAQ(Mem{Base: step, Index: step, Scale: 2}, step3)
	s.pixels(op, 8, a, func(p int, label string, at0 GPVirtual, tail bool, _ GPVirtual) {
		body(s, op, p, label, a, at0, step, step3, tail)
	})
}

// pixels writes the loops over pixels, most of them at once or fewer, and over
// vectors of channels, around a body.
func (s isa) pixels(op string, most int, a GPVirtual, body func(p int, label string, at0 GPVirtual, tail bool, mask GPVirtual)) {
	arg := func(off int) Mem { return Mem{Base: a, Disp: off} }
	for p := most; p > 0; p /= 2 {
		label := fmt.Sprintf("pixels%d", p)
		next := fmt.Sprintf("pixels%d", p/2)
		Label(label)
		CMPQ(arg(pixels), U8(p))
		JLT(LabelRef(next))
		at0, left := GP64(), GP64()
		XORQ(at0, at0)
		MOVQ(arg(channels), left)
		SUBQ(U8(s.width), left)
		JLT(LabelRef(label + "tail"))
		Label(label + "full")
		body(p, label+"full", at0, false, nil)
		ADDQ(U8(4*s.width), at0)
		SUBQ(U8(s.width), left)
		JGE(LabelRef(label + "full"))
		Label(label + "tail")
		ADDQ(U8(s.width), left)
		JZ(LabelRef(label + "end"))
		body(p, label+"tail", at0, true, s.tailMask(left))
		Label(label + "end")
		for _, move := range [][2]int{{srcAt, srcStep}, {dstAt, dstStep}, {residualAt, residualStep}, {scaleAt, scaleStep}} {
			if move[0] == residualAt && !weighted(op) || move[0] == scaleAt && op != "Sum" {
				continue
			}
			t := GP64()
			MOVQ(arg(move[1]), t)
			if p > 1 {
				SHLQ(U8(map[int]int{2: 1, 4: 2, 8: 3}[p]), t)
			}
			ADDQ(t, arg(move[0]))
		}
		SUBQ(U8(p), arg(pixels))
		JMP(LabelRef(label))
	}
	Label("pixels0")
	VZEROUPPER()
	RET()
}

// body does p pixels of one vector of channels.
func body(s isa, op string, p int, label string, a, at0, step, step3 GPVirtual, tail bool) {
	arg := func(off int) Mem { return Mem{Base: a, Disp: off} }
	acc := func(i int) VecPhysical { return s.reg(i) }
	w, x, spare := s.reg(8), s.reg(9), s.reg(10)
	if op == "Four" {
		x, spare = s.reg(12), s.reg(13)
	}
	loV := s.reg(14)

	switch op {
	case "FMA", "Four":
		s.start(p, label, a, at0, tail)
	case "Sum":
		for i := range p {
			VXORPS(acc(i), acc(i), acc(i))
		}
	case "Max":
		for i := range p {
			VMOVAPS(loV, acc(i))
		}
	}
	row, col, x0, x4, wRow, w0 := GP64(), GP64(), GP64(), GP64(), GP64(), GP64()
	ky, kx := GP64(), GP64()
	MOVQ(arg(rows), ky)
	TESTQ(ky, ky)
	JZ(LabelRef(label + "summed"))
	MOVQ(arg(src), row)
	ADDQ(arg(srcAt), row)
	ADDQ(at0, row)
	if weighted(op) {
		MOVQ(arg(weights), wRow)
		ADDQ(at0, wRow)
	}
	MOVQ(arg(srcCol), col)
	Label(label + "row")
	MOVQ(row, x0)
	if weighted(op) {
		MOVQ(wRow, w0)
	}
	MOVQ(arg(cols), kx)
	Label(label + "col")
	walk(p, x0, x4, step)
	switch op {
	case "FMA":
		s.load(Mem{Base: w0}, w, tail)
		ADDQ(arg(weightCol), w0)
	case "Four": // a row of weights for each channel of a group
		next := GP64()
		MOVQ(arg(weightCol), next)
		SHRQ(U8(2), next)
		for i := range 4 {
			s.load(Mem{Base: w0}, s.reg(8+i), tail)
			ADDQ(next, w0)
		}
	}
	for i := range p {
		m := at(i, x0, x4, step, step3)
		var from Op = m
		if tail || op == "Max" || op == "Four" {
			s.load(m, x, tail)
			from = x
		}
		switch op {
		case "FMA":
			VFMADD231PS(from, w, acc(i))
		case "Four":
			// Each channel of a group goes to all four.
			for j := range 4 {
				VPERMILPS(U8(0x55*j), x, spare)
				VFMADD231PS(spare, s.reg(8+j), acc(i))
			}
		case "Sum":
			VADDPS(from, acc(i), acc(i))
		case "Max":
			// A maximum is its second operand if one is NaN, so one of
			// the two is NaN; without NaN they are equal.
			VMAXPS(x, acc(i), w)
			VMAXPS(acc(i), x, acc(i))
			VORPS(w, acc(i), acc(i))
		}
	}
	ADDQ(col, x0)
	DECQ(kx)
	JNZ(LabelRef(label + "col"))
	ADDQ(arg(srcRow), row)
	if weighted(op) {
		ADDQ(arg(weightRow), wRow)
	}
	DECQ(ky)
	JNZ(LabelRef(label + "row"))
	Label(label + "summed")

	switch op {
	case "FMA", "Four":
		s.finish(p, label, a, at0, tail)
	case "Sum":
		base := GP64()
		MOVQ(arg(scale), base)
		ADDQ(arg(scaleAt), base)
		for i := range p {
			VBROADCASTSS(Mem{Base: base}, x)
			VMULPS(x, acc(i), acc(i))
			if i < p-1 {
				ADDQ(arg(scaleStep), base)
			}
		}
	}
	s.write(p, a, at0, tail)
}

// start sets the sums of p pixels to the bias.
func (s isa) start(p int, label string, a, at0 GPVirtual, tail bool) {
	b := GP64()
	MOVQ(Mem{Base: a, Disp: bias}, b)
	TESTQ(b, b)
	JZ(LabelRef(label + "nobias"))
	s.load(Mem{Base: b, Index: at0, Scale: 1}, s.reg(0), tail)
	for i := 1; i < p; i++ {
		VMOVAPS(s.reg(0), s.reg(i))
	}
	JMP(LabelRef(label + "start"))
	Label(label + "nobias")
	for i := range p {
		VXORPS(s.reg(i), s.reg(i), s.reg(i))
	}
	Label(label + "start")
}

// finish adds the residual and applies the bounds, with registers p to p+2.
func (s isa) finish(p int, label string, a, at0 GPVirtual, tail bool) {
	x, loV, hiV := s.reg(p), s.reg(p+1), s.reg(p+2)
	VBROADCASTSS(Mem{Base: a, Disp: lo}, loV)
	VBROADCASTSS(Mem{Base: a, Disp: hi}, hiV)
	base, base4, by, by3 := GP64(), GP64(), GP64(), GP64()
	MOVQ(Mem{Base: a, Disp: residual}, base)
	TESTQ(base, base)
	JZ(LabelRef(label + "clip"))
	ADDQ(Mem{Base: a, Disp: residualAt}, base)
	ADDQ(at0, base)
	MOVQ(Mem{Base: a, Disp: residualStep}, by)
	LEAQ(Mem{Base: by, Index: by, Scale: 2}, by3)
	walk(p, base, base4, by)
	for i := range p {
		m := at(i, base, base4, by, by3)
		if tail {
			s.load(m, x, tail)
			VADDPS(x, s.reg(i), s.reg(i))
		} else {
			VADDPS(m, s.reg(i), s.reg(i))
		}
	}
	Label(label + "clip")
	for i := range p {
		VMAXPS(s.reg(i), loV, s.reg(i))
		VMINPS(s.reg(i), hiV, s.reg(i))
	}
}

// write stores p pixels.
func (s isa) write(p int, a, at0 GPVirtual, tail bool) {
	base, base4, by, by3 := GP64(), GP64(), GP64(), GP64()
	MOVQ(Mem{Base: a, Disp: dst}, base)
	ADDQ(Mem{Base: a, Disp: dstAt}, base)
	ADDQ(at0, base)
	MOVQ(Mem{Base: a, Disp: dstStep}, by)
	LEAQ(Mem{Base: by, Index: by, Scale: 2}, by3)
	walk(p, base, base4, by)
	for i := range p {
		s.store(s.reg(i), at(i, base, base4, by, by3), tail)
	}
}

// slide writes the depthwise convolution along a row with all of the kw taps
// of a row, stride 1 or 2: each input is read once for all that it adds to.
func slide(s isa, kw, stride int) {
	TEXT(fmt.Sprintf("slide%dx%d%s", kw, stride, s.name), NOSPLIT, "func(args *byte)")
	Pragma("noescape")
	Doc(fmt.Sprintf("slide%dx%d%s wants *windowArgs, whose last integers it changes.", kw, stride, s.name))
	a := Load(Param("args"), GP64()).(GPVirtual)
	arg := func(off int) Mem { return Mem{Base: a, Disp: off} }
	col, col3 := GP64(), GP64()
	MOVQ(arg(srcCol), col)
	LEAQ(Mem{Base: col, Index: col, Scale: 2}, col3)
	s.pixels("FMA", 8, a, func(p int, label string, at0 GPVirtual, tail bool, mask GPVirtual) {
		w := func(i int) VecPhysical { return s.reg(p + i) }
		free := min(2*s.width-p-kw, 4) // of the registers, for inputs
		if s.width == 8 {
			free = min(15-p-kw, 4)
		}
		// With none free, inputs take the place of the mask.
		remask := func() {
			if free == 0 && tail {
				VMOVUPS(Mem{Base: mask}, s.mask)
			}
		}
		s.start(p, label, a, at0, tail)
		row, wRow, ky, x0, x4 := GP64(), GP64(), GP64(), GP64(), GP64()
		MOVQ(arg(rows), ky)
		TESTQ(ky, ky)
		JZ(LabelRef(label + "summed"))
		MOVQ(arg(src), row)
		ADDQ(arg(srcAt), row)
		ADDQ(at0, row)
		MOVQ(arg(weights), wRow)
		ADDQ(at0, wRow)
		Label(label + "row")
		walk(kw, wRow, x4, col)
		remask()
		for i := range kw {
			s.load(at(i, wRow, x4, col, col3), w(i), tail)
		}
		MOVQ(row, x0)
		for j := range (p-1)*stride + kw {
			if j > 0 && j%4 == 0 {
				LEAQ(Mem{Base: x0, Index: col, Scale: 4}, x0)
			}
			x := s.reg(p + kw + j%max(free, 1))
			used := false
			for i := range p {
				if k := j - stride*i; k >= 0 && k < kw {
					if !used {
						remask()
						s.load(at(j%4, x0, nil, col, col3), x, tail)
						used = true
					}
					VFMADD231PS(x, w(k), s.reg(i))
				}
			}
		}
		ADDQ(arg(srcRow), row)
		ADDQ(arg(weightRow), wRow)
		DECQ(ky)
		JNZ(LabelRef(label + "row"))
		// What the next row of outputs adds.
		CMPQ(arg(ahead), U8(0))
		JEQ(LabelRef(label + "summed"))
		for r := range stride {
			if r > 0 {
				ADDQ(arg(srcRow), row)
			}
			MOVQ(row, x0)
			for j := range p * stride {
				if j > 0 && j%4 == 0 {
					LEAQ(Mem{Base: x0, Index: col, Scale: 4}, x0)
				}
				PREFETCHT0(at(j%4, x0, nil, col, col3))
			}
		}
		Label(label + "summed")
		remask()
		s.finish(p, label, a, at0, tail)
		s.write(p, a, at0, tail)
	})
}

// sum writes the sum over pixels that are step bytes apart.
func sum(s isa) {
	TEXT("sumPixels"+s.name, NOSPLIT, "func(dst, src *float32, pixels, step, channels int, scale float32)")
	Pragma("noescape")
	Doc("sumPixels" + s.name + " sets dst to the sums of the channels over pixels step bytes apart, times the scale.")
	to, from := Load(Param("dst"), GP64()), Load(Param("src"), GP64())
	n, step := Load(Param("pixels"), GP64()), Load(Param("step"), GP64())
	left := Load(Param("channels"), GP64()).(GPVirtual)
	factor := s.reg(14)
	m, err := Param("scale").Resolve()
	if err != nil {
		panic(err)
	}
	VBROADCASTSS(m.Addr, factor)
	for _, block := range []struct {
		label, next string
		vectors     int
		tail        bool
	}{{"four", "one", 4, false}, {"one", "tail", 1, false}, {"tail", "end", 1, true}} {
		Label(block.label)
		if block.tail {
			TESTQ(left, left)
			JZ(LabelRef("end"))
			keep := GP64()
			MOVQ(left, keep)
			s.tailMask(keep)
		} else {
			CMPQ(left, U8(block.vectors*s.width))
			JLT(LabelRef(block.next))
		}
		for i := range block.vectors {
			VXORPS(s.reg(i), s.reg(i), s.reg(i))
		}
		p, k := GP64(), GP64()
		MOVQ(from, p)
		MOVQ(n, k)
		Label(block.label + "pixel")
		for i := range block.vectors {
			m := Mem{Base: p, Disp: 4 * s.width * i}
			if block.tail {
				s.load(m, s.reg(8), true)
				VADDPS(s.reg(8), s.reg(i), s.reg(i))
			} else {
				VADDPS(m, s.reg(i), s.reg(i))
			}
		}
		ADDQ(step, p)
		DECQ(k)
		JNZ(LabelRef(block.label + "pixel"))
		for i := range block.vectors {
			VMULPS(factor, s.reg(i), s.reg(i))
			s.store(s.reg(i), Mem{Base: to, Disp: 4 * s.width * i}, block.tail)
		}
		if !block.tail {
			bytes := U32(4 * s.width * block.vectors)
			ADDQ(bytes, to)
			ADDQ(bytes, from)
			SUBQ(U8(block.vectors*s.width), left)
			JMP(LabelRef(block.label))
		}
	}
	Label("end")
	VZEROUPPER()
	RET()
}

// fetch writes the function that asks for rows of lines to come into the
// cache.
func fetch() {
	TEXT("fetchRows", NOSPLIT, "func(p *float32, rows, step, bytes int)")
	Pragma("noescape")
	Doc("fetchRows asks for rows, step bytes apart, to come into the cache.")
	p, n := Load(Param("p"), GP64()), Load(Param("rows"), GP64())
	step, bytes := Load(Param("step"), GP64()), Load(Param("bytes"), GP64())
	Label("row")
	at := GP64()
	XORQ(at, at)
	Label("line")
	PREFETCHT0(Mem{Base: p, Index: at, Scale: 1})
	ADDQ(U8(64), at)
	CMPQ(at, bytes)
	JLT(LabelRef("line"))
	ADDQ(step, p)
	DECQ(n)
	JNZ(LabelRef("row"))
	RET()
}

func main() {
	ConstraintExpr("amd64")
	lanes = GLOBL("windowLanes", 8|16) // RODATA|NOPTR
	for i := range 16 {
		v := uint32(0xffffffff)
		if i >= 8 {
			v = 0
		}
		DATA(4*i, U32(v))
	}
	for _, s := range []isa{avx512, avx2} {
		for _, op := range []string{"FMA", "Four", "Max", "Sum"} {
			window(s, op)
		}
		for _, kw := range []int{3, 5, 7} {
			slide(s, kw, 1)
			slide(s, kw, 2)
		}
		sum(s)
	}
	fetch()
	Generate()
}
