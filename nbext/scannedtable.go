package nbext

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis/simulate"
)

// confounds is the table of confounds of a simulated run, with columns as
// fMRIPrep writes them.
func confounds(r *simulate.ScanRun) string {
	n := len(r.CSF)
	var names []string
	var columns [][]float64
	add := func(name string, x []float64) {
		names, columns = append(names, name), append(columns, x)
	}
	for _, c := range []struct {
		name string
		x    []float64
	}{{"global_signal", r.Global}, {"csf", r.CSF}, {"white_matter", r.Tissue}} {
		expand(add, c.name, c.x)
	}
	add("std_dvars", r.DVARS)
	add("framewise_displacement", r.Displacement)
	for k := range int(2 * float64(n) * r.TR / 128) {
		x := make([]float64, n)
		for i := range x {
			x[i] = math.Sqrt(2/float64(n)) * math.Cos(math.Pi*float64(k+1)*(float64(i)+.5)/float64(n))
		}
		add(fmt.Sprintf("cosine%02d", k), x)
	}
	for j, name := range []string{"trans_x", "trans_y", "trans_z", "rot_x", "rot_y", "rot_z"} {
		expand(add, name, mat.Col(nil, j, r.Motion))
	}
	single := func(name string, at int) {
		x := make([]float64, n)
		x[at] = 1
		add(name, x)
	}
	for i := range r.Unsteady {
		single(fmt.Sprintf("non_steady_state_outlier%02d", i), i)
	}
	k := 0
	for i := range n {
		if r.Displacement[i] > .5 || r.DVARS[i] > 1.5 {
			single(fmt.Sprintf("motion_outlier%02d", k), i)
			k++
		}
	}
	var b strings.Builder
	b.WriteString(strings.Join(names, "\t") + "\n")
	for i := range n {
		for k, x := range columns {
			if k > 0 {
				b.WriteByte('\t')
			}
			if math.IsNaN(x[i]) {
				b.WriteString("n/a")
			} else {
				b.WriteString(strconv.FormatFloat(x[i], 'g', 8, 64))
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// expand adds a column, its derivative, and the squares of both.
func expand(add func(string, []float64), name string, x []float64) {
	d, x2, d2 := make([]float64, len(x)), make([]float64, len(x)), make([]float64, len(x))
	for i := range x {
		if i > 0 {
			d[i] = x[i] - x[i-1]
		} else {
			d[i] = math.NaN()
		}
		x2[i], d2[i] = x[i]*x[i], d[i]*d[i]
	}
	add(name, x)
	add(name+"_derivative1", d)
	add(name+"_power2", x2)
	add(name+"_derivative1_power2", d2)
}
