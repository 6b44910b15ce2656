package mismatch

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"
)

// The plain way to what products of sums give: every profile z-scored anew
// under the weights of each draw.

// A reading is a side seen through weights of the stimuli: everything z-scored
// anew under them.
type reading struct {
	effect []float64   // per source: the difference of the groups
	z      [][]float64 // per source, n values
	pooled []float64   // room for a sum over sources
}

func newReading(s side) *reading {
	r := &reading{effect: make([]float64, len(s.z)), z: make([][]float64, len(s.z))}
	for k := range r.z {
		r.z[k] = make([]float64, len(s.z[k]))
	}
	if len(s.z) > 0 {
		r.pooled = make([]float64, len(s.z[0]))
	}
	return r
}

// read fills r; it reports whether every source varies under the weights. The
// weights of each group sum to its size.
func (r *reading) read(s side, t *table, w []float64) bool {
	for k, x := range s.z {
		var sum, n float64
		for i, v := range x {
			sum += w[i] * v
			n += w[i]
		}
		m, ss, z := sum/n, 0.0, r.z[k]
		for i, v := range x {
			z[i] = v - m
			ss += w[i] * z[i] * z[i]
		}
		if ss <= 1e-20*n {
			return false
		}
		f := 1 / math.Sqrt(ss/n)
		for i := range z {
			z[i] *= f
		}
		var a, b float64
		for _, i := range t.a {
			a += w[i] * z[i]
		}
		for _, i := range t.b {
			b += w[i] * z[i]
		}
		r.effect[k] = a/float64(len(t.a)) - b/float64(len(t.b))
	}
	return true
}

// agreement is that of the sources that stand u[k] times, over pairs of
// different ones, stimuli counting w; of all of them if only one stands there.
func (r *reading) agreement(w, u []float64) float64 {
	var n, uu, su float64
	for _, c := range u {
		su += c
		uu += c * c
	}
	if su*su-uu == 0 {
		ones := make([]float64, len(u))
		for k := range ones {
			ones[k] = 1
		}
		return r.agreement(w, ones)
	}
	clear(r.pooled)
	for k, z := range r.z {
		if u[k] == 0 {
			continue
		}
		for i, v := range z {
			r.pooled[i] += u[k] * v
		}
	}
	ss := 0.0
	for i, v := range r.pooled {
		ss += w[i] * v * v
		n += w[i]
	}
	return math.Min(1, (ss/n-uu)/(su*su-uu))
}

// mean is the effect of the sources that stand u[k] times, on the scale of a
// profile without noise where the side is corrected. ok is false where there
// is no such scale.
func (r *reading) mean(s side, w, u []float64) (effect float64, ok bool) {
	if len(s.z) == 0 {
		return 0, true
	}
	var n float64
	for k, d := range r.effect {
		effect += u[k] * d
		n += u[k]
	}
	effect /= n
	if s.corrected {
		a := r.agreement(w, u)
		if a < leastAgreement {
			return 0, false
		}
		effect /= math.Sqrt(a)
	}
	return effect, true
}

// A drawer is the room that one goroutine works in.
type drawer struct {
	t                    *table
	once, w              []float64 // every stimulus once, and those drawn
	oneB, oneM, ub, um   []float64 // every source once, and those drawn
	brain, model         *reading  // through w
	wholeBrain, wholeMod *reading  // through once
}

func (t *table) newDrawer(n int) *drawer {
	d := &drawer{t: t, once: ones(n), w: make([]float64, n),
		oneB: ones(len(t.brain.z)), oneM: ones(len(t.model.z)),
		ub: make([]float64, len(t.brain.z)), um: make([]float64, len(t.model.z)),
		brain: newReading(t.brain), model: newReading(t.model), wholeBrain: newReading(t.brain), wholeMod: newReading(t.model)}
	d.wholeBrain.read(t.brain, t, d.once)
	d.wholeMod.read(t.model, t, d.once)
	return d
}

// draw returns the triple of a draw of stimuli, of sources and of both.
func (d *drawer) draw(rng *rand.Rand) (out [3]triple, ok bool) {
	for _, s := range d.t.strata {
		if len(d.t.a) == 1 && len(d.t.b) == 1 {
			for _, i := range s {
				d.w[i] = 1
			}
			continue
		}
		resample(rng, len(s), func(i int, w float64) { d.w[s[i]] = w })
	}
	resample(rng, len(d.ub), func(k int, u float64) { d.ub[k] = u })
	resample(rng, len(d.um), func(k int, u float64) { d.um[k] = u })
	if !d.brain.read(d.t.brain, d.t, d.w) || !d.model.read(d.t.model, d.t, d.w) {
		return out, false
	}
	for k, c := range []struct {
		b, m      *reading
		w, ub, um []float64
	}{{d.brain, d.model, d.w, d.oneB, d.oneM}, {d.wholeBrain, d.wholeMod, d.once, d.ub, d.um}, {d.brain, d.model, d.w, d.ub, d.um}} {
		b, ok1 := c.b.mean(d.t.brain, c.w, c.ub)
		m, ok2 := c.m.mean(d.t.model, c.w, c.um)
		if !ok1 || !ok2 {
			return out, false
		}
		out[k] = triple{b, m, m - b}
	}
	return out, true
}

// TestDraws holds every draw against the plain way.
func TestDraws(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct{ n, a, b, people, models int }{{30, 8, 6, 7, 1}, {30, 15, 15, 2, 3}, {12, 1, 5, 5, 0}, {9, 1, 1, 40, 1}, {200, 1, 40, 1, 2}} {
		tab := &table{brain: side{corrected: c.people > 1}, model: side{corrected: c.models > 2}}
		shared := make([]float64, c.n)
		for i := range shared {
			shared[i] = rng.NormFloat64()
		}
		for k := range c.people + c.models {
			z := make([]float64, c.n)
			for i := range z {
				z[i] = shared[i] + .5*rng.NormFloat64()
			}
			if k < c.people {
				tab.brain.z = append(tab.brain.z, z)
			} else {
				tab.model.z = append(tab.model.z, z)
			}
		}
		var a, b []int
		for i, j := range rng.Perm(c.n) {
			if i < c.a {
				a = append(a, j)
			} else if i < c.a+c.b {
				b = append(b, j)
			}
		}
		tab.groups(a, b, c.n)
		const draws, seed = 300, 9
		results, ok, err := tab.draws(context.Background(), draws, seed)
		if err != nil {
			t.Fatal(err)
		}
		d := tab.newDrawer(c.n)
		for k := range draws {
			want, has := d.draw(rand.New(rand.NewPCG(seed, uint64(k))))
			if has != ok[k] {
				t.Fatalf("%+v, draw %d has a value: %v, plainly %v", c, k, ok[k], has)
			}
			for j := range want {
				for number := range want[j] {
					if has && math.Abs(want[j][number]-results[k][j][number]) > 1e-12*(1+math.Abs(want[j][number])) {
						t.Fatalf("%+v, draw %d, %d, %d: %v, plainly %v", c, k, j, number, results[k][j][number], want[j][number])
					}
				}
			}
		}
	}
}
