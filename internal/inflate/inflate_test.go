package inflate

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"
)

// texts are what is packed: noise, words, what repeats at every distance, what
// a scanner gives.
func texts() map[string][]byte {
	r := rand.New(rand.NewPCG(1, 20261126))
	noise := make([]byte, 90000)
	few := make([]byte, 90000)
	run := make([]byte, 120000)
	for i := range noise {
		noise[i] = byte(r.Uint32())
		few[i] = "abcdefgh\n"[r.IntN(9)]
	}
	for i := 0; i < len(run); i += 2 {
		x := 900 + int(r.NormFloat64()*12)
		run[i], run[i+1] = byte(x), byte(x>>8)
	}
	near := []byte("x")
	for len(near) < 90000 { // matches of every length and distance
		d := 1 + r.IntN(min(len(near), 33000))
		n := 1 + r.IntN(300)
		for range n {
			near = append(near, near[len(near)-d])
		}
		near = append(near, byte(r.Uint32()))
	}
	skew := make([]byte, 90000) // codes of fifteen bits
	for i := range skew {
		for skew[i] < 40 && r.IntN(100) < 45 {
			skew[i]++
		}
	}
	return map[string][]byte{"": nil, "one": {7}, "zeros": make([]byte, 90000), "noise": noise, "few": few, "run": run, "near": near, "skew": skew}
}

// TestAsPacked: every level of compress/gzip, from sources that give as much as
// is asked for, half of it, or single bytes.
func TestAsPacked(t *testing.T) {
	for name, text := range texts() {
		for _, level := range []int{gzip.HuffmanOnly, 0, 1, 6, 9} {
			b := pack(t, text, level)
			b = append(b, pack(t, text[:len(text)/3], level)...) // a second member
			want := append(bytes.Clone(text), text[:len(text)/3]...)
			for source, of := range map[string]func(io.Reader) io.Reader{
				"whole": func(r io.Reader) io.Reader { return r }, "half": iotest.HalfReader, "late": iotest.DataErrReader,
				"single": iotest.OneByteReader,
			} {
				if source == "single" && level != 6 {
					continue
				}
				g, err := NewGzip(of(bytes.NewReader(b)))
				if err != nil {
					t.Fatal(err)
				}
				got, err := io.ReadAll(g)
				if err != nil || !bytes.Equal(got, want) {
					t.Errorf("%s, level %d, %s: %d bytes, want %d: %v", name, level, source, len(got), len(want), err)
				}
			}
		}
	}
}

func pack(t *testing.T, text []byte, level int) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, level)
	if err != nil {
		t.Fatal(err)
	}
	w.Name, w.Comment, w.Extra = "name.nii", "comment", []byte("xyz")
	w.Write(text[:len(text)/2])
	w.Flush() // a stored block of no bytes
	w.Write(text[len(text)/2:])
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// alike compares what this package and compress/gzip make of bytes: both take
// them, and give the same, or neither does.
func alike(t *testing.T, b []byte, limit int64) {
	t.Helper()
	read := func(g io.Reader, err error) ([]byte, error) {
		if err != nil {
			return nil, err
		}
		return io.ReadAll(io.LimitReader(g, limit))
	}
	var want, got []byte
	var wantErr, gotErr error
	if g, err := gzip.NewReader(bytes.NewReader(b)); err != nil {
		wantErr = err
	} else {
		want, wantErr = read(g, nil)
	}
	if g, err := NewGzip(bytes.NewReader(b)); err != nil {
		gotErr = err
	} else {
		got, gotErr = read(g, nil)
	}
	for _, special := range []error{gzip.ErrChecksum, gzip.ErrHeader} {
		if errors.Is(wantErr, special) != errors.Is(gotErr, special) {
			t.Fatalf("error %v, compress/gzip %v", gotErr, wantErr)
		}
	}
	if (gotErr == nil) != (wantErr == nil) || gotErr == nil && !bytes.Equal(got, want) {
		t.Fatalf("%d bytes, %v; compress/gzip %d, %v", len(got), gotErr, len(want), wantErr)
	}
	if !bytes.HasPrefix(got, want) && !bytes.HasPrefix(want, got) {
		t.Fatal("before the error, other bytes than those of compress/gzip")
	}
}

// TestDamaged: bytes cut and changed are refused where compress/gzip refuses them.
func TestDamaged(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 20261126))
	for name, text := range texts() {
		text = text[:min(len(text), 5000)]
		for _, level := range []int{gzip.HuffmanOnly, 0, 1, 6} {
			whole := pack(t, text, level)
			alike(t, whole, 1<<20)
			for range 60 {
				b := bytes.Clone(whole)
				for range 1 + r.IntN(3) {
					b[r.IntN(len(b))] ^= 1 << r.IntN(8)
				}
				alike(t, b, 1<<20)
				alike(t, whole[:r.IntN(len(whole))], 1<<20)
			}
		}
		if g, err := NewGzip(iotest.TimeoutReader(iotest.OneByteReader(bytes.NewReader(pack(t, text, 6))))); err == nil {
			if _, err = io.ReadAll(g); !errors.Is(err, iotest.ErrTimeout) {
				t.Errorf("%s: %v", name, err)
			}
		} else if !errors.Is(err, iotest.ErrTimeout) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whatever the bytes are, they are taken as compress/gzip takes them.
func FuzzGzip(f *testing.F) {
	for _, text := range texts() {
		for _, level := range []int{gzip.HuffmanOnly, 0, 1, 9} {
			var b bytes.Buffer
			w, _ := gzip.NewWriterLevel(&b, level)
			w.Write(text[:min(len(text), 600)])
			w.Close()
			f.Add(b.Bytes())
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) { alike(t, b, 1<<20) })
}

func BenchmarkGzip(b *testing.B) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	text := texts()["run"]
	w.Write(text)
	w.Close()
	for name, open := range map[string]func(io.Reader) (io.Reader, error){
		"inflate": func(r io.Reader) (io.Reader, error) { return NewGzip(r) },
		"gzip":    func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				g, err := open(bytes.NewReader(packed.Bytes()))
				if err == nil {
					_, err = io.Copy(io.Discard, g)
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
