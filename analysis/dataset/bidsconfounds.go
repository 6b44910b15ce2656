package dataset

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
)

// A Nuisance says which of fMRIPrep's hundreds of confounds the model is to
// have. The zero value takes none but what always must be taken: volumes from before
// the scanner was steady.
//
//	dataset.Nuisance{Motion: 24, WMCSF: 2, Scrub: dataset.Scrub{FD: .5, DVARS: 1.5, Segment: 5}}
//
// Columns and values are those of nilearn's load_confounds (0.14.1) with its
// defaults: in alphabetical order, n/a in the first row (of a derivative, which
// begins with the second volume) replaced by the value of the second, each less its mean over the
// volumes that are kept. Where nilearn returns a sample_mask, and volumes are dropped, each
// of these volumes has a column here that is 1 in it and 0 elsewhere,
// "left_out_volume_17" (counted from 0): by ordinary least squares the betas are
// the same, and time stays whole for AR(1). nilearn's first_level_from_bids
// forgets the sample_mask: there, volumes to be scrubbed are not.
//
// Sets of confounds: Ciric et al. (2017), doi:10.1016/j.neuroimage.2017.03.020.
type Nuisance struct {
	// Motion is how many estimates of head motion: 6 (translations and
	// rotations), 12 (and their derivatives) or 24 (and the squares of all).
	Motion int

	// WMCSF is how many of the mean signals of white matter and cerebrospinal
	// fluid: 2, 4 (and their derivatives) or 8 (and the squares of all).
	WMCSF int

	// GlobalSignal is how many of that of the whole brain: 1, 2 or 4. It
	// takes what all voxels have in common, responses too.
	GlobalSignal int

	// CompCor is how many of the components of white matter and cerebrospinal
	// fluid combined, the first ones (a_comp_cor; fMRIPrep from 1.4 on); where there are fewer, all.
	// They were computed after a high-pass filter, so they need Cosines.
	CompCor int

	// Cosines takes fMRIPrep's cosines of slow drift (128 s). They stand in
	// for the model's own: set FirstLevel.HighPass to −1.
	Cosines bool

	Scrub Scrub
}

// Scrub says which volumes are left out for motion. The zero value leaves out
// none. Power et al. (2014), doi:10.1016/j.neuroimage.2013.08.048.
type Scrub struct {
	FD      float64 // framewise displacement beyond which a volume is left out, in mm; 0: no such cut
	DVARS   float64 // standardised DVARS beyond which it is; 0: no such cut
	Segment int     // if any is left out, so are volumes between them if fewer in a row than this
}

// Read reads the confounds of a run of so many volumes (0: not known): names
// and a matrix with a row for each volume; both nil where no column is wanted
// and no volume is left out. It fails with a *ParseError if a column is not
// there, if a value is n/a (in another row than the first) or no number, and if
// rows are not volumes many.
func (c Nuisance) Read(path string, volumes int) (names []string, values *mat.Dense, err error) {
	if err := c.check(); err != nil {
		return nil, nil, err
	}
	var components []string
	if c.CompCor > 0 {
		if components, err = combined(strings.TrimSuffix(path, ".tsv") + ".json"); err != nil {
			return nil, nil, err
		}
	}
	t, file, err := openTable(path)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	return c.parse(t, volumes, components)
}

func (c Nuisance) check() error {
	for _, f := range []struct {
		name string
		n    int
		of   []int
	}{{"Motion", c.Motion, []int{0, 6, 12, 24}}, {"WMCSF", c.WMCSF, []int{0, 2, 4, 8}}, {"GlobalSignal", c.GlobalSignal, []int{0, 1, 2, 4}}} {
		if !slices.Contains(f.of, f.n) {
			return fmt.Errorf("dataset: Nuisance: %s is %d, must be one of %v", f.name, f.n, f.of)
		}
	}
	if s := c.Scrub; !(s.FD >= 0) || !(s.DVARS >= 0) || s.Segment < 0 || c.CompCor < 0 {
		return fmt.Errorf("dataset: Nuisance: CompCor %d, Scrub %+v: must be at least 0", c.CompCor, s)
	}
	if c.CompCor > 0 && !c.Cosines {
		return errors.New("dataset: Nuisance: CompCor was computed after fMRIPrep's high-pass filter; set Cosines, and FirstLevel.HighPass to -1")
	}
	return nil
}

// columns are those that are wanted of a header.
func (c Nuisance) columns(header, components []string) []string {
	var out []string
	expand := func(times int, names ...string) {
		for _, n := range names {
			for _, suffix := range []string{"", "_derivative1", "_power2", "_derivative1_power2"}[:times] {
				out = append(out, n+suffix)
			}
		}
	}
	expand(c.Motion/6, "trans_x", "trans_y", "trans_z", "rot_x", "rot_y", "rot_z")
	expand(c.WMCSF/2, "csf", "white_matter")
	expand(c.GlobalSignal, "global_signal")
	out = append(out, components[:min(c.CompCor, len(components))]...)
	for _, name := range header {
		if c.Cosines && strings.Contains(name, "cosine") {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (c Nuisance) parse(t *table, volumes int, components []string) ([]string, *mat.Dense, error) {
	names := c.columns(t.header, components)
	cols, err := t.need(names...)
	if err != nil {
		if slices.Contains(t.header, "FramewiseDisplacement") || slices.Contains(t.header, "X") {
			err = fmt.Errorf("%w; these are the names of fMRIPrep before 1.2: read what you need by dataset.Confounds, or run a newer fMRIPrep", err)
		}
		return nil, nil, err
	}
	wanted := len(cols)
	motion := func(name string, cut float64) (int, error) {
		if cut == 0 {
			return -1, nil
		}
		at, err := t.need(name)
		if err != nil {
			return -1, err
		}
		cols = append(cols, at[0])
		return len(cols) - 1, nil
	}
	fd, err := motion("framewise_displacement", c.Scrub.FD)
	if err != nil {
		return nil, nil, err
	}
	dvars, err := motion("std_dvars", c.Scrub.DVARS)
	if err != nil {
		return nil, nil, err
	}
	steady := len(cols) // from here on
	for i, name := range t.header {
		if strings.Contains(name, "non_steady_state") {
			cols = append(cols, i)
		}
	}
	var rows [][]float64
	absent := make([]bool, len(cols)) // in the first row
	for err := range t.rows() {
		if err != nil {
			return nil, nil, err
		}
		row := make([]float64, len(cols))
		for k, col := range cols {
			if cell := strings.TrimSpace(t.row[col]); cell == "n/a" || cell == "" {
				if len(rows) > 0 {
					return nil, nil, t.fail(col, fmt.Errorf("is n/a in the row of volume %d; only the first volume may lack a value: leave the column out", len(rows)))
				}
				absent[k] = true
				continue
			}
			if row[k], err = t.number(col); err != nil {
				return nil, nil, err
			}
		}
		rows = append(rows, row)
	}
	n := len(rows)
	if n == 0 || volumes > 0 && n != volumes {
		return nil, nil, &ParseError{File: t.file, Err: fmt.Errorf("has %d rows for a run of %d volumes; it needs one for each", n, volumes)}
	}
	out := make([]bool, n) // is the volume left out?
	for i, row := range rows {
		out[i] = fd >= 0 && row[fd] > c.Scrub.FD || dvars >= 0 && row[dvars] > c.Scrub.DVARS
	}
	segments(out, c.Scrub.Segment)
	for i, row := range rows {
		out[i] = out[i] || slices.ContainsFunc(row[steady:], func(x float64) bool { return x > 0 })
	}
	return assembled(t.file, names, rows, absent, out, wanted)
}

// segments leaves out what is kept between volumes that are not, if it is
// shorter than so many volumes.
func segments(out []bool, shortest int) {
	if !slices.Contains(out, true) {
		return
	}
	for lo := 0; lo < len(out); {
		hi := lo
		for hi < len(out) && !out[hi] {
			hi++
		}
		if hi-lo < shortest {
			for i := lo; i < hi; i++ {
				out[i] = true
			}
		}
		lo = hi + 1
	}
}

// assembled makes the regressors: columns less their mean, and a column for
// each volume that is left out.
func assembled(file string, names []string, rows [][]float64, absent, out []bool, wanted int) ([]string, *mat.Dense, error) {
	n, kept := len(rows), 0
	names = slices.Clone(names)
	var left []int
	for i, o := range out {
		if o {
			left = append(left, i)
			names = append(names, fmt.Sprintf("left_out_volume_%d", i))
		} else {
			kept++
		}
	}
	switch {
	case kept == 0:
		return nil, nil, &ParseError{File: file, Err: errors.New("says that every volume is to be left out; raise Scrub's cuts, or leave out the run")}
	case len(names) > n:
		return nil, nil, &ParseError{File: file, Err: fmt.Errorf("gives %d regressors for %d volumes; take fewer confounds, or leave out the run", len(names), n)}
	case len(names) == 0:
		return nil, nil, nil
	}
	x := mat.NewDense(n, len(names), nil)
	for k := range wanted {
		if absent[k] && n > 1 {
			rows[0][k] = rows[1][k]
		}
		mean := 0.0
		for i, row := range rows {
			if !out[i] {
				mean += row[k] / float64(kept)
			}
		}
		for i, row := range rows {
			x.Set(i, k, row[k]-mean)
		}
	}
	for k, i := range left {
		x.Set(i, wanted+k, 1)
	}
	return names, x, nil
}

// combined returns the names of the components of white matter and
// cerebrospinal fluid combined, in order, of the JSON beside a table.
func combined(path string) ([]string, error) {
	if err := there(path); err != nil {
		return nil, fmt.Errorf("%w; it says which components are of which tissue", err)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("dataset: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxSidecar+1))
	if err != nil {
		return nil, fmt.Errorf("dataset: %w", err)
	}
	if len(b) > maxSidecar {
		return nil, &FieldError{File: path, Err: fmt.Errorf("has more than %d bytes, too many for what stands beside a table", maxSidecar)}
	}
	var fields map[string]struct{ Mask any }
	if err := json.Unmarshal(b, &fields); err != nil {
		return nil, &FieldError{File: path, Err: fmt.Errorf("is not JSON as fMRIPrep writes it, an object of columns: %w", err)}
	}
	var out []string
	for i := range len(fields) {
		name := fmt.Sprintf("a_comp_cor_%02d", i)
		if f, ok := fields[name]; ok && f.Mask == "combined" {
			out = append(out, name)
		}
	}
	if len(out) == 0 {
		return nil, &FieldError{File: path, Err: fmt.Errorf("names no component a_comp_cor_… of the combined mask; it has %s", analysis.Few(keysOf(fields), 6))}
	}
	return out, nil
}

func keysOf[V any](m map[string]V) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
