package analysis

// Matrix products of package mat run on our kernels, here and in whatever
// imports an analysis.
import _ "fusiform/internal/blas"
