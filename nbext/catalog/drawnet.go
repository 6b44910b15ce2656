package catalog

// drawnet is the network that needs no files: its weights are embedded in
// nbext/models, whose test sees to it that the SHA-256 is right.
var drawnet = ModelRow{
	Name:   "drawnet",
	SHA256: "d913170ef1f8434f3b9f214c6132ddddd9ac0a266fb680a28e79e670ea4e2ed7",
	Input:  Input{Name: "input", Width: 32, Height: 32, Channels: 1, Mean: []float32{127.5}, Std: []float32{127.5}},
	Layers: []string{"relu_fc"},
	About:  "a small convolutional network trained on drawings (faces, bodies, scenes, objects, scrambled)",
	Cite:   "Fusiform", Source: "trained by this project", License: "MIT",
}
