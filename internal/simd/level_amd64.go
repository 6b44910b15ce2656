package simd

import "golang.org/x/sys/cpu"

// Best returns the highest level that this processor runs.
func Best() Level {
	x := &cpu.X86
	if !x.HasAVX2 || !x.HasFMA {
		return Portable
	}
	if x.HasAVX512F && x.HasAVX512BW && x.HasAVX512DQ && x.HasAVX512VL {
		return AVX512
	}
	return AVX2
}
