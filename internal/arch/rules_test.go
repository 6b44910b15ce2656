package arch

// A path ending in /... stands for the package and all below it, one ending
// in /* for those directly below it.

type arrow struct {
	from string
	to   []string
}

// arrows says, for each package of ours, which packages of ours it may
// import. The first row that matches counts; a package without a row has no
// place in the house.
var arrows = []arrow{
	{"analysis", []string{"internal/blas", "internal/simd"}},
	// Exception to "siblings do not import each other": a mismatch is a
	// difference of two profiles.
	{"analysis/mismatch", []string{"analysis", "analysis/tuning", "internal/simd"}},
	{"analysis/dataset", []string{"analysis", "internal/hdf5", "internal/simd"}},
	{"analysis/*", []string{"analysis", "internal/simd"}},

	{"plots", []string{"analysis/..."}},

	{"nbext", []string{"analysis/...", "plots", "nbext/catalog"}},
	{"nbext/catalog", []string{"analysis/..."}},
	{"nbext/models", []string{"analysis/...", "nbext/catalog", "nbext/models/fastgo", "internal/simd"}},
	{"nbext/models/fastgo", []string{"internal/simd"}},
	// Networks defined in Go: built on the runner of nbext/models, which does not know them.
	{"nbext/models/native", []string{"analysis/...", "nbext/catalog", "nbext/models", "nbext/models/fastgo", "internal/simd"}},
	{"nbext/kernel", []string{"nbext/catalog"}},
	{"nbext/kernel/*", nil}, // built by the lab, each from its one file
	{"nbext/cmd/*", []string{"analysis/...", "plots", "nbext", "nbext/catalog", "nbext/models", "nbext/models/native", "nbext/kernel", "internal/simd"}},

	{"notebooks/...", []string{"analysis/...", "plots", "nbext", "nbext/catalog", "nbext/models", "nbext/models/native", "nbext/kernel"}},

	{"internal/peers", []string{"analysis/...", "plots", "internal/simd", "internal/blas", "nbext/catalog", "nbext/models", "nbext/models/native"}},
	{"internal/blas", []string{"internal/simd"}},
	{"internal/*", nil},
}

// owners says which packages of ours alone may import a module of others.
var owners = []struct {
	module string
	by     []string
}{
	{"github.com/gomlx", []string{"nbext/models/..."}},
	{"github.com/janpfeifer/gonb", []string{"nbext"}},
	{"gonum.org/v1/plot", []string{"plots", "nbext", "nbext/cmd/*", "internal/golden"}},
}

// closed says what a package must not even reach through others: a cell that
// only analyses or draws must not link a runtime.
var closed = []arrow{
	{"analysis/...", []string{"gonum.org/v1/plot", "github.com/gomlx", "github.com/janpfeifer/gonb"}},
	{"plots", []string{"github.com/gomlx", "github.com/janpfeifer/gonb"}},
	{"nbext", []string{"github.com/gomlx"}},
	{"nbext/catalog", []string{"github.com/gomlx", "github.com/janpfeifer/gonb"}},
	{"nbext/models/...", []string{"github.com/janpfeifer/gonb"}},
}

// rooms are the only directories at the top, hidden ones aside.
var rooms = []string{"analysis", "docker", "internal", "nbext", "notebooks", "plots"}
