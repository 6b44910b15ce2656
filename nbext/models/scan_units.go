package models

import (
	"context"
	"errors"
	"fmt"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
)

// ResponsesWithin returns the responses of each fROI's units to s, n×Count
// each, from one pass through the network: what Responses of its layer and
// Within the fROI give, but without holding a layer. It is the second pass of a
// Scan, on other images than those that it was defined on; layers may repeat.
//
// It fails as Responses and Within do: with analysis.ErrEmpty for a fROI
// without units, and with analysis.ErrCircular if its stimuli are among s.
func (m *Model) ResponsesWithin(ctx context.Context, rois []*analysis.FROI, s analysis.Stimuli) ([]*analysis.Responses, error) {
	if len(rois) == 0 {
		return nil, m.wrap(errors.New("no fROI asked for"))
	}
	if s.Len() == 0 {
		return nil, m.wrap(errors.New("no stimuli to show"))
	}
	all, err := m.Layers()
	if err != nil {
		return nil, err
	}
	// Of each fROI: its layer, and its units of all that are read there.
	of := make([]int, len(rois))
	var layers []Layer
	read := map[string]int{}
	units := 0
	for i, f := range rois {
		if f == nil {
			return nil, m.wrap(fmt.Errorf("fROI %d is nil: no unit of its layer varies", i))
		}
		l, ok := layerOf(m.name, all, f)
		if !ok || len(f.Keep) != l.Units {
			return nil, m.wrap(&analysis.AlignmentError{What: fmt.Sprintf("the fROI %q of %q, with %d channels, is of no layer here", f.Contrast.Name, f.Source, len(f.Keep))})
		}
		k, ok := read[l.Name]
		if !ok {
			k = len(layers)
			read[l.Name] = k
			layers = append(layers, l)
		}
		of[i] = k
		units += f.Count()
	}
	if units > maxResponses/s.Len() {
		return nil, m.wrap(fmt.Errorf("%d units for %d stimuli are %.0f GiB of responses, more than 8; choose fewer units", units, s.Len(), 8*float64(units)*float64(s.Len())/(1<<30)))
	}
	rest := make([]*analysis.Responses, len(rois)) // what Within makes of a row of zeros: checks, and the name
	out := make([]*mat.Dense, len(rois))
	for i, f := range rois {
		if rest[i], err = within(f, s); err != nil {
			return nil, m.wrap(err)
		}
		out[i] = mat.NewDense(s.Len(), f.Count(), nil)
	}
	whole := make([]int, s.Len()) // one cell
	p, err := newScanPass(m, layers, s, whole, 1)
	if err != nil {
		return nil, err
	}
	columns := make([][][]int32, len(p.sums)) // per slot and fROI: where its units lie
	for i, f := range rois {
		k, index := p.net.of[of[i]], p.net.index[of[i]]
		if columns[k] == nil {
			columns[k] = make([][]int32, len(rois))
		}
		for _, j := range f.Channels() {
			at := int32(j)
			if index != nil {
				at = index[j]
			}
			columns[k][i] = append(columns[k][i], at)
		}
	}
	p.take = func(b scanBatch, slot int, v []float32) {
		n := p.sums[slot].units
		for i, at := range columns[slot] {
			if at == nil {
				continue
			}
			for k := range b.n {
				row, x := out[i].RawRowView(b.from+k), v[k*n:(k+1)*n]
				for j, a := range at {
					row[j] = float64(x[a])
				}
			}
		}
	}
	if err := p.run(ctx); err != nil {
		return nil, m.wrap(err)
	}
	res := make([]*analysis.Responses, len(rois))
	for i := range rois {
		if res[i], err = analysis.NewResponses(rest[i].Source(), s, out[i]); err != nil {
			return nil, m.wrap(err)
		}
	}
	return res, nil
}

// layerOf returns the layer that an fROI was defined in.
func layerOf(name string, all []Layer, f *analysis.FROI) (Layer, bool) {
	for _, l := range all {
		if f.Source == name+"/"+l.Name {
			return l, true
		}
	}
	return Layer{}, false
}

// within makes the checks of Responses.Within for stimuli s, and returns the
// fROI's channels of one of them, all 0.
func within(f *analysis.FROI, s analysis.Stimuli) (*analysis.Responses, error) {
	it := s.At(0)
	if ids := f.DefinedOn.Shared(s); len(ids) > 0 {
		i, _ := s.Index(ids[0])
		it = s.At(i)
	}
	one, err := analysis.NewStimuli([]analysis.Stimulus{it})
	if err != nil {
		return nil, err
	}
	r, err := analysis.NewResponses(f.Source, one, mat.NewDense(1, len(f.Keep), nil))
	if err != nil {
		return nil, err
	}
	return r.Within(f)
}
