package models

import (
	"encoding/base64"
	"testing"
)

// Whatever a graph says, normalise gives an error or a network, and every
// module's name leads to a layer.
func FuzzNormalise(f *testing.F) {
	var ref struct{ Cases []struct{ Onnx string } }
	readJSON(f, "testdata/rewrites.json", &ref)
	for _, c := range ref.Cases {
		b, err := base64.StdEncoding.DecodeString(c.Onnx)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		n := newNetwork(b)
		mp, err := n.file.model()
		if err != nil {
			return
		}
		p, err := normalise(mp)
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without words")
			}
			return
		}
		layers := make([]Layer, len(p.outputs))
		for i, o := range p.outputs {
			layers[i] = Layer{Name: o.name}
		}
		moduleNames(p.places, layers)
		for _, l := range layers {
			for _, name := range l.Modules {
				if _, ok := resolve(layers, name); !ok {
					t.Errorf("no layer goes by %q", name)
				}
			}
		}
		if in, err := guessInput(p.input); err == nil {
			_, _ = readMetadata(n.file.mp.MetadataProps, &in)
		}
	})
}
