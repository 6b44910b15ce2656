package models

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"fusiform/analysis"
	"fusiform/analysis/localizer"
)

// Twins asks whether the units that a localizer finds are there because of
// training: it counts those that other images find again, in the network and
// in untrained twins of it.
type Twins struct {
	Layer string

	// Seeds are those of the twins; nil means 0 to 4, five as in Dipani &
	// Ratan Murty (2026), doi:10.64898/2026.05.29.728609.
	Seeds []uint64

	// MinT is the cut of both localizers, Welch's t > MinT; 0 means 3, where
	// that paper begins with untrained networks.
	MinT float64

	// Contrasts; nil means localizer.Domains: faces, bodies and scenes.
	Contrasts []analysis.Contrast
}

// A TwinCount says how many units of one layer are selective for a region
// and found again, in the trained network and in its untrained twins. It is a
// row of a table.
//
// Chance is what would be found again if the two sets of images had nothing
// to do with each other: First·Second/alive, with the units alive that vary
// over the first set, as in localizer.Replication. It is no statement about images: units that
// answer to brightness or contrast are found again in any images whose
// categories differ in these. So show controlled ones (Controlled), and raw ones
// to see the difference. In maps, a unit's neighbours answer to the same
// things: units of a map are not independent, which is why the interval is one
// over networks, not over units.
//
// TwinLo and TwinHi are the 95 % interval of TwinReplicated: Student's t over
// the twins, cut at 0, but never narrower than the exact interval of a Poisson
// count (Garwood 1936, doi:10.1093/biomet/28.3-4.437) of as many units as all
// twins have together. Five twins with none at all do not show that the
// expectation is 0.
type TwinCount struct {
	Network, Layer, Region string
	Units                  int

	First, Replicated int     // of the trained network: found by the first set; by both
	Chance            float64 // of the trained network

	Twins          int     // how many
	TwinFirst      float64 // mean over the twins
	TwinReplicated float64 // mean over the twins
	TwinLo, TwinHi float64 // its 95 % interval
	TwinChance     float64 // mean over the twins
	TwinCounts     []int   // Replicated, twin by twin
}

// LikeChance reports whether the twins' units are found again as often as
// chance has it: whether TwinLo ≤ TwinChance ≤ TwinHi.
func (c TwinCount) LikeChance() bool { return c.TwinLo <= c.TwinChance && c.TwinChance <= c.TwinHi }

// Count shows the network and its twins two sets of images that share none,
// and returns a row for each contrast. Progress is in networks.
//
// It fails like Untrained, Responses and localizer.TTest.Replicate; with fewer
// than two seeds, or one twice; and if m is untrained itself.
func (t Twins) Count(ctx context.Context, m *Model, first, second analysis.Stimuli) ([]TwinCount, error) {
	seeds := t.seeds()
	contrasts := t.Contrasts
	if contrasts == nil {
		contrasts = localizer.Domains
	}
	l := localizer.TTest{MinT: or3(t.MinT)}
	if len(seeds) < 2 {
		return nil, m.wrap(fmt.Errorf("an interval over the seeds %v; it needs at least two, each once", seeds))
	}
	networks, err := t.Networks(m)
	if err != nil {
		return nil, err
	}
	counts := make([][]localizer.Replication, len(networks)) // by network and contrast
	silent := analysis.WithProgress(ctx, func(int, int) {})
	analysis.ReportProgress(ctx, 0, len(networks))
	for i, n := range networks {
		var r [2]*analysis.Responses
		for k, s := range []analysis.Stimuli{first, second} {
			var err error
			if r[k], err = n.Responses(silent, t.Layer, s); err != nil {
				return nil, err
			}
		}
		var err error
		if counts[i], err = l.Replicate(r[0], r[1], contrasts...); err != nil {
			return nil, n.wrap(err)
		}
		analysis.ReportProgress(ctx, i+1, len(networks))
	}
	rows := make([]TwinCount, len(contrasts))
	for k := range rows {
		twins := make([]localizer.Replication, len(seeds))
		for i := range twins {
			twins[i] = counts[i+1][k]
		}
		rows[k] = twinCount(m.name, t.Layer, counts[0][k], twins)
	}
	return rows, nil
}

func twinCount(network, layer string, trained localizer.Replication, twins []localizer.Replication) TwinCount {
	c := TwinCount{Network: network, Layer: layer, Region: trained.Region, Units: trained.Channels,
		First: trained.First, Replicated: trained.Replicated, Chance: trained.Chance, Twins: len(twins)}
	for _, r := range twins {
		c.TwinFirst += float64(r.First) / float64(len(twins))
		c.TwinChance += r.Chance / float64(len(twins))
		c.TwinCounts = append(c.TwinCounts, r.Replicated)
	}
	c.TwinReplicated, c.TwinLo, c.TwinHi = countInterval(c.TwinCounts)
	return c
}

// countInterval returns the mean of counts and its 95 % interval (TwinCount).
func countInterval(counts []int) (mean, lo, hi float64) {
	x, sum := make([]float64, len(counts)), 0.
	for i, c := range counts {
		x[i] = float64(c)
		sum += x[i]
	}
	n := float64(len(x))
	mean, sd := stat.MeanStdDev(x, nil)
	half := distuv.StudentsT{Sigma: 1, Nu: n - 1}.Quantile(.975) * sd / math.Sqrt(n)
	lo, hi = max(0, mean-half), mean+half
	if sum > 0 {
		lo = min(lo, distuv.ChiSquared{K: 2 * sum}.Quantile(.025)/2/n)
	}
	return mean, lo, max(hi, distuv.ChiSquared{K: 2*sum + 2}.Quantile(.975)/2/n)
}
