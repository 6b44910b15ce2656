package native

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
)

// A Value is a tensor of float32 numbers, row-major.
type Value struct {
	Name  string
	Shape []int
	Data  []float32
}

// WriteSafetensors writes tensors as F32, in their order, and metadata if there
// are any. torch's safetensors.torch.load_file reads the file. It fails if a name
// is given twice, is "__metadata__" or is empty, or if a tensor does not have as
// many numbers as its shape says.
func WriteSafetensors(w io.Writer, tensors []Value, metadata map[string]string) error {
	var header []byte
	field := func(name string, v any) error {
		k, err := json.Marshal(name)
		if err != nil {
			return err
		}
		b, err := json.Marshal(v)
		if err != nil {
			return err
		}
		sep := ","
		if header == nil {
			sep = "{"
		}
		header = fmt.Appendf(header, "%s%s:%s", sep, k, b)
		return nil
	}
	if len(metadata) > 0 {
		if err := field(metadataKey, metadata); err != nil {
			return fmt.Errorf("native: %w", err)
		}
	}
	seen, at := map[string]bool{metadataKey: true, "": true}, 0
	for _, t := range tensors {
		n := Tensor{Shape: t.Shape}.Elements()
		if seen[t.Name] {
			return fmt.Errorf("native: two tensors, or the metadata, have the name %q", t.Name)
		}
		if n != len(t.Data) {
			return fmt.Errorf("native: tensor %q has %d numbers, expected %d for shape %v", t.Name, len(t.Data), n, t.Shape)
		}
		seen[t.Name] = true
		err := field(t.Name, struct {
			Type    string `json:"dtype"`
			Shape   []int  `json:"shape"`
			Offsets [2]int `json:"data_offsets"`
		}{"F32", append([]int{}, t.Shape...), [2]int{at, at + 4*n}})
		if err != nil {
			return fmt.Errorf("native: %w", err)
		}
		at += 4 * n
	}
	if header == nil {
		return errors.New("native: no tensors to write")
	}
	header = append(header, '}')
	for len(header)%8 != 0 { // numbers begin at a multiple of 8
		header = append(header, ' ')
	}
	out := bufio.NewWriterSize(w, 1<<16)
	out.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(header))))
	out.Write(header)
	var b [4]byte
	for _, t := range tensors {
		for _, v := range t.Data {
			binary.LittleEndian.PutUint32(b[:], math.Float32bits(v))
			out.Write(b[:])
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("native: %w", err)
	}
	return nil
}
