package models

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"testing"
	"time"

	"github.com/gomlx/compute-onnx/support/protos"
)

// A network computes the same numbers wherever the file keeps its weights, and
// so does its untrained twin, on each backend.
func TestLargeWeights(t *testing.T) {
	left, held := open(t, largeNet(raw)), open(t, largeNet(same))
	if n := len(mustGraph(t, left).weights); n != 4 {
		t.Errorf("%d weights stay in the file, expected 4", n)
	}
	if n := len(mustGraph(t, held).weights); n != 1 { // the half floats
		t.Errorf("%d weights stay in the file, expected 1", n)
	}
	twin := func(m *Model) *Model {
		u, err := Untrained(m, 7)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	x := make([]float32, 2*3*16*16)
	for i := range x {
		x[i] = float32(i%29) - 14
	}
	for _, backend := range []string{"fast", "go"} {
		t.Setenv("GOMLX_BACKEND", backend)
		for _, layer := range []string{"c2", "moved", "picked"} {
			for name, pair := range map[string][2]*Model{"trained": {left, held}, "untrained": {twin(left), twin(held)}} {
				a, err := pair[0].Forward(x, 2, layer)
				if err != nil {
					t.Fatal(err)
				}
				b, err := pair[1].Forward(x, 2, layer)
				if err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(a, b) {
					t.Errorf("%s, %s: %s differs", backend, name, layer)
				}
			}
		}
	}
}

func mustGraph(t *testing.T, m *Model) *parsed {
	t.Helper()
	p, err := m.net.graph()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Opening and running takes little more memory than the weights: what is
// packed, and one weight at a time. A copy of all weights anywhere on the way
// would be seen here.
func TestMemory(t *testing.T) {
	t.Setenv("GOMLX_BACKEND", "fast")
	const layers, width = 16, 1024
	mp := graphOf([]int64{0, 1, 32, 32}, nil, node("Flatten", "", []string{"x"}, "y0"))
	name := "y0"
	for i := range layers {
		w := &protos.TensorProto{Name: "w" + name, Dims: []int64{width, width}, DataType: int32(protos.TensorProto_FLOAT)}
		for j := range width * width {
			w.RawData = binary.LittleEndian.AppendUint32(w.RawData, uint32(0x3c000000+j%977+i)) // about 0.008
		}
		mp.Graph.Initializer = append(mp.Graph.Initializer, w)
		next := "y" + string(rune('a'+i))
		mp.Graph.Node = append(mp.Graph.Node, node("Gemm", "", []string{name, w.Name}, next, "transB", int(i%2)))
		name = next
	}
	mp.Graph.Output[0].Name = name
	path := filepath.Join(t.TempDir(), "net.onnx")
	if err := os.WriteFile(path, encode(t, mp), 0o666); err != nil {
		t.Fatal(err)
	}
	mp = nil
	const weights = 4 * layers * width * width
	debug.FreeOSMemory()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	most := make(chan uint64)
	done := make(chan bool)
	go func() { // the most memory in use at once
		var peak uint64
		for {
			var s runtime.MemStats
			runtime.ReadMemStats(&s)
			peak = max(peak, s.HeapInuse)
			select {
			case <-done:
				most <- peak
				return
			case <-time.After(2 * time.Millisecond):
			}
		}
	}()
	m, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float32, 32*32)
	for i := range x {
		x[i] = 1
	}
	y, err := m.Forward(x, 1, name)
	if err != nil {
		t.Fatal(err)
	}
	done <- true
	peak := <-most
	runtime.ReadMemStats(&after)
	t.Logf("of %d MB of weights: %d MB allocated in all, %d MB in use at most, y %v", weights>>20,
		(after.TotalAlloc-before.TotalAlloc)>>20, (peak-before.HeapInuse)>>20, y[0])
	if d := after.TotalAlloc - before.TotalAlloc; d > weights*3/2 {
		t.Errorf("%d MB were allocated for %d MB of weights", d>>20, weights>>20)
	}
	if d := peak - before.HeapInuse; d > weights*3/2 {
		t.Errorf("%d MB were in use at once for %d MB of weights", d>>20, weights>>20)
	}
	// Another layer packs nothing again.
	runtime.ReadMemStats(&before)
	if _, err := m.Forward(x, 1, "yc"); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if d := after.TotalAlloc - before.TotalAlloc; d > weights/8 {
		t.Errorf("%d MB were allocated for another layer", d>>20)
	}
	runtime.KeepAlive(m)
}
