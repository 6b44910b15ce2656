package native

import (
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/gomlx/core/graph"

	"fusiform/analysis/simulate"
	"fusiform/nbext/catalog"
)

// SmallNet is a network that learns in a minute or two: 3×3 convolutions, each
// with a rectifier and a 2×2 maximum, a layer of units that see the whole picture,
// and the read-out. The zero value has the form of drawnet, which the catalog has
// trained. Its layers are conv1, relu1, pool1, conv2 …, fc, relu_fc, logits.
type SmallNet struct {
	Classes  int     // 0 means 5
	Channels []int   // of the convolutions; none means 8, 16, 32
	Units    int     // 0 means 256
	Side     int     // of the images; 0 means 32
	Colour   bool    // images have three channels instead of one
	Dropout  float64 // share of the units that are dropped in training; 0 means .3, a negative number none
}

// Name returns "smallnet".
func (SmallNet) Name() string { return "smallnet" }

// Input is images whose pixels are brought to −1…1.
func (s SmallNet) Input() catalog.Input {
	side := or0(s.Side, simulate.Side)
	in := catalog.Input{Name: "input", Width: side, Height: side, Channels: 1}
	if s.Colour {
		in.Channels = 3
	}
	in.Mean = slices.Repeat([]float32{127.5}, in.Channels)
	in.Std = slices.Clone(in.Mean)
	return in
}

// contrast is about the standard deviation of a picture, in units of its input.
const contrast = 24 / 127.5

// Forward builds the network.
func (s SmallNet) Forward(b *Builder, x *graph.Node) *graph.Node {
	channels := s.Channels
	if len(channels) == 0 {
		channels = []int{8, 16, 32}
	}
	// The weights are normal with the variance 2/inputs of He et al. (2015),
	// doi:10.1109/ICCV.2015.123, for an input of variance 1.
	he := func(inputs int, gain float64) Init { return Normal(gain * math.Sqrt(2/float64(inputs))) }
	gain := 1 / contrast
	for i, c := range channels {
		x = b.Conv(fmt.Sprintf("conv%d", i+1), x, Conv{Out: c, Size: 3, Pad: 1, Begin: he(9*x.Shape().Dimensions[1], gain)})
		x = b.MaxPool(fmt.Sprintf("pool%d", i+1), b.ReLU(fmt.Sprintf("relu%d", i+1), x), 2, 2, 0)
		gain = 1
	}
	x = b.Flatten(x)
	units := or0(s.Units, 256)
	x = b.Linear("fc", x, Linear{Out: units, Begin: he(x.Shape().Dimensions[1], 1), Bias: Zero})
	x = b.ReLU("relu_fc", x)
	share := s.Dropout
	if share == 0 {
		share = .3
	}
	x = b.Dropout(x, max(0, share))
	return b.Linear("logits", x, Linear{Out: or0(s.Classes, 5), Begin: he(units, .5), Bias: Zero})
}
