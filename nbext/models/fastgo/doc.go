// Package fastgo is a GoMLX backend, named "fast", that runs vision networks
// in pure Go at the speed of engines written in C++.
//
// A graph is recorded, not executed. When it is compiled, the operations that
// cost time — convolutions, matrix products, pooling, normalisation,
// activations — are planned together: weights are packed once for the kernels
// of internal/simd and shared between executables, constant scales and shifts
// (batch normalisation) are folded into them, biases, residuals and
// activations are computed where a product is stored, transpositions,
// reshapes and slices become views, and memory is used again. Each other
// operation runs on GoMLX's own backend in Go, one operation at a time;
// graphs with functions inside or with dynamic shapes do so as a whole.
//
// Fusion yields to the caller: every output asked for is delivered, also when
// it lies in the middle of what would have been one step.
//
// The backend knows nothing of what the networks are for.
package fastgo

//go:generate go run gen.go
