// Package models runs networks: it turns an ONNX file into named layers and
// a layer into responses, so that a network answers stimuli as a brain does.
//
// Open finds a network by its name in the catalog, or by the path of an .onnx
// file. Layers lists what can be read, with shapes and unit counts. Responses
// shows the network a set of stimuli and returns the activations of one
// layer, ResponsesAt those of several from a single pass. Untrained gives the
// same architecture with fresh random weights, the control that every claim
// about what training does needs.
//
// A network is more than its weights: the size that images are brought to,
// the mean and the scale are as much part of it. They stand in Model.Input,
// and Model.Key covers both.
//
// This is the only package that imports GoMLX. Faults of a file, which GoMLX
// reports by panicking, are errors here: before a graph is built, the file is
// checked, attributes without effect are dropped, and everything that the
// importer would misread or cannot run is refused, all of it at once, by the
// names of the nodes. Networks run on the backend of package fastgo, in pure
// Go, unless GOMLX_BACKEND names another; Backend says which. The numbers of all
// agree within 1e-4 relative.
package models
