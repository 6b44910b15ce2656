package main

import (
	"bytes"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func ptr(v float64) *float64 { return &v }

// rows are a complete result, one without its peer, and one of each unit.
var rows = []result{
	{Task: "resnet18/batch16", Peer: "onnxruntime", Threads: 2, PeerS: .13456, OursS: .12345, Ratio: .12345 / .13456, PeerMiB: 330.4, OursMiB: 210.6, PeerCPU: .26, OursCPU: .24,
		Difference: ptr(6.2e-7), amount: 16, unit: "images"},
	{Task: "gemm/float32/256x256x256", Peer: "numpy", Threads: 1, PeerS: 3.2e-4, OursS: 12, Ratio: 37500, PeerMiB: 28, OursMiB: 13, amount: .033554432, unit: "GFLOP"},
	{Task: "cholesky", Peer: "scipy", Threads: 1, OursS: .0591, OursMiB: 36, Error: "scipy: exit status 1: Traceback\nImportError"},
}

func TestTable(t *testing.T) {
	const want = `- a processor
- versions

| task | peer | threads | peer | ours | ours/peer | peer, per s | ours, per s | peer CPU | ours CPU | peer MiB | ours MiB | difference |
|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|
| resnet18/batch16 | onnxruntime | 2 | 135 ms | 123 ms | 0.92 | 119 images | 130 images | 260 ms | 240 ms | 330 | 211 | 6.2e-07 |
| gemm/float32/256x256x256 | numpy | 1 | 320 µs | 12.0 s | 37500.00 | 105 GFLOP | 0.00 GFLOP |  |  | 28 | 13 |  |
| cholesky | scipy | 1 |  | 59.1 ms |  |  |  |  |  |  | 36 |  |

- cholesky, scipy, threads 1: scipy: exit status 1: Traceback
  ImportError
`
	var b bytes.Buffer
	show(t, &table{w: &b}, rows)
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Errorf("table (-want +got):\n%s", d)
	}
}

func TestJSON(t *testing.T) {
	const want = `{"task":"resnet18/batch16","peer":"onnxruntime","threads":2,"peer_s":0.13456,"ours_s":0.12345,"ratio":0.9174346016646849,"peer_mib":330.4,"ours_mib":210.6,"peer_cpu_s":0.26,"ours_cpu_s":0.24,"difference":6.2e-7}
{"task":"gemm/float32/256x256x256","peer":"numpy","threads":1,"peer_s":0.00032,"ours_s":12,"ratio":37500,"peer_mib":28,"ours_mib":13}
{"task":"cholesky","peer":"scipy","threads":1,"ours_s":0.0591,"ours_mib":36,"error":"scipy: exit status 1: Traceback\nImportError"}
{"task":"odd","peer":"","threads":0}
`
	var b bytes.Buffer
	show(t, jsonLines{&b}, append(rows[:len(rows):len(rows)], result{Task: "odd", OursS: math.Inf(1), Difference: ptr(math.NaN())}))
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Errorf("JSON (-want +got):\n%s", d)
	}
}

func show(t *testing.T, p printer, rows []result) {
	t.Helper()
	if err := p.begin([]string{"a processor", "versions"}); err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if err := p.row(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.end(); err != nil {
		t.Fatal(err)
	}
}

func TestDifference(t *testing.T) {
	for _, c := range []struct {
		ours, peer []float64
		want       float64
		bad        bool
	}{
		{[]float64{1, 2, 3}, []float64{1, 2, 4}, .25, false},
		{[]float64{0, 0}, []float64{0, 0}, 0, false},
		{[]float64{0, 1e-3}, []float64{0, 0}, 1e-3, false},
		{[]float64{math.NaN(), -8}, []float64{math.NaN(), -10}, .2, false},
		{[]float64{math.Inf(1), 9}, []float64{math.Inf(1), 10}, .1, false},
		{[]float64{math.Inf(1), 9}, []float64{math.Inf(-1), 10}, 0, true},
		{[]float64{math.NaN(), 1}, []float64{1, 1}, 0, true},
		{[]float64{1}, []float64{1, 1}, 0, true},
	} {
		got, err := difference(c.ours, c.peer)
		if got != c.want || err != nil != c.bad {
			t.Errorf("%v and %v: %v, %v; expected %v", c.ours, c.peer, got, err, c.want)
		}
	}
}
