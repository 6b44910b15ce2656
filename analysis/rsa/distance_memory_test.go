package rsa_test

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
	"fusiform/analysis/rsa"
)

// quick returns n×c numbers in [−1, 1), made faster than normal ones.
func quick(seed uint64, n, c int) *mat.Dense {
	v := make([]float64, n*c)
	for i := range v {
		seed = seed*6364136223846793005 + 1442695040888963407
		v[i] = float64(int64(seed)>>11) / (1 << 52)
	}
	return mat.NewDense(n, c, v)
}

func large(t testing.TB, n, c, r int) (runs []*analysis.Responses, residuals *mat.Dense) {
	t.Helper()
	s := stimuli(t, make([]string, n)...)
	for k := range uint64(2) {
		runs = append(runs, must(analysis.NewResponses("S1", s, quick(k, n, c)))(t))
	}
	return runs, quick(9, r, c)
}

// Noise and distances in 60 000 channels take megabytes, not the 27 GiB of a
// matrix of the channels. Counted is all that was ever allocated, which is more
// than is held at a time.
func TestCrossnobisMemory(t *testing.T) {
	runs, residuals := large(t, 60, 60000, 30)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	noise := must(rsa.Covariance{}.Residuals(t.Context(), "S1", residuals))(t)
	must(rsa.Crossnobis{Noise: noise}.RDM(t.Context(), runs))(t)
	runtime.ReadMemStats(&after)
	if mib := float64(after.TotalAlloc-before.TotalAlloc) / (1 << 20); mib > 160 {
		t.Errorf("%.1f MiB allocated beside inputs of %d", mib, (2*60+30)*60000*8>>20)
	}
}

// BenchmarkCrossnobis is 1000 stimuli in two runs of 50 000 channels, with
// noise of 500 residuals: 1 GiB of inputs. The peak is that of the process.
func BenchmarkCrossnobis(b *testing.B) {
	b.Run("1000x50000x2", func(b *testing.B) {
		if testing.Short() {
			b.Skip("1 GiB of responses")
		}
		runs, residuals := large(b, 1000, 50000, 500)
		for b.Loop() {
			noise := must(rsa.Covariance{}.Residuals(b.Context(), "S1", residuals))(b)
			must(rsa.Crossnobis{Noise: noise}.RDM(b.Context(), runs))(b)
		}
		b.ReportMetric(peakGiB(), "GiB-peak")
	})
	b.Run("200x500x4", func(b *testing.B) {
		runs, residuals := planted(b, 1, 4, 200, 500, 300, 1)
		for b.Loop() {
			noise := must(rsa.Covariance{}.Residuals(b.Context(), "S1", residuals))(b)
			must(rsa.Crossnobis{Noise: noise}.RDM(b.Context(), runs))(b)
		}
	})
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

func BenchmarkEuclidean(b *testing.B) {
	r := random(b, "r", 1, 1000, 4096)
	for b.Loop() {
		must(rsa.Euclidean(r))(b)
	}
}

func BenchmarkCKA(b *testing.B) {
	for _, c := range []struct{ n, a, b int }{{1000, 4096, 2048}, {1000, 300, 200}} {
		x, y := random(b, "a", 1, c.n, c.a), random(b, "b", 2, c.n, c.b)
		b.Run(fmt.Sprintf("%dx%d,%d", c.n, c.a, c.b), func(b *testing.B) {
			for b.Loop() {
				must(rsa.UnbiasedCKA(x, y))(b)
			}
		})
	}
}
