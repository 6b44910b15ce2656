package main

import (
	"math"

	"fusiform/nbext/models"
)

// small is the network that training is timed with; trainBatch images make a
// step.
var small = models.SmallNet{Side: 32, Channels: []int{16, 32, 64}, Units: 128, Classes: 5, Rate: 1e-3}

const trainBatch = 64

// trainingTasks are one step of Adam on a small network. The answer is the
// loss in the first steps, which all see the same batch.
func trainingTasks() []Task {
	return []Task{{
		Name:   "train/smallnet/batch64",
		Peers:  []Peer{{Name: "torch", Script: "train"}},
		Amount: trainBatch, Unit: "images",
		Args: map[string]any{"side": small.Side, "channels": small.Channels, "units": small.Units, "classes": small.Classes,
			"rate": small.Rate, "batch": trainBatch, "losses": comparedLosses},
		Prepare: func() (func() error, func() []float64, error) {
			step, err := small.Trainer(firstWeights(small))
			if err != nil {
				return nil, nil, err
			}
			x := uniform[float32](1, trainBatch*small.Side*small.Side)
			y := make([]int, trainBatch)
			for i := range y {
				y[i] = i % small.Classes
			}
			var losses []float64
			work := func() error {
				l, err := step(x, y)
				if len(losses) < comparedLosses {
					losses = append(losses, l)
				}
				return err
			}
			return work, func() []float64 { return losses }, nil
		},
	}}
}

// comparedLosses is how many steps are compared: at least as many are done,
// one uncounted and two counted.
const comparedLosses = 2

// firstWeights are uniform with the variance 2/inputs of He et al. (2015),
// doi:10.1109/ICCV.2015.123; py/train.py has the same.
func firstWeights(s models.SmallNet) [][]float32 {
	var w [][]float32
	for i, l := range s.Layers() {
		v := uniform[float32](uint64(10+i), l[0]*l[1])
		bound := float32(math.Sqrt(6 / float64(l[0])))
		for j := range v {
			v[j] *= bound
		}
		w = append(w, v)
	}
	return w
}
