// Package simd has the kernels that Fusiform waits for: matrix products and
// convolutions, and the element-wise and row operations between them. They are
// written in Go assembly for AVX-512 and AVX2 and in plain Go for every other
// processor; which one runs is decided when the program starts (Active).
//
// It knows slices and shapes and nothing else: no tensors, graphs or brains.
// The assembly is generated (go generate) by the programs in the folder gen,
// which is a module of its own so that users need not download its tools.
//
// Work is spread over GOMAXPROCS processors by Parallel. No sum is ever split
// between processors, so results do not depend on their number.
package simd
