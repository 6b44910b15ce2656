package models

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// A protobuf of two bytes is a node of some hundred when it is decoded, and one
// byte is a whole number of eight: a file of a gigabyte would take a hundred. So
// what is decoded is weighed first.

const (
	mostDecoded = 256 << 20 // bytes that a file may take when it is decoded, the large weights aside
	mostDeep    = 100       // messages in each other; a graph within a graph takes three

	messageBytes = 256 // of the largest message, about
	stringBytes  = 16
	numberBytes  = 8
)

// A budgetError says that a file would take too much memory.
type budgetError struct{ what string }

func (e *budgetError) Error() string { return e.what }

// weigh adds what a message of type d takes when b is decoded, and fails where
// that is more than is left. Bytes that are no protobuf weigh nothing: decoding
// them fails.
func (w *wire) weigh(b []byte, d protoreflect.MessageDescriptor, depth int) error {
	if depth > mostDeep {
		return &budgetError{fmt.Sprintf("graphs or other parts of the file lie in each other, more than %d deep", mostDeep)}
	}
	if err := w.spend(messageBytes); err != nil {
		return err
	}
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return nil
		}
		b = b[n:]
		if n = protowire.ConsumeFieldValue(num, typ, b); n < 0 {
			return nil
		}
		value := b[:n]
		b = b[n:]
		f := d.Fields().ByNumber(num)
		if f == nil { // kept as it is
			continue
		}
		var err error
		switch content, k := protowire.ConsumeBytes(value); {
		case typ != protowire.BytesType || k < 0:
			if f.IsList() {
				err = w.spend(numberBytes)
			}
		case f.Message() != nil:
			err = w.weigh(content, f.Message(), depth+1)
		case f.Kind() == protoreflect.StringKind || f.Kind() == protoreflect.BytesKind:
			err = w.spend(stringBytes)
		case f.Kind() != protoreflect.FloatKind && f.Kind() != protoreflect.DoubleKind: // packed
			numbers := 0
			for _, c := range content {
				if c < 0x80 {
					numbers++
				}
			}
			err = w.spend(numbers * numberBytes)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// spend takes from what a file may still be decoded to.
func (w *wire) spend(bytes int) error {
	if w.decoded += bytes; w.decoded > mostDecoded {
		return &budgetError{fmt.Sprintf("the graph would take more than %d MiB of memory beside its weights: no network has so many nodes, or whole numbers", mostDecoded>>20)}
	}
	return nil
}
