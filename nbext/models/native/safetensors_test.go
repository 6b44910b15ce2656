package native

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// raw is a file with that header and that many bytes of numbers.
func raw(header string, numbers int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	b = append(b, header...)
	for i := range numbers {
		b = append(b, byte(i))
	}
	return b
}

func TestSafetensorsTypes(t *testing.T) {
	// −2.5 or −2, and 3, in every type; the bits are IEEE 754's.
	le := binary.LittleEndian
	u64 := func(v ...uint64) (b []byte) {
		for _, x := range v {
			b = le.AppendUint64(b, x)
		}
		return b
	}
	u32 := func(v ...uint32) (b []byte) {
		for _, x := range v {
			b = le.AppendUint32(b, x)
		}
		return b
	}
	u16 := func(v ...uint16) (b []byte) {
		for _, x := range v {
			b = le.AppendUint16(b, x)
		}
		return b
	}
	minus := func(bits int) uint64 { return 1<<bits - 2 }
	for _, c := range []struct {
		dtype string
		b     []byte
		want  []float32
	}{
		{"F64", u64(0xC004000000000000, 0x4008000000000000), []float32{-2.5, 3}},
		{"F32", u32(0xC0200000, 0x40400000), []float32{-2.5, 3}},
		{"F16", u16(0xC100, 0x4200), []float32{-2.5, 3}},
		{"BF16", u16(0xC020, 0x4040), []float32{-2.5, 3}},
		{"I64", u64(math.MaxUint64-1, 3), []float32{-2, 3}},
		{"I32", u32(uint32(minus(32)), 3), []float32{-2, 3}},
		{"I16", u16(uint16(minus(16)), 3), []float32{-2, 3}},
		{"I8", []byte{0xFE, 3}, []float32{-2, 3}},
		{"U64", u64(1<<40, 3), []float32{1 << 40, 3}},
		{"U32", u32(1<<31, 3), []float32{1 << 31, 3}},
		{"U16", u16(1<<15, 3), []float32{1 << 15, 3}},
		{"U8", []byte{200, 3}, []float32{200, 3}},
		{"BOOL", []byte{0, 1}, []float32{0, 1}},
	} {
		b := raw(fmt.Sprintf(`{"x":{"dtype":%q,"shape":[2],"data_offsets":[0,%d]}}`, c.dtype, len(c.b)), 0)
		b = append(b, c.b...)
		s, err := ReadSafetensors(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Errorf("%s: %v", c.dtype, err)
			continue
		}
		got := make([]float32, 2)
		if err := s.Read(got, "x", 0); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.dtype, diff)
		}
		if err := s.Read(got[:1], "x", 1); err != nil || got[0] != c.want[1] {
			t.Errorf("%s: the second is %v, %v", c.dtype, got[0], err)
		}
	}
}

// What was written is read again, in parts, too.
func TestSafetensorsThereAndBack(t *testing.T) {
	long := make([]float32, 50_001)
	for i := range long {
		long[i] = float32(i) / 7
	}
	in := []Value{{"a.weight", []int{3, 16667}, long}, {"b", nil, []float32{-1}}, {`"ü`, []int{0, 4}, []float32{}}}
	var buf bytes.Buffer
	if err := WriteSafetensors(&buf, in, map[string]string{"made_by": "a test"}); err != nil {
		t.Fatal(err)
	}
	if n := binary.LittleEndian.Uint64(buf.Bytes()); n%8 != 0 {
		t.Errorf("the numbers begin at byte %d", n+8)
	}
	s, err := ReadSafetensors(bytes.NewReader(buf.Bytes()), int64(buf.Len()))
	if err != nil {
		t.Fatal(err)
	}
	if s.Metadata["made_by"] != "a test" || len(s.Tensors()) != 3 {
		t.Error(s.Metadata, s.Tensors())
	}
	for _, v := range in {
		tn, err := s.Tensor(v.Name)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(v.Shape, tn.Shape, cmpopts.EquateEmpty()); diff != "" {
			t.Error(diff)
		}
		got := make([]float32, len(v.Data))
		for from := 0; from < len(got); from += 1000 {
			if err := s.Read(got[from:min(len(got), from+1000)], v.Name, from); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(v.Data, got); diff != "" {
			t.Error(v.Name, diff)
		}
	}
	if err := s.Read(make([]float32, 2), "b", 0); err == nil {
		t.Error("read two numbers of one")
	}
	if _, err := s.Tensor("a.wieght"); err == nil || !strings.Contains(err.Error(), "a.weight") {
		t.Errorf("no help with a name: %v", err)
	}
}

func TestSafetensorsWriteRejects(t *testing.T) {
	for _, bad := range [][]Value{
		nil,
		{{"x", []int{2}, []float32{1}}},
		{{"x", nil, []float32{1}}, {"x", nil, []float32{1}}},
		{{metadataKey, nil, []float32{1}}},
		{{"", nil, []float32{1}}},
	} {
		if err := WriteSafetensors(&bytes.Buffer{}, bad, nil); err == nil {
			t.Errorf("%v: no error", bad)
		}
	}
}

// headers that lie, and what is to be said of each.
var lies = []struct {
	name string
	b    []byte
	want string
}{
	{"empty", nil, "0 bytes are no safetensors"},
	{"short", []byte{1, 2, 3}, "3 bytes"},
	{"10 GB of header", append(binary.LittleEndian.AppendUint64(nil, 10<<30), "{}"...), "claims 10737418240 bytes, and the file has 2"},
	{"header beyond int64", append(binary.LittleEndian.AppendUint64(nil, math.MaxUint64), "{}"...), "claims"},
	{"no JSON", raw("hello, world", 0), "does not begin"},
	{"no UTF-8", raw("{\"\xff\":1}", 0), "UTF-8"},
	{"cut", raw(`{"x":{"dtype":"F32"`, 0), "JSON"},
	{"cut in a name", raw(`{"x`, 0), ""},
	{"a list", raw(`[]`, 0), "does not begin"},
	{"two texts", raw(`{}{}`, 0), "follows"},
	{"no object", raw(`{"x":3}`, 0), `tensor "x"`},
	{"a deep list", raw(`{"x":{"dtype":"F32","shape":`+strings.Repeat("[", 1<<20), 0), `tensor "x"`},
	{"duplicate", raw(`{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, 1), `"x" stands there twice`},
	{"duplicate, escaped", raw(`{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\u0078":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, 1), "twice"},
	{"duplicate field", raw(`{"x":{"dtype":"U8","shape":[1],"shape":[2],"data_offsets":[0,1]}}`, 1), `"shape" stands there twice`},
	{"unknown field", raw(`{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"more":1}}`, 1), "more"},
	{"no type", raw(`{"x":{"shape":[1],"data_offsets":[0,1]}}`, 1), "dtype is missing"},
	{"no offsets", raw(`{"x":{"dtype":"U8","shape":[1]}}`, 1), "data_offsets is missing"},
	{"one offset", raw(`{"x":{"dtype":"U8","shape":[1],"data_offsets":[1]}}`, 1), "1 numbers"},
	{"three offsets", raw(`{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1,2]}}`, 1), "longer than 2"},
	{"unknown type", raw(`{"x":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}}`, 1), `"F8_E4M3" cannot be read`},
	{"negative", raw(`{"x":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}`, 1), "-1 is no whole number"},
	{"fraction", raw(`{"x":{"dtype":"U8","shape":[1.5],"data_offsets":[0,1]}}`, 1), "1.5 is no whole number"},
	{"more than uint64", raw(`{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,99999999999999999999]}}`, 1), "no whole number"},
	{"beyond the file", raw(`{"x":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}`, 15), "beyond the 15 bytes"},
	{"10 GB of numbers", raw(`{"x":{"dtype":"F32","shape":[2500000000],"data_offsets":[0,10000000000]}}`, 15), `tensor "x"`},
	{"a product that overflows", raw(`{"x":{"dtype":"F32","shape":[4294967296,4294967296,4294967296],"data_offsets":[0,0]}}`, 0), "impossibly large"},
	{"overflow to 0", raw(`{"x":{"dtype":"F32","shape":[2147483647,2147483647,2147483647],"data_offsets":[0,0]}}`, 0), "impossibly large"},
	{"backwards", raw(`{"x":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}}`, 1), "ends before it begins"},
	{"wrong size", raw(`{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}`, 4), "4 bytes, expected 8 for shape [2] of F32"},
	{"overlap", raw(`{"x":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"y":{"dtype":"U8","shape":[3],"data_offsets":[2,5]}}`, 5), `tensor "y" begins 1 bytes before the end of tensor "x"`},
	{"hole", raw(`{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"y":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}`, 3), `1 bytes between tensor "x" and tensor "y"`},
	{"superfluous bytes", raw(`{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, 3), `2 bytes after tensor "x"`},
	{"metadata of numbers", raw(`{"__metadata__":{"a":1}}`, 0), "text"},
	{"17 axes", raw(`{"x":{"dtype":"U8","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"data_offsets":[0,1]}}`, 1), "longer than 16"},
}

func TestSafetensorsLies(t *testing.T) {
	for _, c := range lies {
		_, err := ReadSafetensors(bytes.NewReader(c.b), int64(len(c.b)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		}
	}
	if _, err := OpenSafetensors(t.TempDir()); err == nil {
		t.Error("a folder was opened")
	}
	if _, err := OpenSafetensors(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("no file was opened")
	}
}

// A header cannot make the reader take memory.
func TestSafetensorsAllocatesLittle(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for _, c := range lies {
		if c.name != "a deep list" { // itself a megabyte
			ReadSafetensors(bytes.NewReader(c.b), int64(len(c.b)))
		}
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
		t.Errorf("%d bytes taken for %d small files", n, len(lies))
	}
}

// A file that is cut after it was opened is an error, not zeros.
func TestSafetensorsCutLater(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.safetensors")
	b := raw(`{"x":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}`, 16)
	if err := os.WriteFile(path, b, 0o666); err != nil {
		t.Fatal(err)
	}
	s, err := OpenSafetensors(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := os.Truncate(path, int64(len(b)-1)); err != nil {
		t.Fatal(err)
	}
	if err := s.Read(make([]float32, 4), "x", 0); err == nil || !strings.Contains(err.Error(), `"x"`) {
		t.Errorf("error %v", err)
	}
}

// Whatever the bytes, there is an error or a file whose tensors can be read and
// cover it.
func FuzzSafetensors(f *testing.F) {
	for _, c := range lies {
		if len(c.b) < 1000 {
			f.Add(c.b)
		}
	}
	var buf bytes.Buffer
	if err := WriteSafetensors(&buf, []Value{{"a", []int{2, 2}, []float32{1, 2, 3, 4}}, {"b", []int{0}, nil}}, map[string]string{"k": "v"}); err != nil {
		f.Fatal(err)
	}
	f.Add(buf.Bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := ReadSafetensors(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		bytes, names := int64(8)+int64(binary.LittleEndian.Uint64(b)), map[string]bool{}
		for _, tn := range s.Tensors() {
			if names[tn.Name] {
				t.Fatalf("two tensors %q", tn.Name)
			}
			names[tn.Name] = true
			bytes += int64(tn.Elements()) * int64(widths[tn.Type])
			if err := s.Read(make([]float32, tn.Elements()), tn.Name, 0); err != nil {
				t.Fatal(err)
			}
		}
		if bytes != int64(len(b)) {
			t.Fatalf("tensors and header have %d bytes of %d", bytes, len(b))
		}
	})
}
