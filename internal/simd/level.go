package simd

import (
	"fmt"
	"sync/atomic"
)

// A Level is an instruction set that the kernels are written for.
type Level int32

const (
	Portable Level = iota // plain Go, any processor
	AVX2                  // AVX2, FMA and F16C: 8 float32 at once
	AVX512                // AVX-512 F, BW, DQ and VL: 16 float32 at once
)

func (l Level) String() string {
	switch l {
	case Portable:
		return "portable Go"
	case AVX2:
		return "AVX2"
	case AVX512:
		return "AVX-512"
	}
	return fmt.Sprintf("Level(%d)", int32(l))
}

var active atomic.Int32

func init() { active.Store(int32(Best())) }

// Active returns the level in use: the best that the processor and
// GODEBUG (cpu.avx512f=off, cpu.avx2=off) allow, unless Use said otherwise.
func Active() Level { return Level(active.Load()) }

// Levels returns the levels that run here, Portable first.
func Levels() []Level {
	var all []Level
	for l := Portable; l <= Best(); l++ {
		all = append(all, l)
	}
	return all
}

// Use makes l the level in use until restore is called. It is for tests and
// benchmarks, not beside running kernels. It panics if l does not run here.
func Use(l Level) (restore func()) {
	if l < Portable || l > Best() {
		panic(fmt.Sprintf("simd: %v does not run on this processor", l))
	}
	old := active.Swap(int32(l))
	return func() { active.Store(old) }
}
