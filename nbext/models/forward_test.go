package models

import (
	"errors"
	"math"
	"strings"
	"testing"
)

// Forward gives the rows that one batch of Responses has, and a value that
// does not depend on what else is in the batch.
func TestForward(t *testing.T) {
	m, err := Open(writeModel(t, smallNet()))
	if err != nil {
		t.Fatal(err)
	}
	layers, err := m.Layers()
	if err != nil {
		t.Fatal(err)
	}
	size := m.Input.Channels * m.Input.Height * m.Input.Width
	x := make([]float32, 3*size)
	for i := range x {
		x[i] = float32(math.Sin(float64(i)))
	}
	for _, l := range layers {
		all, err := m.Forward(x, 3, l.Name)
		if err != nil {
			t.Fatal(err)
		}
		if len(all) != 3*l.Units {
			t.Fatalf("%s: %d values for 3 images, expected %d", l.Name, len(all), 3*l.Units)
		}
		for i := range 3 {
			one, err := m.Forward(x[i*size:(i+1)*size], 1, l.Name)
			if err != nil {
				t.Fatal(err)
			}
			for j, v := range one {
				if w := all[i*l.Units+j]; math.Abs(float64(v-w)) > 1e-5*max(1, math.Abs(float64(w))) {
					t.Fatalf("%s: value %d of image %d is %v alone, %v in a batch", l.Name, j, i, v, w)
				}
			}
		}
	}
	last := layers[len(layers)-1].Name
	var unknown *UnknownLayerError
	if _, err := m.Forward(x, 3, "nothing"); !errors.As(err, &unknown) {
		t.Errorf("an unknown layer: %v", err)
	}
	if _, err := m.Forward(x, 2, last); err == nil || !strings.Contains(err.Error(), "expected") {
		t.Errorf("too many values: %v", err)
	}
	if _, err := m.Forward(nil, 0, last); err == nil {
		t.Error("no images give no error")
	}
}

// The loss of a small network falls on a batch that it sees again and again,
// from log 5 or so.
func TestSmallNet(t *testing.T) {
	s := SmallNet{Side: 8, Channels: []int{3, 4}, Units: 6, Classes: 5, Rate: 1e-2}
	var weights [][]float32
	for _, l := range s.Layers() {
		w := make([]float32, l[0]*l[1])
		for i := range w {
			w[i] = float32(math.Sin(1.7*float64(i))) * float32(math.Sqrt(2/float64(l[0])))
		}
		weights = append(weights, w)
	}
	if got := s.Layers(); len(got) != 4 || got[0] != [2]int{9, 3} || got[1] != [2]int{27, 4} || got[2] != [2]int{16, 6} || got[3] != [2]int{6, 5} {
		t.Errorf("layers %v", got)
	}
	step, err := s.Trainer(weights)
	if err != nil {
		t.Fatal(err)
	}
	x, y := make([]float32, 10*64), make([]int, 10)
	for i := range x {
		x[i] = float32(math.Sin(float64(i * i)))
		y[i/64] = i / 64 % 5
	}
	first, last := 0., 0.
	for i := range 60 {
		if last, err = step(x, y); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = last
		}
	}
	if !(first > 1 && first < 4 && last < .6*first) {
		t.Errorf("the loss goes from %v to %v", first, last)
	}
	if _, err := step(x[1:], y); err == nil {
		t.Error("a pixel too few gives no error")
	}
	if _, err := s.Trainer(weights[1:]); err == nil {
		t.Error("a layer too few gives no error")
	}
	weights[0] = weights[0][1:]
	if _, err := s.Trainer(weights); err == nil {
		t.Error("a weight too few gives no error")
	}
}
