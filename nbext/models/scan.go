package models

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"fusiform/analysis"
	"fusiform/analysis/localizer"
)

// A Scan looks for selective units in all layers of a network at once: each
// image goes through it a single time, and of every layer only sums are kept,
//
//	n, Σ (x − c), Σ (x − c)²,  c the response to the first image of the cell
//
// per unit and cell. A cell is the images that stand on the same side of every
// contrast, so faces against all others takes two, and images of no side are
// not shown. The sums are taken in float64 where the engine has just computed
// a layer, in the order of the images, whatever the number of processors. They
// give each unit's mean and variance over a cell, and so what a localizer gives
// for Responses of the layer, to rounding.
//
// Memory is 20 bytes per unit and cell and a few activations, however many
// images there are: 7 million units and three contrasts take 0.6 GiB.
//
// A scan that is interrupted keeps what it has in Folder, and the next one of
// the same network, images and cells goes on from there.
type Scan struct {
	// Localizer finds the units; nil means localizer.TTest{MinT: 7}.
	Localizer localizer.MomentLocalizer

	Contrasts []analysis.Contrast

	// Layers are the layers to scan, by the names that Responses takes.
	// Empty: those that people mean by a layer, of which Principal says which.
	Layers []string

	// Tensors scans all that Model.Layers lists: convolutions before their
	// activation, and reshaped views, too.
	Tensors bool

	// Folder is where sums are kept; empty means the folder scans in
	// catalog.CacheDir(). Names in it are hashes of all that decides the
	// sums, so that many scans and processes share it.
	Folder string

	// Save says how often a layer's sums are kept during a scan, in case the
	// process is killed; 0 means every minute. They are always kept when the
	// scan is interrupted.
	Save time.Duration

	// Keep leaves the sums in Folder when the scan is complete, for a later
	// one with another localizer, cut or process: 20 bytes per unit and cell.
	Keep bool
}

// A ScanResult is what a Scan found. It holds the sums, from which it makes a
// layer's fROIs when they are asked for.
type ScanResult struct {
	Model   string
	Layers  []Layer // in the order of the graph
	Images  int     // that the contrasts compare
	Resumed int     // of them known already, and not shown again
	Bytes   int     // that the sums took

	// Warnings say what a reader should know: that nothing could be kept on a
	// full disk, say.
	Warnings []error

	rows []ScanRow
	find func(layer int, c analysis.Contrast) (*analysis.FROI, error)
	of   []analysis.Contrast
}

// A ScanRow is a layer and a contrast in a table (nbext.Table).
type ScanRow struct {
	Layer, Op, Contrast   string
	Units, Dead, Selected int
	Percent               float64 // selected, of the units that are not dead
	Largest               float64 // statistic
}

// Run shows the images of s to m and returns the fROIs of every layer.
// Progress is reported through ctx in images. When ctx ends, the scan ends
// within a layer of a batch, what was done is kept in Folder, and the error
// wraps ctx's.
//
// It fails as the localizer does if the contrasts do not fit the images, with
// an *UnknownLayerError, if an image cannot be decoded, and if an activation
// is not finite: the error names layer and image. A folder that cannot be
// written to is a warning.
func (sc Scan) Run(ctx context.Context, m *Model, s analysis.Stimuli) (*ScanResult, error) {
	if sc.Localizer == nil {
		sc.Localizer = localizer.TTest{MinT: 7}
	}
	switch {
	case len(sc.Contrasts) == 0:
		return nil, m.wrap(errors.New("a scan without contrasts; give one at least (localizer.Faces)"))
	case s.Len() == 0:
		return nil, m.wrap(errors.New("no stimuli to show"))
	case m.Batch < 0:
		return nil, m.wrap(fmt.Errorf("the field Batch is %d", m.Batch))
	}
	cell, cells, err := localizer.Cells(sc.Localizer, s, sc.Contrasts...)
	if err != nil {
		return nil, m.wrap(err)
	}
	layers, err := sc.layers(m)
	if err != nil {
		return nil, err
	}
	p, err := newScanPass(m, layers, s, cell, cells)
	if err != nil {
		return nil, err
	}
	if err := p.open(sc); err != nil {
		return nil, m.wrap(err)
	}
	if err := p.run(ctx); err != nil {
		return nil, m.wrap(err)
	}
	r := &ScanResult{Model: m.name, Layers: layers, Images: p.stimuli.Len(), Resumed: p.resumed, Bytes: p.bytes(), of: sc.Contrasts}
	r.find = func(layer int, c analysis.Contrast) (*analysis.FROI, error) {
		return p.froi(sc, layer, s, cell, c)
	}
	if r.rows, err = p.count(ctx, sc, s, cell); err != nil {
		return nil, m.wrap(err)
	}
	p.close(sc)
	r.Warnings = p.warnings
	return r, nil
}

// layers returns the layers to scan, in the order of the graph.
func (sc Scan) layers(m *Model) ([]Layer, error) {
	all, err := m.Layers()
	if err != nil {
		return nil, err
	}
	if len(sc.Layers) == 0 {
		if sc.Tensors {
			return all, nil
		}
		return m.principal(all), nil
	}
	want := map[string]bool{}
	for _, name := range sc.Layers {
		l, err := m.find(all, name)
		if err != nil {
			return nil, err
		}
		want[l.Name] = true
	}
	return slices.DeleteFunc(all, func(l Layer) bool { return !want[l.Name] }), nil
}

// Table returns a row for each layer and contrast.
func (r *ScanResult) Table() []ScanRow { return slices.Clone(r.rows) }

// FROI returns the units that a contrast found in a layer, which goes by any
// of its names: what the localizer gives for the layer's responses, to rounding.
// It fails with analysis.ErrDead if no unit of the layer varies.
func (r *ScanResult) FROI(layer, contrast string) (*analysis.FROI, error) {
	i := slices.IndexFunc(r.Layers, func(l Layer) bool { return l.Name == layer })
	if i < 0 {
		i = slices.IndexFunc(r.Layers, func(l Layer) bool { return slices.Contains(l.Modules, layer) })
	}
	if i < 0 {
		return nil, fmt.Errorf("models: %s: the layer %q was not scanned; Table lists those that were", r.Model, layer)
	}
	for _, c := range r.of {
		if c.Name == contrast {
			return r.find(i, c)
		}
	}
	return nil, fmt.Errorf("models: %s: no contrast of the scan is called %q", r.Model, contrast)
}

// Best returns the fROI of a contrast in the layer where it selects the
// largest share of the living units. It fails with analysis.ErrEmpty if it
// selects none anywhere.
func (r *ScanResult) Best(contrast string) (*analysis.FROI, error) {
	best := ScanRow{}
	for _, row := range r.rows {
		if row.Contrast == contrast && row.Percent > best.Percent {
			best = row
		}
	}
	if best.Layer == "" {
		return nil, fmt.Errorf("models: %s: %w: contrast %q selects no unit in any layer that was scanned", r.Model, analysis.ErrEmpty, contrast)
	}
	return r.FROI(best.Layer, contrast)
}
