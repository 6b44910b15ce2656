package simulate

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"fusiform/analysis"

	"gonum.org/v1/gonum/mat"
)

// A Scanner measures the people of a Cohort as a scanner does: in runs, volume
// by volume, while stimuli are shown one after the other. What a voxel of the
// cohort answers, in % signal change, is spread over time by the response of
// the blood, and lies under what scanners add. Voxel v of a run is at time t
//
//	M_v (1 + (Σ_s Signal_sv (h∗box_s)(t) + drift + motion + tissue + noise) / 100)
//
// with a mean M_v of 700 to 1300, h Glover's response with an integral of 1,
// box_s the time for which stimulus s is shown, drift a slow cosine of up to
// 1 %, motion an artefact of the head's movement, tissue a fluctuation that
// all voxels share with white matter and cerebrospinal fluid, and noise that is
// AR(1) with ρ = 0.4. The first volume is 20 % brighter, before the scanner is steady.
//
// A head has 14×17×10 voxels of 4 mm, of which about half are brain. The
// voxels of the groups lie together in both hemispheres, more of them in the right, at
// places that differ by some mm from person to person; those of no group lie
// scattered, and the rest of the brain answers nothing. Outside the brain voxels
// are 0 or, a few of them, NaN.
//
// Everything follows from Seed, the cohort and the stimuli.
type Scanner struct {
	Cohort Cohort // who lies in it; its Noise and Repeats do not count here
	Seed   uint64

	// Lacks names people by the group of which they have no voxels:
	// {"S6": "face"}.
	Lacks map[string]string

	// ByCategory has the categories as trial types, as a localizer has;
	// otherwise each stimulus is one.
	ByCategory bool

	Runs    int     // in each of which every stimulus is shown once; 0 means 4
	Seconds float64 // for which a stimulus is shown; 0 means 4
	TR      float64 // 0 means 2
	Noise   float64 // standard deviation of the noise, in %; 0 means 1
}

// A Scan is what a Scanner measures of one person.
type Scan struct {
	Person  string        // "S1"
	Truth   Truth         // of the cohort's voxels
	Shape   [3]int        // voxels along x, y and z; x runs fastest
	Affine  [4][4]float64 // to mm: to the right, the front and above
	Brain   []bool        // which voxels are brain
	Voxels  []int         // of each voxel of Truth where it lies; −1: the person lacks it
	Runs    int
	scanner Scanner
	number  int
}

// A ScanRun is a run: a row for each volume.
type ScanRun struct {
	TR     float64
	Events []analysis.Event // by the stimuli's IDs
	Values *mat.Dense       // volumes × voxels of the head, float32 values
	Brain  []bool           // as found in this run: a few voxels at the edge are missed

	Motion       *mat.Dense // x, y and z in mm, then three angles in radians
	CSF, Tissue  []float64  // the mean signals of cerebrospinal fluid and white matter
	Global       []float64  // that of the brain
	Unsteady     int        // how many volumes from the first on are not steady
	Displacement []float64  // framewise, in mm: NaN in the first volume
	DVARS        []float64  // standardised; NaN in the first volume
}

const (
	scanRho   = .4
	scanDT    = .1 // s, for the response of the blood
	scanVoxel = 4. // mm
)

var scanShape = [3]int{14, 17, 10}

// scanPlaces are the middles of the groups in the right hemisphere, in mm.
var scanPlaces = [][3]float64{{16, -16, -4}, {16, 13, 4}, {8, -2, -10}}

// Scan shows the stimuli to everyone. It fails as Cohort.Respond does, if a
// number of the scanner is out of range, if a person has more voxels than a
// brain, and if nobody is called as in Lacks.
func (s Scanner) Scan(shown analysis.Stimuli) ([]*Scan, error) {
	if s.Runs < 0 || !(s.Seconds >= 0 && s.Seconds < 1000) || !(s.TR >= 0 && s.TR <= 20) || !(s.Noise >= 0 && s.Noise < 100) {
		return nil, fmt.Errorf("simulate: a scanner with Runs %d, Seconds %v, TR %v, Noise %v; give 0 for the default, or a sensible number above", s.Runs, s.Seconds, s.TR, s.Noise)
	}
	s.Runs, s.Seconds, s.TR, s.Noise = cmp.Or(s.Runs, 4), cmp.Or(s.Seconds, 4), cmp.Or(s.TR, 2), cmp.Or(s.Noise, 1)
	truth, err := s.Cohort.Truth(shown)
	if err != nil {
		return nil, err
	}
	var out []*Scan
	for p, t := range truth {
		one := &Scan{Person: t.Person, Truth: t, Shape: scanShape, Runs: s.Runs, scanner: s, number: p}
		for i := range 3 {
			one.Affine[i][i] = scanVoxel
			one.Affine[i][3] = -scanVoxel * float64(scanShape[i]-1) / 2
		}
		one.Affine[3][3] = 1
		if err := one.place(s.Lacks[t.Person]); err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	for who, group := range s.Lacks {
		if !slices.ContainsFunc(truth, func(t Truth) bool { return t.Person == who && slices.Contains(t.Group, group) && group != "" }) {
			return nil, fmt.Errorf("simulate: Lacks says that %q has no %q; people are S1 to S%d, groups face, body and scene", who, group, len(truth))
		}
	}
	return out, nil
}

// middle returns where a voxel lies, in mm.
func (s *Scan) middle(voxel int) [3]float64 {
	at := [3]int{voxel % s.Shape[0], voxel / s.Shape[0] % s.Shape[1], voxel / (s.Shape[0] * s.Shape[1])}
	var out [3]float64
	for i := range out {
		out[i] = s.Affine[i][i]*float64(at[i]) + s.Affine[i][3]
	}
	return out
}

// place finds the brain and gives each voxel of the cohort its place.
func (s *Scan) place(lacks string) error {
	rng := seeded("place", s.scanner.Seed, s.number)
	total := s.Shape[0] * s.Shape[1] * s.Shape[2]
	s.Brain = make([]bool, total)
	free := []int{}
	for v := range total {
		d := 0.
		for i, x := range s.middle(v) {
			d += math.Pow(x/(scanVoxel*float64(s.Shape[i])/2), 2)
		}
		if s.Brain[v] = d <= 1; s.Brain[v] {
			free = append(free, v)
		}
	}
	s.Voxels = make([]int, len(s.Truth.Group))
	if len(free) < len(s.Voxels) {
		return fmt.Errorf("simulate: %d voxels of a person do not fit into a brain of %d; set fewer Voxels or Others in the Cohort", len(s.Voxels), len(free))
	}
	for g, group := range groups {
		middle := scanPlaces[g]
		for i := range middle {
			middle[i] += 3 * (2*rng.Float64() - 1)
		}
		k := 0
		for j, name := range s.Truth.Group {
			if name != group.name {
				continue
			}
			if s.Voxels[j] = -1; name == lacks {
				continue
			}
			at := middle
			if k%5 >= 3 { // two of five lie left
				at[0] = -at[0]
			}
			k++
			best, far := 0, math.Inf(1)
			for i, v := range free {
				d := 0.
				for a, x := range s.middle(v) {
					d += (x - at[a]) * (x - at[a])
				}
				if d < far {
					best, far = i, d
				}
			}
			s.Voxels[j] = free[best]
			free = slices.Delete(free, best, best+1)
		}
	}
	rng.Shuffle(len(free), func(i, j int) { free[i], free[j] = free[j], free[i] })
	for j, name := range s.Truth.Group {
		if name == "" {
			s.Voxels[j], free = free[0], free[1:]
		}
	}
	return nil
}

// Planted marks, of some voxels of the head, those of a group: what a fROI over
// these voxels is to be compared with.
func (s *Scan) Planted(group string, voxels []int) []bool {
	planted := map[int]bool{}
	for j, v := range s.Voxels {
		if s.Truth.Group[j] == group && v >= 0 {
			planted[v] = true
		}
	}
	out := make([]bool, len(voxels))
	for k, v := range voxels {
		out[k] = planted[v]
	}
	return out
}
