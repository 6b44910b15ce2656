package models

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"fusiform/analysis"
	"fusiform/analysis/localizer"
)

// seeds returns those of the twins.
func (t Twins) seeds() []uint64 {
	if t.Seeds == nil {
		return []uint64{0, 1, 2, 3, 4}
	}
	return t.Seeds
}

// Networks returns m and its untrained twins, m first, the twins in the order
// of their seeds. It fails like Untrained, if a seed stands twice, and if m is
// untrained itself.
func (t Twins) Networks(m *Model) ([]*Model, error) {
	seeds := t.seeds()
	switch {
	case m.net.redraw != (redraw{}):
		return nil, m.wrap(errors.New("this network is untrained itself; give the trained one"))
	case len(slices.Compact(slices.Sorted(slices.Values(seeds)))) < len(seeds):
		return nil, m.wrap(fmt.Errorf("the seeds of the twins are %v; give each once", seeds))
	}
	all := []*Model{m}
	for _, seed := range seeds {
		u, err := Untrained(m, seed)
		if err != nil {
			return nil, err
		}
		all = append(all, u)
	}
	return all, nil
}

// Survey counts, in every layer named, the units that the localizer finds by
// the first images and those that the second find again, in the network and in
// each of its twins: a row for each network, layer and contrast, networks as
// in Networks, layers as they are named. Without layers it is Layer, or where
// that is empty, too, the layers of Principal. Each network sees each image
// once (Scan), whose sums are kept, so that a second survey takes no time.
//
// Count says what that means for one layer, with the interval over twins. The
// Chance of a row is over all units of the layer (localizer.Replication).
// Progress is in passes over the images: two for each network.
//
// It fails like Networks and Scan, and with analysis.ErrCircular if the two
// sets share images.
func (t Twins) Survey(ctx context.Context, m *Model, layers []string, first, second analysis.Stimuli) ([]localizer.Replication, error) {
	if ids := first.Shared(second); len(ids) > 0 {
		return nil, m.wrap(fmt.Errorf("%w: %d stimuli are in both sets (%s); replication needs other images", analysis.ErrCircular, len(ids), analysis.Few(ids, 2)))
	}
	networks, err := t.Networks(m)
	if err != nil {
		return nil, err
	}
	if len(layers) == 0 && t.Layer != "" {
		layers = []string{t.Layer}
	}
	sc := Scan{Localizer: localizer.TTest{MinT: or3(t.MinT)}, Contrasts: t.Contrasts, Layers: layers, Keep: true}
	if sc.Contrasts == nil {
		sc.Contrasts = localizer.Domains
	}
	silent := analysis.WithProgress(ctx, func(int, int) {})
	var rows []localizer.Replication
	for i, n := range networks {
		var found [2]*ScanResult
		for k, s := range []analysis.Stimuli{first, second} {
			analysis.ReportProgress(ctx, 2*i+k, 2*len(networks))
			if found[k], err = sc.Run(silent, n, s); err != nil {
				return nil, err
			}
		}
		names := layers
		if len(names) == 0 {
			for _, l := range found[0].Layers {
				names = append(names, l.Name)
			}
		}
		for _, layer := range names {
			for _, c := range sc.Contrasts {
				row, err := replication(found, n.name, layer, c)
				if err != nil {
					return nil, err
				}
				rows = append(rows, row)
			}
		}
	}
	analysis.ReportProgress(ctx, 2*len(networks), 2*len(networks))
	return rows, nil
}

// replication is the row of a layer and a contrast.
func replication(found [2]*ScanResult, network, layer string, c analysis.Contrast) (localizer.Replication, error) {
	var f [2]*analysis.FROI
	for k, r := range found {
		var err error
		if f[k], err = r.FROI(layer, c.Name); errors.Is(err, analysis.ErrDead) {
			return deadRow(r, network, layer, c)
		} else if err != nil {
			return localizer.Replication{}, err
		}
	}
	row := localizer.Replicated(f[0], f[1])
	row.Source, row.Region = network+"/"+layer, c.Name
	return row, nil
}

// deadRow is the row of a layer in which no unit varies over one of the sets.
func deadRow(r *ScanResult, network, layer string, c analysis.Contrast) (localizer.Replication, error) {
	for _, l := range r.Layers {
		if l.Name == layer || slices.Contains(l.Modules, layer) {
			return localizer.Replication{Source: network + "/" + layer, Region: c.Name, Channels: l.Units, Dead: l.Units}, nil
		}
	}
	return localizer.Replication{}, fmt.Errorf("models: %s: the layer %q was not scanned", network, layer)
}

// or3 is the cut of both localizers.
func or3(minT float64) float64 {
	if minT == 0 {
		return 3
	}
	return minT
}

// TwinCounts sums up the rows of a Survey as Count does for one layer: the
// trained network beside its twins, with the interval over them, a row for each
// layer and region.
//
// It fails if there is no trained network or fewer than two twins among the
// rows, and if a network lacks a row of the trained one.
func TwinCounts(rows []localizer.Replication) ([]TwinCount, error) {
	network := ""
	for _, r := range rows {
		if base, _, untrained := strings.Cut(r.Source, untrainedMark+", seed "); untrained {
			network = base
			break
		}
	}
	var trained []localizer.Replication
	var names []string                          // of the twins
	of := map[[3]string]localizer.Replication{} // by network, layer and region
	for _, r := range rows {
		name, layer, ok := network, "", false
		if layer, ok = strings.CutPrefix(r.Source, network+"/"); ok {
			trained = append(trained, r)
		} else if rest, is := strings.CutPrefix(r.Source, network+untrainedMark+", seed "); is {
			var seed string
			if seed, layer, ok = strings.Cut(rest, ")/"); ok {
				name = network + untrainedMark + ", seed " + seed + ")"
			}
		}
		if network == "" || !ok {
			return nil, fmt.Errorf("models: %q is neither a trained network nor an untrained twin of it; give the rows of one Survey", r.Source)
		}
		if name != network && !slices.Contains(names, name) {
			names = append(names, name)
		}
		of[[3]string{name, layer, r.Region}] = r
	}
	if len(trained) == 0 || len(names) < 2 {
		return nil, fmt.Errorf("models: %d rows of the trained network and %d twins; an interval over twins needs two at least", len(trained), len(names))
	}
	out := make([]TwinCount, len(trained))
	for i, r := range trained {
		layer := strings.TrimPrefix(r.Source, network+"/")
		twins := make([]localizer.Replication, len(names))
		for k, name := range names {
			var ok bool
			if twins[k], ok = of[[3]string{name, layer, r.Region}]; !ok {
				return nil, fmt.Errorf("models: there is no row of %s for %s in %s", name, r.Region, layer)
			}
		}
		out[i] = twinCount(network, layer, r, twins)
	}
	return out, nil
}
