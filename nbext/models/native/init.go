package native

import (
	"hash/fnv"
	"math/rand/v2"
)

// An Init draws one number of a parameter of an untrained network.
type Init func(rng *rand.Rand) float64

// Zero and One are always 0 and 1.
var (
	Zero Init = func(*rand.Rand) float64 { return 0 }
	One  Init = func(*rand.Rand) float64 { return 1 }
)

// Normal draws from the normal distribution of mean 0.
func Normal(sd float64) Init { return func(r *rand.Rand) float64 { return sd * r.NormFloat64() } }

// Uniform draws evenly between −bound and bound.
func Uniform(bound float64) Init {
	return func(r *rand.Rand) float64 { return bound * (2*r.Float64() - 1) }
}

// drawer returns what draws the numbers of a parameter, one after the other. They
// depend on the seed and on the name alone, so that another layer before it
// changes nothing.
func (p Parameter) drawer(seed uint64) func() float32 {
	h := fnv.New64a()
	h.Write([]byte(p.Name))
	rng := rand.New(rand.NewPCG(seed, h.Sum64()))
	return func() float32 { return float32(p.Begin(rng)) }
}
