package plots_test

import (
	"testing"

	"fusiform/analysis"
	"fusiform/analysis/rsa"
	"fusiform/analysis/tuning"
	"fusiform/plots"

	"gonum.org/v1/plot/vg"
)

func bench(b *testing.B, f plots.Figure, render func(plots.Figure, vg.Length, vg.Length) ([]byte, error)) {
	size := 0
	for b.Loop() {
		data, err := render(f, 0, 0)
		if err != nil {
			b.Fatal(err)
		}
		size = len(data)
	}
	b.ReportMetric(float64(size), "bytes")
}

func rsm185() plots.Figure {
	return plots.RSM{Matrix: must(rsa.New(simulate("net/layer faces", stimuli(murty...), 42, "face", 3), analysis.Pearson))}
}

func BenchmarkRSM185PNG(b *testing.B) { bench(b, rsm185(), plots.PNG) }
func BenchmarkRSM185SVG(b *testing.B) { bench(b, rsm185(), plots.SVG) }

func tuning185() plots.Figure {
	s := stimuli(murty...)
	return plots.Tuning{Profiles: []*tuning.Profile{
		must(tuning.New(simulate("S1 FFA", s, 42, "face", 1))), must(tuning.New(simulate("net/layer", s, 42, "face", 2))),
	}, Scores: []analysis.Score{score(.5, .3, .65)}, Ceiling: peopleCeiling()}
}

func BenchmarkTuning185PNG(b *testing.B) { bench(b, tuning185(), plots.PNG) }
func BenchmarkTuning185SVG(b *testing.B) { bench(b, tuning185(), plots.SVG) }
