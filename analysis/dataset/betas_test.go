package dataset_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
	"fusiform/analysis/ceiling"
	"fusiform/analysis/dataset"
)

// betaReference is what internal/reference/betas.py wrote.
type betaReference struct {
	Floats, Integers betaMeasures
	NSD              struct {
		Sessions map[string]struct {
			Trials []string
			Betas  [][]float64
		}
		Labels, NCSNR []float64
	}
}

type betaMeasures struct {
	Voxels            []int
	Invalid, Constant int
	Order             []string
	Averaged, Zscored [][]float64
	Repeats           [][][]float64
	Sessions          []map[string][]float64
	NCSNR, NC3        []float64
}

func readBetas(t testing.TB) (r betaReference) {
	t.Helper()
	data, err := os.ReadFile("testdata/betas/betas.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func betas(t testing.TB, file, name string) dataset.Betas {
	t.Helper()
	shown, err := dataset.ReadTrials("testdata/betas/trials.csv")
	if err != nil {
		t.Fatal(err)
	}
	f, err := dataset.OpenBetas(filepath.Join("testdata/betas", file), name, len(shown.Rows))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return dataset.Betas{Source: "S1", Parts: []dataset.BetaBlocks{f}, Trials: shown.Rows, Scale: 300}
}

var near = cmpopts.EquateApprox(0, 1e-12)

// TestBetasAgainstNumpy: betas of every format are those that numpy read, and so
// is what becomes of them.
func TestBetasAgainstNumpy(t *testing.T) {
	ref := readBetas(t)
	for _, c := range []struct {
		file, name string
		want       betaMeasures
	}{
		{"c.npy", "", ref.Floats}, {"f.npy", "", ref.Floats}, {"first.npy", "", ref.Floats}, {"flat.npy", "", ref.Integers},
		{"betas.npz", "betas", ref.Floats}, {"betas.mat", "", ref.Floats}, {"betas.mat", "modelmd", ref.Floats}, {"betas.nii.gz", "", ref.Floats},
		{"nsd.hdf5", "betas", ref.Integers}, {"nsd.hdf5", "", ref.Integers}, {"glmsingle.hdf5", "betasmd", ref.Floats},
	} {
		t.Run(c.file+c.name, func(t *testing.T) {
			b := betas(t, c.file, c.name)
			averaged, err := b.Averaged(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			one := averaged.Responses[0]
			if diff := cmp.Diff(c.want.Averaged, rows(one), near); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(c.want.Order, one.Stimuli().IDs()); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(c.want.Voxels, averaged.Voxels); diff != "" {
				t.Error(diff)
			}
			if averaged.Invalid != c.want.Invalid || averaged.Constant != c.want.Constant || len(averaged.Warnings) != 1 {
				t.Errorf("%d invalid, %d constant, %v", averaged.Invalid, averaged.Constant, averaged.Warnings)
			}
			if s := one.Stimuli().At(0); one.Source() != "S1" || s.Category != "face" && s.Category != "scene" {
				t.Errorf("%+v of %q", s, one.Source())
			}
			sessions, err := b.Sessions(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for k, r := range sessions.Responses {
				got := map[string][]float64{}
				for i, id := range r.Stimuli().IDs() {
					got[id] = r.Row(i)
				}
				if diff := cmp.Diff(c.want.Sessions[k], got, near); diff != "" {
					t.Errorf("session %d: %s", k, diff)
				}
			}
			b.ZScore = true
			repeats, err := b.Repeats(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for k, r := range repeats.Responses {
				if diff := cmp.Diff(c.want.Repeats[k], rows(r), near); diff != "" {
					t.Errorf("repeat %d: %s", k, diff)
				}
			}
			signal, err := ceiling.FromRepeats(repeats.Responses)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want.NCSNR, signal.NCSNR(), near); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(c.want.NC3, signal.NC(3), cmpopts.EquateApprox(0, 1e-10)); diff != "" {
				t.Error(diff)
			}
			if averaged, err = b.Averaged(t.Context()); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want.Zscored, rows(averaged.Responses[0]), near); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestBetasInBlocks: however large blocks are, and whether voxels are left out
// before or after, what is read is the same bits.
func TestBetasInBlocks(t *testing.T) {
	for _, file := range []string{"c.npy", "first.npy", "betas.nii.gz", "glmsingle.hdf5", "betas.npz", "plain"} {
		name := map[string]string{"glmsingle.hdf5": "betasmd", "betas.npz": "betas"}[file]
		var b dataset.Betas
		if file == "plain" { // what knows no masks
			b = betas(t, "c.npy", "")
			m, err := b.Parts[0].Block(t.Context(), 0, 24)
			if err != nil {
				t.Fatal(err)
			}
			b.Parts = []dataset.BetaBlocks{plain{m}}
		} else {
			b = betas(t, file, name)
		}
		b.ZScore = true
		whole, err := b.Repeats(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		all, err := ceiling.FromRepeats(whole.Responses)
		if err != nil {
			t.Fatal(err)
		}
		mask := make([]bool, 24)
		var inside []int // of the channels
		for v := range mask {
			mask[v] = v%3 != 1
		}
		for j, v := range whole.Voxels {
			if mask[v] {
				inside = append(inside, j)
			}
		}
		for _, width := range []int{1, 2, 5, 23, 24, 1000} {
			b.Block = width
			again, err := b.Repeats(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			b.Within = [][]bool{mask}
			masked, err := b.Repeats(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			b.Within = nil
			for k, r := range whole.Responses {
				part, err := r.Columns("S1", inside)
				if err != nil {
					t.Fatal(err)
				}
				if !mat.Equal(r.Matrix(), again.Responses[k].Matrix()) || !mat.Equal(part.Matrix(), masked.Responses[k].Matrix()) {
					t.Errorf("%s, blocks of %d: repeat %d differs", file, width, k)
				}
			}
			signal, err := ceiling.FromBlocks(b.Blocks(t.Context()))
			if err != nil {
				t.Fatal(err)
			}
			ratio := signal.NCSNR()
			if len(ratio) != 24 || signal.Above(0)[9] || signal.Above(0)[15] || signal.Above(0)[18] {
				t.Fatalf("%v", ratio)
			}
			for j, v := range whole.Voxels {
				if signal.Signal[v] != all.Signal[j] || signal.Noise[v] != all.Noise[j] {
					t.Errorf("%s, blocks of %d: signal of voxel %d: %v, %v", file, width, v, signal.Signal[v], all.Signal[j])
				}
			}
			if w := fmt.Sprint(signal.Warnings); !strings.Contains(w, "3 of 24 channels never vary") {
				t.Error(w)
			}
			chosen, err := b.Only(signal.Above(.3))
			if err != nil {
				t.Fatal(err)
			}
			some, err := chosen.Averaged(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var want []int
			for v, x := range ratio {
				if x > .3 {
					want = append(want, v)
				}
			}
			if diff := cmp.Diff(want, some.Voxels); diff != "" || len(want) == 0 || len(want) > 20 {
				t.Errorf("%d: %s", len(want), diff)
			}
		}
	}
}

// plain are betas that read whole blocks only.
type plain struct{ v *mat.Dense }

func (p plain) Dims() (int, int) { return p.v.Dims() }
func (p plain) Block(_ context.Context, lo, hi int) (*mat.Dense, error) {
	n, _ := p.v.Dims()
	return p.v.Slice(0, n, lo, hi).(*mat.Dense), nil
}

// TestBetasLaws: the order of trials within a session, and of parts, changes
// nothing that is averaged; nor is what was given changed.
func TestBetasLaws(t *testing.T) {
	b := betas(t, "flat.npy", "")
	b.ZScore = true
	once, err := b.Averaged(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	v, err := b.Parts[0].Block(t.Context(), 0, 24)
	if err != nil {
		t.Fatal(err)
	}
	turned := mat.NewDense(36, 24, nil)
	trials := make([]dataset.Trial, 36)
	for i := range 36 {
		turned.SetRow(i, v.RawRowView(35-i))
		trials[i] = b.Trials[35-i]
	}
	parts := func(m *mat.Dense) []dataset.BetaBlocks {
		return []dataset.BetaBlocks{plain{m.Slice(0, 7, 0, 24).(*mat.Dense)}, plain{m.Slice(7, 30, 0, 24).(*mat.Dense)}, plain{m.Slice(30, 36, 0, 24).(*mat.Dense)}}
	}
	before := mat.DenseCopyOf(turned)
	back, err := dataset.Betas{Source: "S1", Parts: parts(turned), Trials: trials, Scale: 300, ZScore: true, Block: 7}.Averaged(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !mat.Equal(before, turned) {
		t.Error("the betas were changed")
	}
	r, err := back.Responses[0].On(once.Responses[0].Stimuli())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(rows(once.Responses[0]), rows(r), near); diff != "" {
		t.Error(diff)
	}
	// z-scores do not hang on the scale.
	b.Scale = 0
	if r, err := b.Averaged(t.Context()); err != nil || !cmp.Equal(rows(once.Responses[0]), rows(r.Responses[0]), near) {
		t.Error(err)
	}
	// One session by ceiling.ZScored is the second route.
	b.Scale, b.ZScore = 300, false
	for i := range b.Trials {
		b.Trials[i].ID = fmt.Sprint(i)
	}
	raw, err := b.Sessions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b.ZScore = true
	scored, err := b.Sessions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for k, r := range raw.Responses {
		want, err := ceiling.ZScored([]*analysis.Responses{r})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(rows(want[0]), rows(scored.Responses[k]), near); diff != "" {
			t.Error(diff)
		}
	}
}

// TestBetasNarrowed: masks of an image and masks of the betas go together, and
// what reads whole blocks only is never asked for more than one.
func TestBetasNarrowed(t *testing.T) {
	all := betas(t, "betas.nii.gz", "")
	whole, err := all.Parts[0].Block(t.Context(), 0, 24)
	if err != nil {
		t.Fatal(err)
	}
	image, err := dataset.OpenNIfTI("testdata/betas/betas.nii.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer image.Close()
	odd, last := make([]bool, 24), make([]bool, 12)
	for v := range odd {
		odd[v] = v%2 == 1
	}
	for k := range last {
		last[k] = k > 3 && k != 9 // not voxel 19
	}
	series, err := image.TimeCourses(odd)
	if err != nil {
		t.Fatal(err)
	}
	span := &recorded{BetaBlocks: plain{whole}}
	mask := make([]bool, 24)
	for k, in := range last {
		mask[2*k+1] = in
	}
	var want []int // of the good ones: 9 and 15 are constant
	for v, in := range mask {
		if in && v != 9 && v != 15 {
			want = append(want, v)
		}
	}
	for _, b := range []dataset.Betas{
		{Parts: []dataset.BetaBlocks{series}, Within: [][]bool{last}},
		{Parts: []dataset.BetaBlocks{span}, Within: [][]bool{mask}, Block: 4},
	} {
		b.Source, b.Trials, b.Scale = "S1", all.Trials, 1
		for i := range b.Trials {
			b.Trials[i].ID = fmt.Sprint(i)
		}
		r, err := b.Averaged(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for j, v := range want {
			if diff := cmp.Diff(mat.Col(nil, v, whole), mat.Col(nil, j, r.Responses[0].Matrix())); diff != "" {
				t.Errorf("voxel %d: %s", v, diff)
			}
		}
	}
	if span.widest > 4 {
		t.Errorf("%d voxels were read at once", span.widest)
	}
	// A session of one trial tells of no variance; all of them together do.
	b := dataset.Betas{Source: "S1", Parts: []dataset.BetaBlocks{plain{mat.NewDense(3, 2, []float64{1, 5, 2, 5, 3, 5})}}}
	for _, id := range []string{"a", "b", "c"} {
		b.Trials = append(b.Trials, dataset.Trial{Stimulus: analysis.Stimulus{ID: id}, Session: id})
	}
	if r, err := b.Averaged(t.Context()); err != nil || r.Constant != 1 || len(r.Voxels) != 1 {
		t.Errorf("%+v: %v", r, err)
	}
}

type recorded struct {
	dataset.BetaBlocks
	widest int
}

func (r *recorded) Block(ctx context.Context, lo, hi int) (*mat.Dense, error) {
	r.widest = max(r.widest, hi-lo)
	return r.BetaBlocks.Block(ctx, lo, hi)
}

func TestBetasFaults(t *testing.T) {
	good := betas(t, "flat.npy", "")
	with := func(change func(b *dataset.Betas)) dataset.Betas {
		b := good
		b.Trials = slices.Clone(b.Trials)
		change(&b)
		return b
	}
	broken := errors.New("the disk is on fire")
	for name, c := range map[string]struct {
		b    dataset.Betas
		want string
	}{
		"nothing":  {dataset.Betas{}, "0 parts and 0 trials"},
		"nameless": {with(func(b *dataset.Betas) { b.Source = "" }), "no Source"},
		"scale":    {with(func(b *dataset.Betas) { b.Scale = math.NaN() }), "Scale is NaN"},
		"short":    {with(func(b *dataset.Betas) { b.Trials = b.Trials[:35] }), "betas of 36 trials"},
		"parts": {with(func(b *dataset.Betas) { b.Parts = append(slices.Clone(b.Parts), plain{mat.NewDense(2, 5, nil)}) }),
			"part 2 of the betas of \"S1\" is 2 trials × 5 voxels"},
		"mask":     {with(func(b *dataset.Betas) { b.Within = [][]bool{{true}} }), "mask 0 has 1 voxels"},
		"outside":  {with(func(b *dataset.Betas) { b.Within = [][]bool{make([]bool, 24)} }), "no voxel of \"S1\" lies"},
		"no ID":    {with(func(b *dataset.Betas) { b.Trials[3].ID = "" }), "trial 4 of \"S1\" has no stimulus"},
		"category": {with(func(b *dataset.Betas) { b.Trials[35].Category = "hat" }), "a stimulus has one"},
		"alone":    {with(func(b *dataset.Betas) { b.Trials[35].Session, b.ZScore = "x", true }), `session "x" of "S1" has one trial`},
		"dead":     {with(func(b *dataset.Betas) { b.Within = [][]bool{make([]bool, 24)}; b.Within[0][9] = true }), "1 are constant"},
		"block":    {with(func(b *dataset.Betas) { b.Parts = []dataset.BetaBlocks{burning{36, 24, broken}} }), "on fire"},
		"shape":    {with(func(b *dataset.Betas) { b.Parts = []dataset.BetaBlocks{burning{36, 24, nil}} }), "gave 1×1 values"},
	} {
		_, err := c.b.Averaged(t.Context())
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "dataset: ") {
			t.Errorf("%s: %v", name, err)
		}
		for _, err := range c.b.Blocks(t.Context()) {
			if err == nil && name != "dead" {
				t.Errorf("%s: blocks are given", name)
			}
		}
	}
	if _, err := good.Only(nil); err == nil {
		t.Error("no choice is accepted")
	}
	if _, err := good.Only(make([]bool, 24)); !errors.Is(err, analysis.ErrDead) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := good.Averaged(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	var seen []int
	ctx = analysis.WithProgress(t.Context(), func(done, total int) { seen = append(seen, done, total) })
	good.Block = 10
	if _, err := good.Averaged(ctx); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]int{10, 24, 20, 24, 24, 24}, seen); diff != "" {
		t.Error(diff)
	}
	// Stimuli that were shown once are counted.
	good.Trials[0].ID = "once"
	if r, err := good.Repeats(t.Context()); err != nil || !strings.Contains(fmt.Sprint(r.Warnings), "1 of 13 stimuli were shown to \"S1\" once") {
		t.Errorf("%v: %v", r.Warnings, err)
	}
}

type burning struct {
	trials, voxels int
	err            error
}

func (f burning) Dims() (int, int) { return f.trials, f.voxels }
func (f burning) Block(context.Context, int, int) (*mat.Dense, error) {
	return mat.NewDense(1, 1, nil), f.err
}

func TestOpenBetasFaults(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, c := range []struct {
		path, name string
		trials     int
		want       string
	}{
		{"testdata/betas/c.npy", "", 0, "0 trials are asked for"},
		{"testdata/betas/c.npy", "", 3, "neither its first nor its last axis is the 3 trials"},
		{"testdata/betas/betas.npz", "", 36, "has 2 arrays"},
		{"testdata/betas/betas.mat", "beta", 36, "no variable \"beta\""},
		{"testdata/betas/glmsingle.hdf5", "", 36, "name one of its datasets: "},
		{"testdata/betas/glmsingle.hdf5", "R2", 36, "neither its first"},
		{"testdata/betas/betas.nii.gz", "", 35, "holds 36 volumes of 24 voxels, and there are 35 trials"},
		{"testdata/betas/trials.csv", "", 36, "trials.csv"},
		{"testdata/betas", "", 36, "folder"},
		{"testdata/betas/none.npy", "", 36, "none.npy"},
		{file("empty.npy", ""), "", 36, "empty.npy"},
		{file("square.npy", npyClaim("<i2", "(2, 5, 2)", 40)), "", 2, "both its first and its last axis"},
		{file("claim.npy", npyClaim("<i2", "(36, 1152921504606846976)", 40)), "", 36, "claims"},
		{file("pickle.npy", npyClaim("|O", "()", 40)), "", 36, "claim.npy"[:0] + "holds elements of type"},
		{file("none.npy", npyClaim("<f8", "(36, 0)", 0)), "", 36, "has no values"},
	} {
		if f, err := dataset.OpenBetas(c.path, c.name, c.trials); err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "dataset: ") {
			t.Errorf("%s: %v, %v", c.path, f, err)
		}
	}
	// A file that is cut after it was opened.
	whole, err := os.ReadFile("testdata/betas/flat.npy")
	if err != nil {
		t.Fatal(err)
	}
	path := file("cut.npy", string(whole))
	f, err := dataset.OpenBetas(path, "", 36)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := os.Truncate(path, 600); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Block(t.Context(), 0, 24); err == nil || !strings.Contains(err.Error(), "breaks off") {
		t.Error(err)
	}
	for _, r := range [][2]int{{-1, 2}, {3, 3}, {0, 25}} {
		for _, name := range []string{"c.npy", "first.npy", "nsd.hdf5"} {
			if _, err := betas(t, name, "").Parts[0].Block(t.Context(), r[0], r[1]); err == nil {
				t.Errorf("%s: voxels %v are read", name, r)
			}
		}
	}
	a := &dataset.Array{Name: "a", Shape: []int{2, 3, 2}, Values: make([]float64, 12)}
	if _, err := a.Trials(1); err == nil {
		t.Error("trials in the middle")
	}
	if _, err := (&dataset.Array{Name: "a", Shape: []int{2, 0}}).Trials(0); err == nil {
		t.Error("no values")
	}
}

// npyClaim is a .npy file whose header claims something of so many bytes.
func npyClaim(descr, shape string, bytes int) string {
	dict := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': %s, }\n", descr, shape)
	return "\x93NUMPY\x01\x00" + string([]byte{byte(len(dict)), byte(len(dict) >> 8)}) + dict + strings.Repeat("\x00", bytes)
}
