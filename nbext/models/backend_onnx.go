//go:build onnx

package models

import onnxbackend "github.com/gomlx/compute-onnx"

// Nothing is downloaded behind the user's back.
func init() { onnxbackend.EnableAutoInstall(false) }
