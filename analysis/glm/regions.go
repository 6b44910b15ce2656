package glm

import "fusiform/analysis"

// Regions are found in each of several people and read in runs that did not
// find them: from first-level results to an analysis.Cohort in one step.
//
//	found, err := glm.Regions{Localizer: glm.Localizer{MinT: 3}, Contrasts: localizer.Domains}.Find(ctx, people...)
//
// For each person, contrast and parcel, the voxels that pass the Localizer in
// one half of the runs (Result.Halves) are read in the other: never in runs
// that chose them, which Responses.Within would refuse (analysis.ErrCircular).
// What is read is the mean beta over the runs of each condition, which is one
// stimulus; so people with other numbers of runs are aligned by ID.
//
// Betas of single trials go to localizer.TTest, as units do. It finds the same
// voxels (t correlates with that of the model by .97 to .99), but its t is
// smaller, by 1.5 to 1.7 in simulated blocks of four trials: neighbouring trials
// share scans, their betas err in opposite directions, and that counts as variance
// between trials. One MinT is stricter there.
type Regions struct {
	Localizer Localizer
	Contrasts []analysis.Contrast

	// Parcels are where to look; none means the whole model, where regions are
	// called by their contrasts.
	Parcels []Parcel

	// Reading says which runs choose and which are read; zero: BothWays.
	Reading Reading

	// Overlap says whose a voxel is that passes several contrasts; zero:
	// Shared.
	Overlap Overlap

	// Remainder, if it is not empty, names one region more for each parcel:
	// "non-selective", its living voxels that pass no contrast at all.
	Remainder string

	// MinVoxels is how many voxels make a region; with fewer it is absent. 0
	// means 1.
	MinVoxels int

	// Conditions are what trial types are called elsewhere, so that people
	// stand beside a network that was shown images: dataset.FLocConditions().
	// A trial type is the condition whose ID it is, or the last part of the ID
	// ("bodies" of "floc/bodies"), or else the one whose subcategory it is, or
	// whose category. Contrasts then go by the categories of these. Everybody
	// must have been shown all of them in all that is read; trial types that
	// are none of them are left out.
	//
	// Without, a condition's ID and category are its trial type, and those that
	// somebody was not shown in all that is read are left out, with a warning.
	Conditions analysis.Stimuli

	// Thresholds are those of the table of counts, beside the Localizer's
	// own; nil means 3, 5, 7, 9, 11 (Dipani & Ratan Murty 2026,
	// doi:10.64898/2026.05.29.728609).
	Thresholds []float64

	// Grids say where the voxels of a person lie (by Result.Source), for
	// Localizer.MinCluster; whoever is not among them has Localizer.Grid.
	Grids map[string]Grid
}

// A Parcel is a place to look for regions in.
type Parcel struct {
	Name       string // "FFA", "ventral"
	Hemisphere string // "lh", "rh", or empty
	Mask       []bool // over the voxels of the model, the same in everybody (a standard space); nil: all

	// Masks are those of people whose voxels are their own, by Result.Source.
	// Whoever is not among them has Mask, which must not be nil then.
	Masks map[string][]bool

	// Contrast, if it is not empty, is the name of the only contrast that is
	// looked for here; the region is then called Name. Otherwise it is called
	// by both, "ventral faces".
	Contrast string
}

// Reading says in which runs voxels are chosen and in which they are read.
type Reading int

const (
	// BothWays: those that the first, third … runs choose are read in the
	// second, fourth …, and the other way round. The channels of a region are
	// those of both; a voxel that both halves choose is two channels. Each
	// channel was read where it was not chosen.
	BothWays Reading = iota

	// EachRun: the first, third … runs choose, and each of the others is a
	// session of the cohort, of the same voxels, as ceiling.Cohort and
	// ceiling.Matrix take them. Both ways, halves are no repeats of each other:
	// the noise that chooses a voxel in one half is read in it by the other's
	// choice. Without any answer, what they prefer correlates by .38 at t > 1, .13
	// at t > 2, and not at t > 3 (simulated). It takes four runs for two sessions.
	EachRun
)

// Overlap says whose a voxel is that passes several contrasts of one parcel.
type Overlap int

const (
	Shared    Overlap = iota // it is in the region of each
	Strongest                // it is in that of the contrast with the largest t; of the first where two are equal
	Neither                  // it is in none, nor in the remainder
)

// Found is what Regions.Find finds.
type Found struct {
	// Cohort has a recording for each person, parcel and contrast; Absent
	// where too few voxels passed. Its Where.Region is "faces", "FFA" or
	// "ventral faces", and the source "S1 rh FFA".
	Cohort *analysis.Cohort[*analysis.Responses]

	// Conditions are the stimuli of the Cohort. A network that was shown images
	// of them stands beside it by Responses.Averaged(Conditions), or
	// tuning.NewOver(Conditions).
	Conditions analysis.Stimuli

	// FROIs are the regions by all runs of each person, in the order of
	// Counts, empty ones too, their contrasts called as the regions: for
	// measuring on other responses of the same voxels (dataset.BetasIn,
	// ceiling.People; those to these runs are refused), and for
	// localizer.Compare.
	FROIs []*analysis.FROI

	Counts   []Count // person by person, region by region, threshold by threshold
	Warnings []error
}

// A Count is how many voxels pass at a threshold: a row of a table.
type Count struct {
	Person, Hemisphere, Region string

	T      float64 // what t must exceed; the other cuts hold, too
	Of     int     // living voxels of the parcel
	All    int     // that pass by all runs
	First  int     // by the first, third … runs
	Second int     // by the second, fourth …
	Both   int     // by either half
	Dice   float64 // 2 Both / (First + Second); 0 where both are empty
	Shared int     // of those that pass by all runs, how many pass another contrast there, too
}
