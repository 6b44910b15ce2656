// Package native has networks that are defined in Go: AlexNet, ResNet, a vision
// transformer and a small network that learns in a minute. Their fields are their
// architecture, and a cell can change them, take their weights from torchvision,
// draw fresh ones, or train them.
//
//	net  := nb.Must(native.Open(native.ResNet{}, "resnet18.safetensors"))
//	twin := nb.Must(native.Untrained(native.ResNet{}, 1))
//
// Open reads a safetensors file with the names that torchvision gives to
// parameters; the numbers are torchvision's within 1e-5 relative. Both return a
// *models.Model: layers, localizers, encoding, scans and lesions are those of any
// other network, and its Key is a hash of architecture and weights.
//
// A Training learns to tell the categories of pictures, those of a folder
// (Shuffled) or drawings made for it (Drawings), and keeps checkpoints: each can
// be opened and localized, so that a class sees selectivity emerge, and an
// interrupted training goes on from the last with the same result.
//
//	training := native.Training{
//		Network: native.SmallNet{}, Pictures: native.Drawings{}, Test: nb.Must(nb.Data("drawn-test")),
//		Folder: "smallnet", Watch: nb.Curve("smallnet"),
//	}
//	nb.Must(nb.Await("smallnet", training.Run))
//	after50 := nb.Must(training.Checkpoint(50))
//
// A type of one's own with the three methods of Architecture is a network, too.
// Its Forward is written with a Builder, whose methods are torch's modules:
//
//	func (Mine) Forward(b *native.Builder, x *graph.Node) *graph.Node {
//		x = b.ReLU("relu1", b.Conv("conv1", x, native.Conv{Out: 16, Size: 5, Stride: 2}))
//		return b.Linear("logits", b.Flatten(x), native.Linear{Out: 5})
//	}
//
// The reader of safetensors is our own: 300 lines that have to hold against files
// that lie, and no further dependency.
package native
