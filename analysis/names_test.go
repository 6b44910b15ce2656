package analysis_test

import (
	"testing"

	"fusiform/analysis"
)

func TestMeanOf(t *testing.T) {
	for want, sources := range map[string][]string{
		"faces, mean of 3":         {"S1 faces", "S2 faces", "S3 faces"},
		"rh pFus, mean of 2":       {"P07 rh pFus", "P39 rh pFus"},
		"mean of 2":                {"S1", "S2"},
		"faces only, mean of 1":    {"faces only"},
		"mean of 0":                nil,
		"without faces, mean of 2": {"net/fc without faces", "net/pool without faces"},
	} {
		if got := analysis.MeanOf(sources); got != want {
			t.Errorf("%q: got %q, want %q", sources, got, want)
		}
	}
}

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		x    []float64
		want float64
	}{{[]float64{3}, 3}, {[]float64{9, 1, 4}, 4}, {[]float64{4, 1, 9, 2}, 3}} {
		before := c.x[0]
		if got := analysis.Median(c.x); got != c.want || c.x[0] != before {
			t.Errorf("%v: got %v, want %v, input as it was", c.x, got, c.want)
		}
	}
}
