package models

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"fusiform/analysis"
)

// A Lesion puts some units of a layer out of action, inside the network: what
// comes after it never sees their responses.
type Lesion struct {
	// Layer is where the units are: a name of Model.Layers.
	Layer string

	// FROI says which units, those that it keeps, in the order in which
	// Responses gives them (channel, row, column). It was defined in this
	// layer of the network, or of the intact network if this one is lesioned
	// already. A fROI need not come from a localizer: Source, Contrast.Name
	// and Keep are all that is read.
	FROI *analysis.FROI

	// MeanOver replaces each unit by its mean response over these stimuli in
	// the network that is to be lesioned; empty silences the units: they
	// respond with 0. Silence takes away what a unit says about an image and
	// moves the sums that it enters, too; the mean does only the first.
	MeanOver analysis.Stimuli
}

// Lesioned returns the network with the units of a fROI silenced: they are 0
// for every image, and everything computed from them, to the output, is
// computed from that. Layers before, and the input of the lesioned layer, are
// as they were; where a shortcut (ResNet) carries the same information past
// the layer, it still does. Reading the layer gives the lesioned values.
//
// Input, Batch and Warnings are m's; the weights are shared. The name is
// "face_resnet (gap faces lesioned)". Lesioning a lesioned network adds to the
// damage, and the order makes no difference.
//
// To show a lesioned network the stimuli that defined the fROI is no error
// here: its responses are not the statistic that chose the units. It is not
// innocent either: units that happen to answer these very images strongly are
// missed most for these very images. So what a lesion does to a task is
// measured on other images (LesionEffects insists on it).
//
// It fails with an *UnknownLayerError if there is no such layer; with an
// *analysis.AlignmentError if f is of another network or layer, or has another
// number of channels; and with analysis.ErrEmpty if f has none.
func Lesioned(m *Model, layer string, f *analysis.FROI) (*Model, error) {
	return LesionedAt(context.Background(), m, Lesion{Layer: layer, FROI: f})
}

// LesionedAt is Lesioned for several lesions, which may be in several layers,
// and may replace units by their mean. All means are those of m as it is, so
// the order of the lesions makes no difference. ctx is for measuring these.
//
// It fails like Lesioned and Responses, and if a unit would be replaced by two
// different values.
func LesionedAt(ctx context.Context, m *Model, lesions ...Lesion) (*Model, error) {
	if len(lesions) == 0 {
		return nil, m.wrap(errors.New("no lesion given"))
	}
	all := slices.Clone(m.net.damage)
	var what []string
	for _, l := range lesions {
		d, err := m.damaged(ctx, l)
		if err != nil {
			return nil, err
		}
		if all, err = with(all, d); err != nil {
			return nil, m.wrap(err)
		}
		how := "lesioned"
		if l.MeanOver.Len() > 0 {
			how = "at their mean"
		}
		what = append(what, strings.Join(strings.Fields(d.layer+" "+l.FROI.Contrast.Name+" "+how), " "))
	}
	out := *m
	out.intact = m.intactName()
	if open, ok := strings.CutSuffix(m.name, ")"); ok && m.intact != "" {
		out.name = open + ", " + strings.Join(what, ", ") + ")"
	} else {
		out.name = m.name + " (" + strings.Join(what, ", ") + ")"
	}
	out.net = &network{file: m.net.file, redraw: m.net.redraw, damage: all}
	return &out, nil
}

// intactName is the name of the network before any lesion.
func (m *Model) intactName() string {
	if m.intact != "" {
		return m.intact
	}
	return m.name
}

// A damage says what becomes of the units of one layer: keep[i]·x + fill[i],
// with keep 0 or 1, and fill 0 where keep is 1.
type damage struct {
	layer      string
	shape      []int64 // of the layer's tensor for one image
	merged     bool    // axis 0 of the tensor is the batch times shape[0]
	second     bool    // axis 0 of the tensor is shape[0], axis 1 the batch
	keep, fill []float32
}

// damaged checks a lesion and finds what it does.
func (m *Model) damaged(ctx context.Context, l Lesion) (damage, error) {
	if l.FROI == nil {
		return damage{}, m.wrap(fmt.Errorf("the lesion of %q has no fROI", l.Layer))
	}
	d, err := m.place(l.Layer)
	if err != nil {
		return d, err
	}
	if err := m.holds(d, l.FROI); err != nil {
		return d, err
	}
	mean := make([]float64, len(d.keep))
	if l.MeanOver.Len() > 0 {
		r, err := m.Responses(ctx, d.layer, l.MeanOver)
		if err != nil {
			return d, err
		}
		for i := range l.MeanOver.Len() {
			for j, v := range r.Row(i) {
				mean[j] += v / float64(l.MeanOver.Len())
			}
		}
	}
	for j, cut := range l.FROI.Keep {
		if cut {
			d.keep[j], d.fill[j] = 0, float32(mean[j])
		}
	}
	return d, nil
}

// holds checks that f is of the layer.
func (m *Model) holds(d damage, f *analysis.FROI) error {
	if own, base := m.name+"/"+d.layer, m.intactName()+"/"+d.layer; f.Source != own && f.Source != base {
		return &analysis.AlignmentError{What: fmt.Sprintf("models: fROI %q was defined in %q and cannot lesion %q", f.Contrast.Name, f.Source, own)}
	}
	if len(f.Keep) != len(d.keep) {
		return &analysis.AlignmentError{What: fmt.Sprintf("models: fROI %q of %q has %d channels, the layer has %d units", f.Contrast.Name, f.Source, len(f.Keep), len(d.keep))}
	}
	if f.Count() == 0 {
		return m.wrap(fmt.Errorf("%w: fROI %q of %q selects none of its %d units, there is nothing to lesion", analysis.ErrEmpty, f.Contrast.Name, f.Source, len(f.Keep)))
	}
	return nil
}

// place returns a damage of the layer that does nothing.
func (m *Model) place(layer string) (damage, error) {
	if err := checkInput(m.Input); err != nil {
		return damage{}, m.wrap(err)
	}
	n := m.net
	n.mu.Lock()
	defer n.mu.Unlock()
	all, err := n.lockedLayers(m.Input)
	if err != nil {
		return damage{}, m.wrap(err)
	}
	l, err := m.find(all, layer)
	if err != nil {
		return damage{}, err
	}
	batch := max(2, n.parsed.input.dims[0])
	if fixed := n.parsed.input.dims[0]; fixed > 0 {
		batch = fixed
	}
	shapes, err := n.parsed.shapes(batch, m.Input)
	if err != nil {
		return damage{}, m.wrap(err)
	}
	at := slices.IndexFunc(n.parsed.outputs, func(p port) bool { return p.name == l.Name })
	s := shapes[at]
	d := damage{layer: l.Name, keep: make([]float32, l.Units), fill: make([]float32, l.Units), second: n.parsed.second[l.Name]}
	if d.merged = s.Dimensions[0] != batch; d.merged {
		d.shape = []int64{int64(s.Dimensions[0] / batch)}
	}
	for _, k := range s.Dimensions[1:] {
		d.shape = append(d.shape, int64(k))
	}
	for j := range d.keep {
		d.keep[j] = 1
	}
	return d, nil
}

// with adds a damage to those of a network, which it may change.
func with(all []damage, d damage) (_ []damage, err error) {
	at, found := slices.BinarySearchFunc(all, d, func(a, b damage) int { return cmp.Compare(a.layer, b.layer) })
	if !found {
		return slices.Insert(all, at, d), nil
	}
	all[at], err = all[at].add(d)
	return all, err
}

// add returns both damages of one layer.
func (d damage) add(o damage) (damage, error) {
	d.keep, d.fill = slices.Clone(d.keep), slices.Clone(d.fill)
	for j, k := range o.keep {
		switch {
		case k != 0:
		case d.keep[j] == 0 && d.fill[j] != o.fill[j]:
			return d, fmt.Errorf("unit %d of %q would be replaced by two values, %v and %v; lesion it once", j, d.layer, d.fill[j], o.fill[j])
		default:
			d.keep[j], d.fill[j] = 0, o.fill[j]
		}
	}
	return d, nil
}

// key is a hash of what the damage does.
func (d damage) key() [sha256.Size]byte {
	b := fmt.Appendf(nil, "%q %d\n", d.layer, len(d.keep))
	for j, k := range d.keep {
		if k == 0 {
			b = binary.LittleEndian.AppendUint64(b, uint64(j))
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(d.fill[j]))
		}
	}
	return sha256.Sum256(b)
}
