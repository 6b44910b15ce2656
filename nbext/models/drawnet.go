package models

import _ "embed"

// DrawnetONNX is drawnet as an ONNX file: a network of three convolutions and
// 256 units that this project trained on drawings (simulate.Drawings) of
// faces, bodies, scenes, objects and scrambled objects. Its metadata says
// how; `fusiform train-drawnet` (TrainDrawnet) makes it.
//
//go:embed drawnet.onnx
var DrawnetONNX []byte

// embedded returns the ONNX file of a network that is part of the program.
func embedded(name string) ([]byte, bool) {
	if name == "drawnet" {
		return DrawnetONNX, true
	}
	return nil, false
}
