package inference

import (
	"context"
	"testing"

	"fusiform/analysis"
)

// TestRows: what tables and figures take says which models it is about.
func TestRows(t *testing.T) {
	s := samples(t, "S", [][]float64{{1, 5, 2, 8, 3}, {2, 6, 1, 9, 4}, {1, 4, 3, 7, 5}, {3, 1, 2, 5, 4}, {9, 2, 6, 1, 8}}, 5, 1)
	r, err := Run(context.Background(), s[:3], s[3:], analysis.Pearson, Resampling{Draws: 200})
	if err != nil {
		t.Fatal(err)
	}
	zero, _, pairs := verdicts(t, r, TTest)
	if len(zero) != 2 || zero[0].Model != s[3].Label() || zero[1].Model != s[4].Label() {
		t.Errorf("verdicts on %+v, want %s and %s", zero, s[3].Label(), s[4].Label())
	}
	if len(pairs) != 1 || pairs[0].A != s[3].Label() || pairs[0].B != s[4].Label() || pairs[0].Difference.Draws != len(r.Draws) {
		t.Errorf("pairs %+v of %d draws", pairs, len(r.Draws))
	}
	if b := r.Bounds(); b.Lo != r.Lo.Value || b.Hi != r.Hi.Value || b.Subjects != 3 || b.Measure != analysis.Pearson {
		t.Errorf("bounds %+v of %+v, %+v", b, r.Lo, r.Hi)
	}
	if got, e := r.ScoreOf(1), r.Models[1].Score; got.Value != e.Value || got.Lo != e.Lo || got.Hi != e.Hi || got.N != 3 {
		t.Errorf("score %+v of %+v", got, e)
	}
}
