package native

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"

	"fusiform/nbext/catalog"
)

// imageNet is an input of side×side colour images with ImageNet's statistics, as
// torchvision prepares them.
func imageNet(side int) catalog.Input {
	return catalog.Input{Name: "input", Width: side, Height: side, Channels: 3,
		Mean: []float32{123.675, 116.28, 103.53}, Std: []float32{58.395, 57.12, 57.375}}
}

// or0 is v, or what stands for its zero value.
func or0(v, otherwise int) int {
	if v == 0 {
		return otherwise
	}
	return v
}

// AlexNet is torchvision's: five convolutions, three of them pooled, and three
// layers of units that see everything. Its layers have the names of torchvision's
// modules: features.0 … features.12, avgpool, classifier.1 … classifier.6.
// Krizhevsky (2014), arXiv:1404.5997.
type AlexNet struct {
	Classes  int     // 0 means 1000
	Channels [5]int  // of the convolutions; 0 means 64, 192, 384, 256, 256
	Units    int     // of each of the two hidden layers; 0 means 4096
	Side     int     // of the images; 0 means 224
	Dropout  float64 // in training, before each hidden layer; 0 means .5, a negative number none
}

// Name returns "alexnet".
func (AlexNet) Name() string { return "alexnet" }

// Input is colour images with ImageNet's statistics.
func (a AlexNet) Input() catalog.Input { return imageNet(or0(a.Side, 224)) }

// Forward builds the network.
func (a AlexNet) Forward(b *Builder, x *graph.Node) *graph.Node {
	at := 0 // in torchvision's Sequential
	name := func() string { at++; return fmt.Sprintf("features.%d", at-1) }
	for i, c := range []struct {
		Conv
		channels int
		pool     bool
	}{
		{Conv{Size: 11, Stride: 4, Pad: 2}, 64, true},
		{Conv{Size: 5, Pad: 2}, 192, true},
		{Conv{Size: 3, Pad: 1}, 384, false},
		{Conv{Size: 3, Pad: 1}, 256, false},
		{Conv{Size: 3, Pad: 1}, 256, true},
	} {
		c.Out = or0(a.Channels[i], c.channels)
		x = b.Conv(name(), x, c.Conv)
		x = b.ReLU(name(), x)
		if c.pool {
			x = b.MaxPool(name(), x, 3, 2, 0)
		}
	}
	b.Module("features.12", "features")
	b.Module("classifier.6", "classifier")
	share := a.Dropout
	if share == 0 {
		share = .5
	}
	units := Linear{Out: or0(a.Units, 4096)}
	x = b.Flatten(b.AdaptiveMean("avgpool", x, 6))
	x = b.ReLU("classifier.2", b.Linear("classifier.1", b.Dropout(x, max(0, share)), units))
	x = b.ReLU("classifier.5", b.Linear("classifier.4", b.Dropout(x, max(0, share)), units))
	return b.Linear("classifier.6", x, Linear{Out: or0(a.Classes, 1000)})
}
