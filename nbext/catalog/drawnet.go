package catalog

// drawnet is the network that needs no files: its weights are embedded in
// nbext/models, whose test sees to it that the SHA-256 is right.
var drawnet = ModelRow{
	Name:   "drawnet",
	Input:  Input{Name: "input", Width: 32, Height: 32, Channels: 1, Mean: []float32{127.5}, Std: []float32{127.5}},
	Layers: []string{"relu_fc"},
	About:  "a small convolutional network trained on drawings (faces, bodies, scenes, objects, scrambled)",
	Cite:   "Fusiform", Source: "trained by this project", License: "MIT",
}
