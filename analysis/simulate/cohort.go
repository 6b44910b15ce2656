package simulate

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"

	"fusiform/analysis"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// A Cohort is a group of simulated people who can be shown any stimuli that
// have pictures. Each has voxels selective for faces, bodies and scenes, and
// others that are selective for nothing; how many, and how much each responds,
// differs between people. In % signal change, voxel v of person p in the group
// g (face, body, scene or none) answers stimulus s with
//
//	y = a_v (T_g[category of s] + 0.35 R_g0(s)) + 0.45 Σ_{k=1..5} b_vk R_gk(s)   shared by all people
//	  + Own (0.3 U_p0(s) + 0.2 Σ_{k=1..2} c_vk U_pk(s))                          the person's own
//	  + noise / √Repeats
//
// T is the tuning to categories, which is the localizer's to find: 2 for a
// group's own category, 0 to 0.8 for the others (0.3 for one it does not know);
// a person never mistakes a category. R and U are readings of the picture: each is the tanh of a random
// weighted sum of its local contrast energies and luminances, so that a
// network that sees can predict them in part. R is the same for all people,
// which makes their profiles and geometries alike; U is the person's. a_v is
// log-normal with median 1, b and c are standard normal. A voxel of no group
// has a tuning of its own, 1 ± 0.1 for every category, and its readings count
// half, since pictures of two categories do not look alike on average, and no
// voxel should be selective for that. The sizes are chosen
// so that a localizer of 100 pictures per category finds most voxels at t > 7
// and people agree about as much as in the paper; none is measured.
//
// Everything follows from the Seed, the person, and the ID, category and
// picture of a stimulus: it does not matter what else is shown. Noise is
// independent between voxels, stimuli and repeats.
type Cohort struct {
	People int    // 0 means 8
	Seed   uint64 // another seed is another species: also what people share differs
	Voxels int    // per group and person, on average; 0 means 40
	Others int    // voxels of no group per person, on average; 0 means 200

	// Repeats is how often each stimulus is shown; responses are the mean.
	// 0 means 4.
	Repeats int

	// Noise is the standard deviation of a voxel's response to one showing;
	// 0 means 1. For responses without noise, see Truth; for a chosen ratio of
	// signal to noise, AtNCSNR.
	Noise float64

	// Own is how much of their own people have in their tuning, beside what
	// they share; 0 means 1.
	Own float64
}

// groups are the selective groups and their tuning; categories not named here
// evoke otherwise.
var groups = []struct {
	name      string
	tuning    map[string]float64
	otherwise float64
}{
	{"face", map[string]float64{"face": 2, "body": .8, "object": .5, "character": .4, "scene": .2, analysis.Scrambled: 0}, .3},
	{"body", map[string]float64{"body": 2, "face": .8, "object": .6, "character": .3, "scene": .2, analysis.Scrambled: 0}, .3},
	{"scene", map[string]float64{"scene": 2, "object": .7, "body": .3, "character": .3, "face": .2, analysis.Scrambled: 0}, .3},
}

// The sizes of the parts of a response; see Cohort.
const (
	sharedProfile  = .35 // of R_g0
	sharedPatterns = .45 // of R_g1 …
	sharedKinds    = 5   // how many
	ownProfile     = .3  // of U_p0
	ownPatterns    = .2  // of U_p1 …
	ownKinds       = 2   // how many
	gainSpread     = .25 // standard deviation of log a_v
	otherTuning    = 1.  // of a voxel of no group, to every category …
	otherSpread    = .1  // … give or take
	otherReadings  = .5  // weight of its R and U
)

// Respond shows the stimuli to everyone. The responses are those of S1, S2 …;
// voxels of the groups lie scattered among the others.
//
// It fails if a stimulus has no picture or one that cannot be decoded, and if
// a number of the cohort is negative.
func (c Cohort) Respond(s analysis.Stimuli) ([]*analysis.Responses, error) {
	truth, err := c.Truth(s)
	if err != nil {
		return nil, err
	}
	return c.mean(truth, 0, 1)
}

// Halves shows the stimuli to everyone as Respond does, and returns the mean
// over the first, third … showing apart from that over the second, fourth …,
// for split-half reliability. It needs an even number of Repeats.
func (c Cohort) Halves(s analysis.Stimuli) (halves [2][]*analysis.Responses, err error) {
	if d := c.defaults(); d.Repeats%2 != 0 {
		return halves, fmt.Errorf("simulate: %d repeats cannot be halved; set Repeats to an even number", d.Repeats)
	}
	truth, err := c.Truth(s)
	if err != nil {
		return halves, err
	}
	for k := range halves {
		if halves[k], err = c.mean(truth, k, 2); err != nil {
			return halves, err
		}
	}
	return halves, nil
}

// Showings shows the stimuli to everyone as Respond does, and returns what each
// showing evoked, Showings[person][repeat]; Respond gives their mean.
func (c Cohort) Showings(s analysis.Stimuli) ([][]*analysis.Responses, error) {
	truth, err := c.Truth(s)
	if err != nil {
		return nil, err
	}
	repeats := c.defaults().Repeats
	out := make([][]*analysis.Responses, len(truth))
	for k := range repeats {
		one, err := c.mean(truth, k, repeats)
		if err != nil {
			return nil, err
		}
		for p, r := range one {
			out[p] = append(out[p], r)
		}
	}
	return out, nil
}

// AtNCSNR returns the cohort with the Noise at which the median voxel of all
// its people has the given noise-ceiling signal-to-noise ratio when it is shown
// these stimuli: the standard deviation of its signal over the stimuli, divided
// by that of its noise in one showing. Other voxels have more or less, by their
// signal (see Truth). Mean responses over n showings then have a reliability of
// ncsnr²/(ncsnr² + 1/n) in the median voxel; voxels of the Natural Scenes
// Dataset have ncsnr from 0 to about 1.
//
// It fails if ncsnr is not above 0 and finite, with fewer than two stimuli, and
// like Respond.
func (c Cohort) AtNCSNR(s analysis.Stimuli, ncsnr float64) (Cohort, error) {
	if !(ncsnr > 0) || math.IsInf(ncsnr, 1) {
		return c, fmt.Errorf("simulate: an ncsnr of %v; it must be above 0 and finite: for voxels without noise see Truth", ncsnr)
	}
	if s.Len() < 2 {
		return c, fmt.Errorf("simulate: %d stimuli; signal is what differs between stimuli, so it takes at least 2", s.Len())
	}
	truth, err := c.Truth(s)
	if err != nil {
		return c, err
	}
	var signal []float64
	for _, t := range truth {
		_, voxels := t.Signal.Dims()
		for v := range voxels {
			signal = append(signal, stat.StdDev(mat.Col(nil, v, t.Signal.Matrix()), nil))
		}
	}
	c.Noise = analysis.Median(signal) / ncsnr
	return c, nil
}

// mean averages every step-th showing, counted from the given one.
func (c Cohort) mean(truth []Truth, from, step int) ([]*analysis.Responses, error) {
	c = c.defaults()
	out := make([]*analysis.Responses, len(truth))
	for p, t := range truth {
		s := t.Signal.Stimuli()
		v := mat.DenseCopyOf(t.Signal.Matrix())
		shown := (c.Repeats - from + step - 1) / step
		for i := range s.Len() {
			row := v.RawRowView(i)
			for k := from; k < c.Repeats; k += step {
				rng := seeded("noise", c.Seed, p, k, s.At(i).ID)
				for j := range row {
					row[j] += c.Noise / float64(shown) * rng.NormFloat64()
				}
			}
		}
		var err error
		if out[p], err = analysis.NewResponses(t.Person, s, v); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (c Cohort) defaults() Cohort {
	for _, d := range []struct {
		field *int
		value int
	}{{&c.People, 8}, {&c.Voxels, 40}, {&c.Others, 200}, {&c.Repeats, 4}} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	if c.Noise == 0 {
		c.Noise = 1
	}
	if c.Own == 0 {
		c.Own = 1
	}
	return c
}

func (c Cohort) check() error {
	if least := min(c.People, c.Voxels, c.Others, c.Repeats); least < 0 || !(min(c.Noise, c.Own) >= 0) || math.IsInf(max(c.Noise, c.Own), 1) {
		return fmt.Errorf("simulate: a cohort of %d people, %d voxels per group, %d others, %d repeats, noise %v, own %v: none can be negative or infinite", c.People, c.Voxels, c.Others, c.Repeats, c.Noise, c.Own)
	}
	return nil
}

// A voxel is what is fixed of it for life.
type voxel struct {
	group  int // index into groups; −1 for none
	gain   float64
	shared [sharedKinds]float64
	own    [ownKinds]float64
}

// person returns the voxels of person p, in random order. Their number per
// group is uniform within 30 % of the average, and at least 1.
func (c Cohort) person(p int) []voxel {
	rng := seeded("person", c.Seed, p)
	var out []voxel
	for g := -1; g < len(groups); g++ {
		n := c.Voxels
		if g < 0 {
			n = c.Others
		}
		for range max(1, int(math.Round(float64(n)*(.7+.6*rng.Float64())))) {
			v := voxel{group: g, gain: math.Exp(gainSpread * rng.NormFloat64())}
			for k := range v.shared {
				v.shared[k] = rng.NormFloat64()
			}
			for k := range v.own {
				v.own[k] = rng.NormFloat64()
			}
			out = append(out, v)
		}
	}
	rng.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// seeded returns a source of random numbers for one purpose. The parts are
// numbers, and a name at the end.
func seeded(purpose string, seed uint64, parts ...any) *rand.Rand {
	key := sha256.Sum256(fmt.Appendf(nil, "fusiform cohort: %s %d %v", purpose, seed, parts))
	return rand.New(rand.NewPCG(binary.LittleEndian.Uint64(key[:]), binary.LittleEndian.Uint64(key[8:])))
}

// first returns the first error, so that it does not depend on timing.
func first(errs []error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
