// Package vec lets one generator write a kernel for both AVX2 and AVX-512:
// vectors of either width, constants, masks for tails, and loops over slices.
package vec

import (
	"fmt"
	"math"

	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A Gen writes one function for one instruction set.
type Gen struct {
	Wide bool                      // AVX-512, else AVX2
	Size int                       // bytes of an element: 4 or 8
	held map[uint64]reg.VecVirtual // by the bits of the constant
	name string
	next int
}

// Both calls f for each instruction set.
func Both(f func(wide bool)) {
	f(true)
	f(false)
}

// New begins the function name+level with the given parameters.
func New(wide bool, size int, name, params, doc string) *Gen {
	level := "AVX2"
	if wide {
		level = "AVX512"
	}
	g := &Gen{Wide: wide, Size: size, held: map[uint64]reg.VecVirtual{}, name: name + level}
	TEXT(g.name, attr.NOSPLIT, "func"+params)
	Pragma("noescape")
	Doc(g.name + " " + doc)
	return g
}

// End ends the function.
func (g *Gen) End() {
	VZEROUPPER()
	RET()
}

// Label returns a label that is new in this function.
func (g *Gen) Label(what string) string {
	g.next++
	return fmt.Sprintf("%s%d", what, g.next)
}

// Bytes is the size of a vector.
func (g *Gen) Bytes() int {
	if g.Wide {
		return 64
	}
	return 32
}

// Lanes is how many elements a vector has.
func (g *Gen) Lanes() int { return g.Bytes() / g.Size }

// Reg returns a new vector register.
func (g *Gen) Reg() reg.VecVirtual {
	if g.Wide {
		return ZMM()
	}
	return YMM()
}

// Ptr returns a register with the pointer or integer parameter.
func (g *Gen) Ptr(name string) reg.GPVirtual {
	r := GP64()
	Load(Param(name), r)
	return r
}

// Hold keeps constants in registers from here on.
func (g *Gen) Hold(cs ...float64) {
	for _, c := range cs {
		if _, ok := g.held[math.Float64bits(c)]; ok {
			continue
		}
		r := g.Reg()
		g.broadcast(g.data(c), r)
		g.held[math.Float64bits(c)] = r
	}
}

// Prefer keeps constants in registers if there are many (AVX-512).
func (g *Gen) Prefer(cs ...float64) {
	if g.Wide {
		g.Hold(cs...)
	}
}

// C returns the operand of a constant: the register that holds it, or memory
// (AVX2).
func (g *Gen) C(c float64) Op {
	if r, ok := g.held[math.Float64bits(c)]; ok {
		return r
	}
	if g.Wide {
		panic(fmt.Sprintf("%s: constant %g is not held", g.name, c))
	}
	return g.data(c)
}

// R returns the register that holds a constant.
func (g *Gen) R(c float64) reg.VecVirtual {
	r, ok := g.held[math.Float64bits(c)]
	if !ok {
		panic(fmt.Sprintf("%s: constant %g is not held", g.name, c))
	}
	return r
}

// Bits returns the name in arithmetic of an integer constant: C(Bits(i)).
func (g *Gen) Bits(i uint32) float64 {
	if g.Size != 4 {
		panic("Bits: 4 bytes only")
	}
	return float64(math.Float32frombits(i))
}

var known = map[string]Mem{}

// data returns the address of 32 bytes of c.
func (g *Gen) data(c float64) Mem {
	bits := math.Float64bits(c)
	if g.Size == 4 {
		bits = uint64(math.Float32bits(float32(c)))
	}
	name := fmt.Sprintf("f%d_%x", 8*g.Size, bits)
	m, ok := known[name]
	if !ok {
		m = GLOBL(name, attr.RODATA|attr.NOPTR)
		for i := range 32 / g.Size {
			if g.Size == 4 {
				DATA(4*i, U32(bits))
			} else {
				DATA(8*i, U64(bits))
			}
		}
		known[name] = m
	}
	return m
}

func (g *Gen) broadcast(m Mem, r Op) {
	if g.Size == 4 {
		VBROADCASTSS(m, r)
	} else {
		VBROADCASTSD(m, r)
	}
}

// Broadcast returns a register with the parameter in every lane.
func (g *Gen) Broadcast(param string) reg.VecVirtual {
	r := g.Reg()
	a, err := Param(param).Resolve()
	if err != nil {
		panic(err)
	}
	g.broadcast(a.Addr, r)
	return r
}

// A Mask says which lanes of a vector count.
type Mask struct {
	k reg.OpmaskVirtual
	v reg.VecVirtual
}

// V is the vector of the mask (AVX2).
func (m Mask) V() reg.VecVirtual { return m.v }

// K is the mask register (AVX-512).
func (m Mask) K() reg.OpmaskVirtual { return m.k }

// First returns the mask of the first n lanes, n less than all.
func (g *Gen) First(n reg.GPVirtual) Mask {
	if g.Wide {
		all, k := GP32(), K()
		MOVL(I32(-1), all)
		BZHIL(n.As32(), all, all)
		KMOVW(all, k)
		return Mask{k: k}
	}
	return Mask{v: g.vectorMask(n, g.Size, YMM())}
}

// FirstHalf is First for a vector of half the width.
func (g *Gen) FirstHalf(n reg.GPVirtual, size int) Mask {
	if g.Wide {
		return g.First(n)
	}
	return Mask{v: g.vectorMask(n, size, XMM())}
}

func (g *Gen) vectorMask(n reg.GPVirtual, size int, v reg.VecVirtual) reg.VecVirtual {
	m, ok := known["mask"]
	if !ok {
		m = GLOBL("mask", attr.RODATA|attr.NOPTR)
		for i := range 16 {
			if i < 8 {
				DATA(4*i, U32(0xffffffff))
			} else {
				DATA(4*i, U32(0))
			}
		}
		known["mask"] = m
	}
	base, back := GP64(), GP64()
	LEAQ(m.Offset(32), base)
	MOVQ(n, back)
	SHLQ(U8(map[int]uint8{4: 2, 8: 3}[size]), back)
	SUBQ(back, base)
	VMOVDQU(Mem{Base: base}, v)
	return v
}

// Load returns a vector from memory, all or, if masked, some of it; other
// lanes are 0.
func (g *Gen) Load(m Mem, mask *Mask) reg.VecVirtual {
	r := g.Reg()
	switch {
	case mask == nil && g.Size == 4:
		VMOVUPS(m, r)
	case mask == nil:
		VMOVUPD(m, r)
	case g.Wide && g.Size == 4:
		VMOVUPS_Z(m, mask.k, r)
	case g.Wide:
		VMOVUPD_Z(m, mask.k, r)
	case g.Size == 4:
		VMASKMOVPS(m, mask.v, r)
	default:
		VMASKMOVPD(m, mask.v, r)
	}
	return r
}

// Store stores a vector or, if masked, some of it.
func (g *Gen) Store(r Op, m Mem, mask *Mask) {
	switch {
	case mask == nil && g.Size == 4:
		VMOVUPS(r, m)
	case mask == nil:
		VMOVUPD(r, m)
	case g.Wide && g.Size == 4:
		VMOVUPS(r, mask.k, m)
	case g.Wide:
		VMOVUPD(r, mask.k, m)
	case g.Size == 4:
		VMASKMOVPS(r, mask.v, m)
	default:
		VMASKMOVPD(r, mask.v, m)
	}
}

// Loop goes through n elements: several vectors at once, then one at a time,
// then a part of one. body is given the distance from the pointers in bytes,
// and a mask for the part; pointers are advanced.
func (g *Gen) Loop(n reg.GPVirtual, unroll int, pointers []reg.GPVirtual, body func(offset int, mask *Mask)) {
	many, one, part, done := g.Label("many"), g.Label("one"), g.Label("part"), g.Label("done")
	advance := func(vectors int) {
		for _, p := range pointers {
			ADDQ(I32(int32(vectors*g.Bytes())), p)
		}
		SUBQ(I32(int32(vectors*g.Lanes())), n)
	}
	if unroll > 1 {
		Label(many)
		CMPQ(n, I32(int32(unroll*g.Lanes())))
		JLT(LabelRef(one))
		for u := range unroll {
			body(u*g.Bytes(), nil)
		}
		advance(unroll)
		JMP(LabelRef(many))
	}
	Label(one)
	CMPQ(n, I32(int32(g.Lanes())))
	JLT(LabelRef(part))
	body(0, nil)
	advance(1)
	JMP(LabelRef(one))
	Label(part)
	TESTQ(n, n)
	JE(LabelRef(done))
	m := g.First(n)
	body(0, &m)
	Label(done)
}

// Blend stores yes in dst, in the lanes where a cmp b (the predicate of
// VCMPPS). yes is a register.
func (g *Gen) Blend(cmp uint8, a reg.VecVirtual, b Op, yes, dst reg.VecVirtual) {
	if g.Wide {
		k := K()
		if g.Size == 4 {
			VCMPPS(U8(cmp), b, a, k)
			VMOVAPS(yes, k, dst)
		} else {
			VCMPPD(U8(cmp), b, a, k)
			VMOVAPD(yes, k, dst)
		}
		return
	}
	m := g.Reg()
	if g.Size == 4 {
		VCMPPS(U8(cmp), b, a, m)
		VBLENDVPS(m, yes, dst, dst)
	} else {
		VCMPPD(U8(cmp), b, a, m)
		VBLENDVPD(m, yes, dst, dst)
	}
}

// Predicates of comparisons.
const (
	Equal     = 0
	Less      = 1
	Unordered = 3
	NotGE     = 9 // less or unordered
)
