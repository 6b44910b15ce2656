// Package models runs networks: it turns an ONNX file into named layers and
// a layer into responses, so that a network answers stimuli as a brain does.
//
// Open finds a network by its name in the catalog, or by the path of an .onnx
// file. Layers lists what can be read, with shapes and unit counts. Responses
// shows the network a set of stimuli and returns the activations of one
// layer, ResponsesAt those of several from a single pass. Untrained gives the
// same architecture with fresh random weights, the control that every claim
// about what training does needs; Twins counts the units that are selective
// again for other images, in a network and in untrained twins of it.
//
// Lesioned silences units inside a network, and the damage propagates to all
// that comes after them: from now on it is another network, with a name and a
// Key of its own. LesionEffects asks what that costs, by category, beside the
// cost of random lesions.
//
// A network is more than its weights: the size that images are brought to,
// the mean and the scale are as much part of it. They stand in Model.Input,
// and Model.Key covers both.
//
// # Bringing a network from PyTorch
//
// Three lines export a network, its pre-processing with it, so that every
// module keeps its output and its name:
//
//	p = torch.onnx.export(net.eval(), (torch.zeros(2, 3, 224, 224),), dynamo=True, optimize=False, dynamic_shapes=({0: torch.export.Dim("n")},))
//	p.model.metadata_props.update({"fusiform.mean": "0.485 0.456 0.406", "fusiform.std": "0.229 0.224 0.225"})
//	p.save("net.onnx")
//
// mean and std are those that torchvision.transforms.Normalize was given, for
// pixels of 0–1. The size is that of the example image; the batch is free.
// Other exports are run, too: with dynamo=False, with the weights in a file
// beside (net.onnx.data), without the metadata (Open then guesses, and says so;
// set Model.Input). Without optimize=False, and with dynamo=False, convolutions
// are merged with the batch normalisation after them: the numbers are the same,
// but there is no layer4.1.conv1 any more, only layer4.1.bn1.
//
// Layers go by the names of their modules: layer4.1.relu, features.11,
// encoder.layers.encoder_layer_8.mlp. See Layer for modules that are called
// several times, as those of recurrent networks.
//
// # Safety
//
// This is the only package that imports GoMLX. Faults of a file, which GoMLX
// reports by panicking, are errors here: before a graph is built, the file is
// checked, attributes without effect are dropped, and everything that the
// importer would misread or cannot run is refused, all of it at once, by the
// names of the nodes. Networks run on the backend of package fastgo, in pure
// Go, unless GOMLX_BACKEND names another; Backend says which. The numbers of all
// agree within 1e-4 relative.
package models
