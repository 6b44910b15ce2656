package native

import (
	"fmt"
	"math"

	"github.com/gomlx/gomlx/core/graph"

	"fusiform/nbext/catalog"
)

// ResNet is torchvision's with basic blocks: two 3×3 convolutions and a shortcut
// past them. The zero value is ResNet-18; Blocks of {3, 4, 6, 3} give ResNet-34.
//
// Its layers have the names of torchvision's modules (layer4.1.conv2). The module
// relu of a block is passed twice: layer4.1.relu#1 is the rectified first
// convolution, and layer4.1.relu what the block gives, as in files that torch
// exported (models.Layer); layer4.1.add is that before it is rectified.
// He et al. (2016), doi:10.1109/CVPR.2016.90.
type ResNet struct {
	Classes int    // 0 means 1000
	Blocks  [4]int // of each stage; 0 means 2
	Width   int    // channels of the first stage, doubled by each further; 0 means 64
	Side    int    // of the images; 0 means 224
}

// Name returns "resnet18", "resnet34", or "resnet" and the number of blocks.
func (r ResNet) Name() string {
	switch b := r.blocks(); b {
	case [4]int{2, 2, 2, 2}:
		return "resnet18"
	case [4]int{3, 4, 6, 3}:
		return "resnet34"
	default:
		return fmt.Sprintf("resnet %d-%d-%d-%d", b[0], b[1], b[2], b[3])
	}
}

func (r ResNet) blocks() [4]int {
	for i, n := range r.Blocks {
		r.Blocks[i] = or0(n, 2)
	}
	return r.Blocks
}

// Input is colour images with ImageNet's statistics.
func (r ResNet) Input() catalog.Input { return imageNet(or0(r.Side, 224)) }

// convolve is a convolution without bias, drawn as He et al. (2015),
// doi:10.1109/ICCV.2015.123, with the variance 2/outputs.
func (ResNet) convolve(b *Builder, name string, x *graph.Node, c Conv) *graph.Node {
	c.NoBias, c.Begin = true, Normal(math.Sqrt(2/float64(c.Out*c.Size*c.Size)))
	return b.Conv(name, x, c)
}

// Forward builds the network.
func (r ResNet) Forward(b *Builder, x *graph.Node) *graph.Node {
	width := or0(r.Width, 64)
	x = r.convolve(b, "conv1", x, Conv{Out: width, Size: 7, Stride: 2, Pad: 3})
	x = b.ReLU("relu", b.BatchNorm("bn1", x))
	x = b.MaxPool("maxpool", x, 3, 2, 1)
	for stage, blocks := range r.blocks() {
		for k := range blocks {
			stride := 1
			if stage > 0 && k == 0 {
				stride = 2
			}
			x = r.block(b, fmt.Sprintf("layer%d.%d", stage+1, k), x, width<<stage, stride)
			if k == blocks-1 {
				b.Module(fmt.Sprintf("layer%d.%d.relu", stage+1, k), fmt.Sprintf("layer%d", stage+1))
			}
		}
	}
	x = b.Flatten(b.AdaptiveMean("avgpool", x, 1))
	return b.Linear("fc", x, Linear{Out: or0(r.Classes, 1000)})
}

func (r ResNet) block(b *Builder, name string, x *graph.Node, width, stride int) *graph.Node {
	y := r.convolve(b, name+".conv1", x, Conv{Out: width, Size: 3, Stride: stride, Pad: 1})
	y = b.ReLU(name+".relu#1", b.BatchNorm(name+".bn1", y))
	y = r.convolve(b, name+".conv2", y, Conv{Out: width, Size: 3, Pad: 1})
	y = b.BatchNorm(name+".bn2", y)
	if stride != 1 || x.Shape().Dimensions[1] != width {
		x = r.convolve(b, name+".downsample.0", x, Conv{Out: width, Size: 1, Stride: stride})
		x = b.BatchNorm(name+".downsample.1", x)
	}
	b.Module(name+".relu", name+".relu#2", name)
	return b.ReLU(name+".relu", b.Layer(name+".add", "Add", graph.Add(y, x)))
}
