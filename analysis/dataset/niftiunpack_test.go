package dataset

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// packedRun writes a run of 6×5×4 voxels and 30 volumes as .nii.gz, its bytes
// edited, and opens it.
func packedRun(t *testing.T, edit func(gz []byte) []byte) *NIfTI {
	t.Helper()
	path := filepath.Join(t.TempDir(), "run.nii.gz")
	w, err := CreateNIfTI(path, NIfTIHeader{Type: "int16", Shape: [4]int{6, 5, 4, 30}, TR: 2, Affine: [4][4]float64{{2}, {0, 2}, {0, 0, 2}}})
	if err != nil {
		t.Fatal(err)
	}
	for vol := range 30 {
		values := make([]float64, 120)
		for v := range values {
			values[v] = packedValue(vol, v)
		}
		if err := w.Volume(values); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if edit != nil {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, edit(b), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	n, err := OpenNIfTI(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close() })
	return n
}

func packedValue(t, v int) float64 { return float64((t*977+v*131)%4001 - 2000) }

func hasValues(t *testing.T, m *mat.Dense, voxels []int) {
	t.Helper()
	for vol := range 30 {
		for k, v := range voxels {
			if got := m.At(vol, k); got != packedValue(vol, v) {
				t.Fatalf("voxel %d of volume %d is %v", v, vol, got)
			}
		}
	}
}

// TestUnpackedOnce: the first of several blocks unpacks the image, the last one
// gives the temporary file back, and none is left behind.
func TestUnpackedOnce(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	t.Setenv("TMP", tmp)
	n := packedRun(t, nil)
	mask := make([]bool, 120)
	for v := range mask {
		mask[v] = v%3 != 1
	}
	for _, masks := range [][][]bool{nil, {mask}} {
		s, err := n.TimeCourses(masks...)
		if err != nil {
			t.Fatal(err)
		}
		_, count := s.Dims()
		for lo := 0; lo < count; lo += 17 {
			hi := min(lo+17, count)
			b, err := s.Block(t.Context(), lo, hi)
			if err != nil {
				t.Fatal(err)
			}
			hasValues(t, b, s.Voxels()[lo:hi])
			if n.unpacked != (hi < count) {
				t.Errorf("voxels %d to %d: unpacked %v", lo, hi, n.unpacked)
			}
		}
		if b, err := s.Block(t.Context(), 0, count); err != nil || n.unpacked {
			t.Errorf("one block unpacks the image: %v", err)
		} else {
			hasValues(t, b, s.Voxels())
		}
	}
	n.forget()
	if n.stream == nil {
		n.twice = 0
	}
	back := 0
	for vol := 29; vol >= 0; vol-- { // backwards
		got, err := n.Volume(vol, nil)
		if err != nil || got[7] != packedValue(vol, 7) {
			t.Fatalf("volume %d: %v %v", vol, got, err)
		}
		if !n.unpacked {
			back++
		}
	}
	if back > 2 {
		t.Errorf("%d volumes backwards before the image was unpacked", back)
	}
	if err := n.Close(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// TestNoRoomToUnpack: without a place for a temporary file blocks are read as
// well, and an end of ctx is an end.
func TestNoRoomToUnpack(t *testing.T) {
	n := packedRun(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s, err := n.TimeCourses()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Block(ctx, 0, 5); !errors.Is(err, context.Canceled) || n.temp != nil {
		t.Errorf("%v, temporary file %v", err, n.temp)
	}
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "none"))
	t.Setenv("TMP", filepath.Join(t.TempDir(), "none"))
	for lo := 0; lo < 120; lo += 40 {
		b, err := s.Block(t.Context(), lo, lo+40)
		if err != nil || n.unpacked {
			t.Fatal(err)
		}
		hasValues(t, b, s.Voxels()[lo:lo+40])
	}
}

// TestPackedEnds: bytes after a member, a second member and a missing end do not
// concern the values; a checksum that is wrong does.
func TestPackedEnds(t *testing.T) {
	for name, c := range map[string]struct {
		edit func([]byte) []byte
		want string
	}{
		"garbage":  {func(b []byte) []byte { return append(b, "garbage"...) }, ""},
		"zeros":    {func(b []byte) []byte { return append(b, make([]byte, 512)...) }, ""},
		"no end":   {func(b []byte) []byte { return b[:len(b)-8] }, ""},
		"two":      {inMembers, ""},
		"checksum": {func(b []byte) []byte { b[len(b)-8] ^= 1; return b }, "not those that were packed"},
		"length":   {func(b []byte) []byte { b[len(b)-1] ^= 1; return b }, "not those that were packed"},
		"cut":      {func(b []byte) []byte { return b[:len(b)/2] }, "breaks off"},
	} {
		n := packedRun(t, c.edit)
		s, err := n.TimeCourses()
		if err != nil {
			t.Fatal(err)
		}
		for lo := 0; lo < 120; lo += 60 {
			b, err := s.Block(t.Context(), lo, lo+60)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), n.File)) {
				t.Errorf("%s: %v", name, err)
			}
			if err == nil {
				hasValues(t, b, s.Voxels()[lo:lo+60])
			}
		}
	}
}

// inMembers packs a file again, in members of 1000 bytes, as bgzip does.
func inMembers(b []byte) []byte {
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		panic(err)
	}
	var out bytes.Buffer
	for {
		part, err := io.ReadAll(io.LimitReader(z, 1000))
		if err != nil {
			panic(err)
		}
		if len(part) == 0 {
			return out.Bytes()
		}
		w := gzip.NewWriter(&out)
		w.Write(part)
		w.Close()
	}
}

// TestWideRun: images of more than one buffer, by volume and by scattered voxels, with
// every processor.
func TestWideRun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "wide.nii")
	shape := [4]int{101, 97, 19, 3} // 186143 voxels, of 4 bytes
	w, err := CreateNIfTI(path, NIfTIHeader{Shape: shape, Affine: [4][4]float64{{2}, {0, 2}, {0, 0, 2}}})
	if err != nil {
		t.Fatal(err)
	}
	value := func(t, v int) float64 { return float64((v*31+t*7)%65521) / 4 }
	values := make([]float64, 101*97*19)
	for vol := range 3 {
		for v := range values {
			values[v] = value(vol, v)
		}
		if err := w.Volume(values); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	n, err := OpenNIfTI(path)
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	for vol := range 3 {
		got, err := n.Volume(vol, values[:0])
		if err != nil {
			t.Fatal(err)
		}
		for v, x := range got {
			if x != value(vol, v) {
				t.Fatalf("voxel %d of volume %d is %v", v, vol, x)
			}
		}
	}
	for _, step := range []int{1, 2, 37, 2500, 40000} {
		var voxels []int
		for v := 5; v < n.Voxels(); v += 1 + v%step {
			voxels = append(voxels, v)
		}
		m, err := n.Series(t.Context(), voxels)
		if err != nil {
			t.Fatal(err)
		}
		for vol := range 3 {
			for k, x := range m.RawRowView(vol) {
				if x != value(vol, voxels[k]) {
					t.Fatalf("step %d: voxel %d of volume %d is %v", step, voxels[k], vol, x)
				}
			}
		}
	}
	// A file that shrinks while it is open is an error of the first volume that is missing.
	if err := os.Truncate(path, n.offset+4*101*97*19+8); err != nil {
		t.Fatal(err)
	}
	if _, err := n.Series(t.Context(), nil); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error(err)
	}
}

// TestDecodeAnyLength: the quick loops end as the plain ones do.
func TestDecodeAnyLength(t *testing.T) {
	for code, c := range map[int16]struct {
		bytes int
		put   func(b []byte, x int)
	}{
		4:  {2, func(b []byte, x int) { binary.LittleEndian.PutUint16(b, uint16(x)) }},
		16: {4, func(b []byte, x int) { binary.LittleEndian.PutUint32(b, math.Float32bits(float32(x))) }},
	} {
		for _, slope := range []float64{1, 0.1} {
			for n := range 40 {
				h := &NIfTIHeader{Slope: slope, Inter: 3 * (1 - slope), code: code, bytes: c.bytes}
				raw, to := make([]byte, n*c.bytes), make([]float64, n)
				for i := range n {
					c.put(raw[i*c.bytes:], -7*i)
				}
				h.decode(to, raw)
				for i, x := range to {
					if want := float64(float64(-7*i)*slope) + h.Inter; x != want {
						t.Errorf("type %d, %d values, slope %v: value %d is %v, want %v", code, n, slope, i, x, want)
					}
				}
			}
		}
	}
}
