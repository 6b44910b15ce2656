package inference_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"fusiform/analysis"
	"fusiform/analysis/ceiling"
	"fusiform/analysis/dataset"
	"fusiform/analysis/inference"
	"fusiform/analysis/rsa"
	"fusiform/analysis/tuning"
	"fusiform/internal/realdata"
)

// Scores and bounds are those of package ceiling, for profiles and RDMs.
func TestAsCeiling(t *testing.T) {
	people, networks := simulated(6, 25, .7, .2)
	people[2].Warnings = []error{errors.New("S3 moved")}
	for _, m := range []*analysis.Measure{analysis.Pearson, analysis.Spearman, analysis.Cosine, analysis.TauA, rsa.WhitenedCosine} {
		same(t, people, networks, m, rsa.Pool(m), rsa.Compare(m))
	}
	profiles := func(ds []*rsa.RDM) (ps []*tuning.Profile) {
		for _, d := range ds { // the first row will do
			ps = append(ps, &tuning.Profile{Source: d.Source, Stimuli: d.Stimuli, Values: d.Values.RawSymmetric().Data[:d.Stimuli.Len()]})
		}
		return ps
	}
	for _, m := range []*analysis.Measure{analysis.Pearson, analysis.Spearman} {
		pool := func(ps []*tuning.Profile) (*tuning.Profile, error) {
			sum := make([]float64, ps[0].Stimuli.Len())
			for _, p := range ps {
				for i, v := range m.Normalize(p.Values, nil) {
					sum[i] += v
				}
			}
			return &tuning.Profile{Source: "pool", Stimuli: ps[0].Stimuli, Values: sum}, nil
		}
		same(t, profiles(people), profiles(networks), m, pool, tuning.Compare(m))
	}
}

func same[T inference.Sample](t *testing.T, people, models []T, m *analysis.Measure, pool func([]T) (T, error), compare func(a, b T) (analysis.Score, error)) *inference.Result {
	t.Helper()
	r, err := inference.Run(context.Background(), people, models, m, inference.Resampling{Draws: 100, Over: inference.People})
	if err != nil {
		t.Fatal(err)
	}
	c, err := ceiling.LeaveOneOut(people, pool, compare)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(r.Lo.Value-c.Lo) > 1e-12 || math.Abs(r.Hi.Value-c.Hi) > 1e-12 {
		t.Errorf("%s: ceiling %v, %v, want %+v", m.Name, r.Lo, r.Hi, c)
	}
	if _, isRDM := any(people).([]*rsa.RDM); isRDM && (len(r.Warnings) == 0 || r.Warnings[0].Error() != "S3 moved") {
		t.Errorf("%s: warnings %v", m.Name, r.Warnings)
	}
	for j, model := range models {
		s, err := ceiling.Against(model, people, compare)
		if err != nil || math.Abs(r.Models[j].Score.Value-s.Value) > 1e-12 {
			t.Errorf("%s: %v, want %v, %v", m.Name, r.Models[j], s, err)
		}
	}
	return r
}

// A measure of vectors that cannot be drawn cell by cell can still be had over
// people.
func TestWhole(t *testing.T) {
	people, _ := simulated(5, 12)
	whole := &analysis.Measure{Name: "whole", Min: -1, Max: 1, Func: analysis.Pearson.Func, Check: func(x, w []float64) error {
		if w != nil {
			return errors.New("only whole vectors")
		}
		return nil
	}}
	if _, err := inference.Run(context.Background(), people, nil, whole, inference.Resampling{}); err == nil || !strings.Contains(err.Error(), "resample People alone") {
		t.Error(err)
	}
	if _, err := inference.Run(context.Background(), people, nil, whole, inference.Resampling{Over: inference.People, Draws: 100}); err != nil {
		t.Error(err)
	}
}

// The four people and the monkey of Kriegeskorte et al. (2008): scores and
// ceilings are rsatoolbox's, and few people leave much doubt.
func TestRealInference(t *testing.T) {
	dir := realdata.Folder(t, "brain/kriegeskorte2008_hIT_92")
	images, err := dataset.Images(realdata.Folder(t, "images/kriegeskorte92"))
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]*rsa.RDM{}
	var models []*rsa.RDM
	for _, file := range []string{"hit_rdms_upper.csv", "model_rdms_upper.csv"} {
		columns, err := dataset.UpperRDMs(filepath.Join(dir, file), images)
		if err != nil {
			t.Fatal(err)
		}
		rdms, err := rsa.RDMsOf(columns, rsa.CorrelationDistance)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range rdms {
			byName[d.Source] = d
			if file != "hit_rdms_upper.csv" {
				models = append(models, d)
			}
		}
	}
	var people []*rsa.RDM
	for k := 1; k <= 4; k++ {
		p, err := rsa.Mean([]*rsa.RDM{byName[fmt.Sprintf("hIT_S%d_ses1", k)], byName[fmt.Sprintf("hIT_S%d_ses2", k)]})
		if err != nil {
			t.Fatal(err)
		}
		p.Source = fmt.Sprint("S", k)
		people = append(people, p)
	}
	models = append([]*rsa.RDM{byName["mIT_674neurons"]}, models...)
	for _, c := range []struct {
		m              *analysis.Measure
		over           inference.Over
		lo, hi, monkey float64
	}{
		{analysis.Spearman, inference.Both, .372313, .665721, .296325},
		{analysis.Pearson, inference.Both, 0, 0, .333537},
		{analysis.TauA, inference.Stimuli, .253944, .476654, 0},
		{rsa.WhitenedCosine, inference.People, .664685, .817319, 0},
	} {
		draws := 200
		if c.m == analysis.TauA {
			draws = 20
		}
		r, err := inference.Run(context.Background(), people, models, c.m, inference.Resampling{Draws: draws, Over: c.over})
		if err != nil {
			t.Fatal(err)
		}
		if c.lo > 0 && (math.Abs(r.Lo.Value-c.lo) > 2e-6 || math.Abs(r.Hi.Value-c.hi) > 2e-6) {
			t.Errorf("%s: ceiling %v to %v", c.m.Name, r.Lo, r.Hi)
		}
		if c.monkey > 0 && math.Abs(r.Models[0].Score.Value-c.monkey) > 1e-6 {
			t.Errorf("%s: monkey %v", c.m.Name, r.Models[0].Score)
		}
		for _, m := range r.Models {
			if e := m.Score; !(e.Lo < e.Value && e.Value < e.Hi && e.SE > 0) {
				t.Errorf("%s: %s %+v", c.m.Name, m.Label, e)
			}
		}
		t.Logf("%s over %s: monkey %v, ceiling %v to %v, %v", c.m.Name, c.over, r.Models[0].Score, r.Lo, r.Hi, r.Warnings)
	}
}
