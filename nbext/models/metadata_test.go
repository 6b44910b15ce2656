package models

import (
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute-onnx/support/protos"
)

// The pre-processing that a file tells is taken, without a warning; half of it
// leaves one, and nonsense is an error.
func TestMetadata(t *testing.T) {
	for _, c := range []struct {
		mean, std string
		want      string // in the error; "!": a warning
	}{
		{"0.5 0.25 1", "[0.2, 0.4, 0.1]", ""},
		{"(0.5,0.25,1.0)", "0.2 0.4 0.1", ""},
		{"0.5 0.25 1", "", "!"},
		{"0.5", "0.2", "each of 3 channels"},
		{"123 116 103", "58 57 57", "pixels of 0–1"},
		{"0.5 NaN 1", "0.2 0.4 0.1", "pixels of 0–1"},
		{"0.5 0.25 1", "0 0.4 0.1", "pixels of 0–1"},
		{"0.5 0.25 x", "0.2 0.4 0.1", "pixels of 0–1"},
	} {
		mp := smallNet()
		mp.MetadataProps = []*protos.StringStringEntryProto{{Key: "author", Value: "?"}, {Key: meanKey, Value: c.mean}}
		if c.std != "" {
			mp.MetadataProps = append(mp.MetadataProps, &protos.StringStringEntryProto{Key: stdKey, Value: c.std})
		}
		m, err := Open(writeModel(t, mp))
		switch {
		case c.want != "" && c.want != "!":
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "fusiform.") {
				t.Errorf("%q, %q: the error is %v", c.mean, c.std, err)
			}
		case err != nil:
			t.Error(err)
		case len(m.Warnings) != len(c.want) || !slices.Equal(m.Input.Mean, []float32{127.5, 63.75, 255}):
			t.Errorf("%q, %q: mean %v, warnings %v", c.mean, c.std, m.Input.Mean, m.Warnings)
		case c.std != "" && !slices.Equal(m.Input.Std, []float32{51, 102, 25.5}):
			t.Errorf("%q, %q: std %v", c.mean, c.std, m.Input.Std)
		}
	}
}
