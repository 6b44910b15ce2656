package models

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/gomlx/compute-onnx/support/protos"
)

// external moves the values of the weights of mp into one file's bytes.
func external(mp *protos.ModelProto, location string) (data []byte) {
	for _, t := range mp.Graph.Initializer {
		if len(t.RawData) == 0 {
			raw(t)
		}
		for len(data)%64 != 0 {
			data = append(data, 0xee)
		}
		entry := func(k, v string) *protos.StringStringEntryProto {
			return &protos.StringStringEntryProto{Key: k, Value: v}
		}
		t.ExternalData = []*protos.StringStringEntryProto{entry("location", location), entry("offset", fmt.Sprint(len(data))), entry("length", fmt.Sprint(len(t.RawData)))}
		t.DataLocation = protos.TensorProto_EXTERNAL
		data = append(data, t.RawData...)
		t.RawData = nil
	}
	return data
}

// besides writes a network and the files beside it, and returns its path.
func besides(t testing.TB, mp *protos.ModelProto, files map[string][]byte) string {
	t.Helper()
	path := writeModel(t, mp)
	for name, b := range files {
		to := filepath.Join(filepath.Dir(path), name)
		if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, b, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// Weights in a file beside give the numbers that they give inside, whether they
// are held in memory or read when they are needed; the key knows their bytes.
func TestExternal(t *testing.T) {
	for _, make := range []func() *protos.ModelProto{smallNet, func() *protos.ModelProto { return largeNet(raw) }} {
		inside := open(t, make())
		all, err := inside.Layers()
		if err != nil {
			t.Fatal(err)
		}
		last := all[len(all)-1].Name
		x := hashed(2 * 3 * inside.Input.Width * inside.Input.Height)
		want, err := inside.Forward(x, 2, last)
		if err != nil {
			t.Fatal(err)
		}
		keys := map[string]bool{inside.Key(): true}
		for _, name := range []string{"net.onnx.data", "weights/net.bin"} {
			for change := range 2 {
				mp := make()
				data := external(mp, name)
				data[1] += byte(change) // of the first weight
				m, err := Open(besides(t, mp, map[string][]byte{name: data}))
				if err != nil {
					t.Fatal(err)
				}
				m.Input = inside.Input
				got, err := m.Forward(x, 2, last)
				if err != nil {
					t.Fatal(err)
				}
				same := true
				for i := range want {
					same = same && got[i] == want[i]
				}
				if same != (change == 0) {
					t.Errorf("%s, changed %d: the same numbers: %v", name, change, same)
				}
				if keys[m.Key()] {
					t.Errorf("%s, changed %d: a key that another network has", name, change)
				}
				keys[m.Key()] = true
			}
		}
	}
}

// External data that lie elsewhere, are not there or not whole are refused, each
// with a reason and the weight's name, and without memory for what is claimed.
func TestExternalBad(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, make([]byte, 1<<16), 0o666); err != nil {
		t.Fatal(err)
	}
	const name = "net.data"
	set := func(mp *protos.ModelProto, key, value string) {
		w := mp.Graph.Initializer[0]
		for _, kv := range w.ExternalData {
			if kv.Key == key {
				kv.Value = value
				return
			}
		}
		w.ExternalData = append(w.ExternalData, &protos.StringStringEntryProto{Key: key, Value: value})
	}
	for what, c := range map[string]struct {
		change func(mp *protos.ModelProto, data []byte) []byte
		dir    func(dir string) error
		want   string
	}{
		"parent":        {func(mp *protos.ModelProto, b []byte) []byte { set(mp, "location", "../secret"); return b }, nil, "not in the folder"},
		"hidden parent": {func(mp *protos.ModelProto, b []byte) []byte { set(mp, "location", "a/../../secret"); return b }, nil, "not in the folder"},
		"absolute":      {func(mp *protos.ModelProto, b []byte) []byte { set(mp, "location", secret); return b }, nil, "not in the folder"},
		"empty":         {func(mp *protos.ModelProto, b []byte) []byte { set(mp, "location", ""); return b }, nil, "not in the folder"},
		"symbolic link": {func(mp *protos.ModelProto, b []byte) []byte { set(mp, "location", "link"); return b },
			func(dir string) error { return os.Symlink(secret, filepath.Join(dir, "link")) }, "cannot be read"},
		"linked folder": {func(mp *protos.ModelProto, b []byte) []byte { set(mp, "location", "far/secret"); return b },
			func(dir string) error { return os.Symlink(filepath.Dir(secret), filepath.Join(dir, "far")) }, "cannot be read"},
		"pipe": {func(mp *protos.ModelProto, b []byte) []byte { set(mp, "location", "pipe"); return b },
			func(dir string) error { return exec.Command("mkfifo", filepath.Join(dir, "pipe")).Run() }, "not a file"},
		"folder":  {func(mp *protos.ModelProto, b []byte) []byte { set(mp, "location", "."); return b }, nil, "not a file"},
		"missing": {func(mp *protos.ModelProto, b []byte) []byte { set(mp, "location", "nowhere"); return b }, nil, "is missing"},
		"cut":     {func(_ *protos.ModelProto, b []byte) []byte { return b[:100] }, nil, "cut short"},
		"behind":  {func(mp *protos.ModelProto, b []byte) []byte { set(mp, "offset", "4611686018427387904"); return b }, nil, "cut short"},
		"beyond": {func(mp *protos.ModelProto, b []byte) []byte {
			set(mp, "offset", fmt.Sprint(uint64(math.MaxUint64)))
			return b
		}, nil, "offset"},
		"before": {func(mp *protos.ModelProto, b []byte) []byte { set(mp, "offset", "-1"); return b }, nil, "offset"},
		"length": {func(mp *protos.ModelProto, b []byte) []byte { set(mp, "length", "10000000000"); return b }, nil, "10000000000 bytes"},
		"10 GB": {func(mp *protos.ModelProto, b []byte) []byte {
			mp.Graph.Initializer[0].Dims = []int64{1000, 1000, 1000}
			set(mp, "length", "4000000000")
			return b
		}, nil, "cut short"},
		"unknown key": {func(mp *protos.ModelProto, b []byte) []byte { set(mp, blobKey, "0"); return b }, nil, "key"},
		"two values": {func(mp *protos.ModelProto, b []byte) []byte {
			mp.Graph.Initializer[0].RawData = make([]byte, 648)
			return b
		}, nil, "external data"},
		"often": {func(mp *protos.ModelProto, b []byte) []byte {
			for i := range 2000 { // each the same 60 kB
				w := &protos.TensorProto{Name: fmt.Sprint(i), DataType: int32(protos.TensorProto_FLOAT), Dims: []int64{15000}, DataLocation: protos.TensorProto_EXTERNAL}
				w.ExternalData = []*protos.StringStringEntryProto{{Key: "location", Value: name}}
				mp.Graph.Initializer = append(mp.Graph.Initializer, w)
			}
			return append(b, make([]byte, 60000)...)
		}, nil, "upon each other"},
	} {
		t.Run(what, func(t *testing.T) {
			mp := smallNet()
			data := c.change(mp, external(mp, name))
			path := besides(t, mp, map[string][]byte{name: data})
			if c.dir != nil {
				if err := c.dir(filepath.Dir(path)); err != nil {
					t.Skip(err)
				}
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := Open(path)
			runtime.ReadMemStats(&after)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), `weight "`) {
				t.Errorf("the error is %v, expected %q in it", err, c.want)
			}
			if d := after.TotalAlloc - before.TotalAlloc; d > 8<<20 {
				t.Errorf("%d bytes of memory", d)
			}
		})
	}
	// Without a folder there is nothing beside.
	mp := smallNet()
	external(mp, name)
	if _, err := newNetwork(encode(t, mp)).graph(); err == nil || !strings.Contains(err.Error(), "external data") {
		t.Errorf("from memory: %v", err)
	}
}

// Whatever a weight says of where its values lie, nothing outside the folder is
// read.
func FuzzExternal(f *testing.F) {
	dir := f.TempDir()
	inner := filepath.Join(dir, "net")
	if err := os.MkdirAll(filepath.Join(inner, "below"), 0o777); err != nil {
		f.Fatal(err)
	}
	for path, b := range map[string]byte{"secret": 0xff, "net/a": 1, "net/below/b": 2} {
		if err := os.WriteFile(filepath.Join(dir, path), bytes.Repeat([]byte{b}, 100), 0o666); err != nil {
			f.Fatal(err)
		}
	}
	f.Add("a", "0", "4", int64(1))
	f.Add("below/b", "96", "4", int64(1))
	f.Add("../secret", "", "", int64(2))
	f.Add("below/../../secret", "1", "8", int64(2))
	f.Add("/etc/passwd", "-1", "99999999999999999999", int64(1)<<40)
	f.Fuzz(func(t *testing.T, location, offset, length string, n int64) {
		e := newExternals(inMemory(make([]byte, 7)), inner)
		w := &protos.TensorProto{DataType: int32(protos.TensorProto_FLOAT), Dims: []int64{n}, ExternalData: []*protos.StringStringEntryProto{
			{Key: "location", Value: location}, {Key: "offset", Value: offset}, {Key: "length", Value: length}}}
		at, err := e.place(w)
		if err != nil {
			return
		}
		b := make([]byte, at.size)
		if n, err := e.all.ReadAt(b, at.offset); n < len(b) {
			t.Fatalf("placed at %v, but %v", at, err)
		}
		if bytes.IndexByte(b, 0xff) >= 0 {
			t.Errorf("%q at %q is read from outside", location, offset)
		}
	})
}
