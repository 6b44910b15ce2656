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
var avx2 = isa{"AVX2", 8, func(i int) VecPhysical { return ymm[i] }, Y13}

var ymm = []VecPhysical{Y0, Y1, Y2, Y3, Y4, Y5, Y6, Y7, Y8, Y9, Y10, Y11, Y12, Y13, Y14, Y15}
var zmm = []VecPhysical{Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7, Z8, Z9, Z10, Z11, Z12, Z13, Z14, Z15}

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

// tailMask sets the mask to the first n < width lanes.
func (s isa) tailMask(n GPVirtual) {
	t := GP64()
	if s.width == 16 {
		one := GP64()
		MOVQ(U32(1), one)
		SHLXQ(n, one, t)
		DECQ(t)
		KMOVW(t.As32(), s.mask)
		return
	}
	LEAQ(lanes, t)
	SHLQ(U8(2), n)
	SUBQ(n, t)
	VMOVUPS(Mem{Base: t, Disp: 32}, s.mask)
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

// walk sets base4 and step3 as at wants them.
func walk(p int, base, base4, step, step3 Register) {
	if p > 4 {
		LEAQ(Mem{Base: base, Index: step, Scale: 4}, base4)
	}
}

func window(s isa, op string) {
	TEXT("window"+op+s.name, NOSPLIT, "func(args *byte)")
	Pragma("noescape")
	Doc("window" + op + s.name + " wants *windowArgs, whose last integers it changes.")
	a := Load(Param("args"), GP64()).(GPVirtual)
	arg := func(off int) Mem { return Mem{Base: a, Disp: off} }
	loV, hiV := s.reg(14), s.reg(15)
	switch op {
	case "FMA":
		VBROADCASTSS(arg(lo), loV)
		VBROADCASTSS(arg(hi), hiV)
	case "Max":
		VBROADCASTSS(arg(lo), loV)
	}
	step, step3 := GP64(), GP64()
	MOVQ(arg(srcStep), step)
	LEAQ(Mem{Base: step, Index: step, Scale: 2}, step3)
	for _, p := range []int{8, 4, 2, 1} {
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
		body(s, op, p, label+"full", a, at0, step, step3, false)
		ADDQ(U8(4*s.width), at0)
		SUBQ(U8(s.width), left)
		JGE(LabelRef(label + "full"))
		Label(label + "tail")
		ADDQ(U8(s.width), left)
		JZ(LabelRef(label + "end"))
		s.tailMask(left)
		body(s, op, p, label+"tail", a, at0, step, step3, true)
		Label(label + "end")
		for _, move := range [][2]int{{srcAt, srcStep}, {dstAt, dstStep}, {residualAt, residualStep}, {scaleAt, scaleStep}} {
			if move[0] == residualAt && op != "FMA" || move[0] == scaleAt && op != "Sum" {
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
	w, x := s.reg(8), s.reg(9)
	loV, hiV := s.reg(14), s.reg(15)

	switch op {
	case "FMA":
		b := GP64()
		MOVQ(arg(bias), b)
		TESTQ(b, b)
		JZ(LabelRef(label + "nobias"))
		s.load(Mem{Base: b, Index: at0, Scale: 1}, acc(0), tail)
		for i := 1; i < p; i++ {
			VMOVAPS(acc(0), acc(i))
		}
		JMP(LabelRef(label + "start"))
		Label(label + "nobias")
		for i := range p {
			VXORPS(acc(i), acc(i), acc(i))
		}
		Label(label + "start")
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
	if op == "FMA" {
		MOVQ(arg(weights), wRow)
		ADDQ(at0, wRow)
	}
	MOVQ(arg(srcCol), col)
	Label(label + "row")
	MOVQ(row, x0)
	if op == "FMA" {
		MOVQ(wRow, w0)
	}
	MOVQ(arg(cols), kx)
	Label(label + "col")
	walk(p, x0, x4, step, step3)
	if op == "FMA" {
		s.load(Mem{Base: w0}, w, tail)
		ADDQ(arg(weightCol), w0)
	}
	for i := range p {
		m := at(i, x0, x4, step, step3)
		var from Op = m
		if tail || op == "Max" {
			s.load(m, x, tail)
			from = x
		}
		switch op {
		case "FMA":
			VFMADD231PS(from, w, acc(i))
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
	if op == "FMA" {
		ADDQ(arg(weightRow), wRow)
	}
	DECQ(ky)
	JNZ(LabelRef(label + "row"))
	Label(label + "summed")

	base, base4, by, by3 := GP64(), GP64(), GP64(), GP64()
	switch op {
	case "FMA":
		MOVQ(arg(residual), base)
		TESTQ(base, base)
		JZ(LabelRef(label + "clip"))
		ADDQ(arg(residualAt), base)
		ADDQ(at0, base)
		MOVQ(arg(residualStep), by)
		LEAQ(Mem{Base: by, Index: by, Scale: 2}, by3)
		walk(p, base, base4, by, by3)
		for i := range p {
			m := at(i, base, base4, by, by3)
			if tail {
				s.load(m, x, tail)
				VADDPS(x, acc(i), acc(i))
			} else {
				VADDPS(m, acc(i), acc(i))
			}
		}
		Label(label + "clip")
		for i := range p {
			VMAXPS(acc(i), loV, acc(i))
			VMINPS(acc(i), hiV, acc(i))
		}
	case "Sum":
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
	MOVQ(arg(dst), base)
	ADDQ(arg(dstAt), base)
	ADDQ(at0, base)
	MOVQ(arg(dstStep), by)
	LEAQ(Mem{Base: by, Index: by, Scale: 2}, by3)
	walk(p, base, base4, by, by3)
	for i := range p {
		s.store(acc(i), at(i, base, base4, by, by3), tail)
	}
}

// sum writes the sum over pixels that are step bytes apart.
func sum(s isa) {
	TEXT("sumPixels"+s.name, NOSPLIT, "func(dst, src *float32, pixels, step, channels int, scale float32)")
	Pragma("noescape")
	Doc("sumPixels" + s.name + " sets dst to the sums of the channels over pixels step bytes apart, times the scale.")
	to, from := Load(Param("dst"), GP64()), Load(Param("src"), GP64())
	n, step := Load(Param("pixels"), GP64()), Load(Param("step"), GP64())
	left := Load(Param("channels"), GP64()).(GPVirtual)
	factor := s.reg(15)
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
		for _, op := range []string{"FMA", "Max", "Sum"} {
			window(s, op)
		}
		sum(s)
	}
	Generate()
}
