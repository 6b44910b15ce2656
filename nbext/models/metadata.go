package models

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/gomlx/compute-onnx/support/protos"

	"fusiform/nbext/catalog"
)

// What a file may say of its pre-processing, in its metadata: numbers of 0–1 as
// torchvision.transforms.Normalize takes them, one for each channel.
const (
	meanKey = "fusiform.mean"
	stdKey  = "fusiform.std"
)

// readMetadata sets the mean and the standard deviation of in from the metadata
// of a file, and reports whether both were there. Spaces, commas and brackets
// stand between the numbers.
func readMetadata(props []*protos.StringStringEntryProto, in *catalog.Input) (found bool, err error) {
	given := 0
	for _, kv := range props {
		var to *[]float32
		switch kv.GetKey() {
		case meanKey:
			to = &in.Mean
		case stdKey:
			to = &in.Std
		default:
			continue
		}
		fields := strings.FieldsFunc(kv.Value, func(r rune) bool { return strings.ContainsRune(" ,;()[]\t\n", r) })
		if len(fields) != in.Channels {
			return false, fmt.Errorf("%s is %.60q; expected a number for each of %d channels: \"0.485 0.456 0.406\"", kv.Key, kv.Value, in.Channels)
		}
		v := make([]float32, len(fields))
		for i, f := range fields {
			x, err := strconv.ParseFloat(f, 64)
			if err != nil || !(x >= 0 && x <= 1) || kv.Key == stdKey && x == 0 {
				return false, fmt.Errorf("%s is %.60q; expected numbers for pixels of 0–1, as torchvision.transforms.Normalize takes them", kv.Key, kv.Value)
			}
			v[i] = float32(255 * x)
		}
		*to = v
		given++
	}
	return given == 2, nil
}
