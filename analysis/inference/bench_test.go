package inference

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"

	"fusiform/analysis"
)

// The draws of an RDM of 400 stimuli, written out, are 610 MiB for each person.
func TestMemory(t *testing.T) {
	people, models := cohort(t, "S", 1, 4, 400, 2, false), cohort(t, "m", 2, 2, 400, 2, false)
	for _, c := range []struct {
		m     *analysis.Measure
		draws int
		mib   float64
	}{{analysis.Pearson, 1000, 60}, {analysis.Spearman, 20, 80}} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		run(t, models, people, c.m, Resampling{Draws: c.draws})
		runtime.ReadMemStats(&after)
		if mib := float64(after.TotalAlloc-before.TotalAlloc) / (1 << 20); mib > c.mib {
			t.Errorf("%s: %.1f MiB", c.m.Name, mib)
		}
	}
}

func BenchmarkRun(b *testing.B) {
	people, models := cohort(b, "S", 1, 8, 92, 2, false), cohort(b, "m", 2, 10, 92, 2, false)
	for _, m := range []*analysis.Measure{analysis.Pearson, analysis.Spearman, analysis.Cosine} {
		b.Run(fmt.Sprintf("ceiling/%s/8x92x1000", m.Symbol), func(b *testing.B) {
			for b.Loop() {
				run(b, nil, people, m, Resampling{})
			}
		})
		b.Run(fmt.Sprintf("dual/%s/10x8x92x200", m.Symbol), func(b *testing.B) {
			for b.Loop() {
				run(b, models, people, m, Resampling{Draws: 200})
			}
		})
	}
	b.Run("related/ρ/92x10000", func(b *testing.B) {
		for b.Loop() {
			if _, err := Related(b.Context(), models[0], people[:1], analysis.Spearman, Permutation{}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkLarge is 1000 stimuli, 8 people and 10 models; the peak is that of
// the process, with 69 MiB of inputs.
func BenchmarkLarge(b *testing.B) {
	if testing.Short() {
		b.Skip("half a minute")
	}
	people, models := cohort(b, "S", 1, 8, 1000, 2, false), cohort(b, "m", 2, 10, 1000, 2, false)
	for _, c := range []struct {
		m     *analysis.Measure
		draws int
	}{{analysis.Pearson, 1000}, {analysis.Spearman, 50}} {
		b.Run(fmt.Sprintf("%s/10x8x1000x%d", c.m.Symbol, c.draws), func(b *testing.B) {
			for b.Loop() {
				run(b, models, people, c.m, Resampling{Draws: c.draws})
			}
			b.ReportMetric(peakGiB(), "GiB-peak")
		})
	}
}

// peakGiB is the most memory that this process has held; 0 where Linux's /proc
// is not there.
func peakGiB() float64 {
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		var kib float64
		if n, _ := fmt.Sscanf(line, "VmHWM: %f kB", &kib); n == 1 {
			return kib / (1 << 20)
		}
	}
	return 0
}
