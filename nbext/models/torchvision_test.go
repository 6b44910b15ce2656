package models

import (
	"archive/zip"
	"encoding/csv"
	"errors"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"fusiform/internal/realdata"
	"fusiform/nbext/catalog"
)

// exported are a network, exported by torch in three ways, and what torch and
// onnxruntime find in it (internal/reference/torchvision_nets.py).
type exported struct {
	Size   int
	Layers map[string]struct {
		Shape []int
		Torch probes
		Files map[string]struct {
			Tensors     []string
			Onnxruntime probes
		}
	}
}

// probes are the L2 norm and some values of a layer, for each image.
type probes struct {
	L2     []float64
	At     []int
	Values [][]float64
}

// TestTorchvision compares every fixture, file by file, at its output and at
// the layers of its modules.
func TestTorchvision(t *testing.T) {
	zips, err := filepath.Glob("testdata/torchvision/*.zip")
	if err != nil || len(zips) == 0 {
		t.Fatal("no fixtures:", err)
	}
	for _, path := range zips {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".zip"), func(t *testing.T) {
			dir := t.TempDir()
			unzip(t, path, dir)
			checkExported(t, dir)
		})
	}
}

// wholeNetworks is the folder of whole networks of torchvision that
// FUSIFORM_TORCHVISION names. If it is not there, they are exported into it with
// the Python of the peers (internal/peers), in some minutes; they take 3 GB.
func wholeNetworks(t *testing.T) string {
	root := os.Getenv("FUSIFORM_TORCHVISION")
	if root == "" {
		t.Skip("FUSIFORM_TORCHVISION names no folder of exported networks")
	}
	if _, err := os.Stat(root); err == nil {
		return root
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	python := filepath.Join(cache, "fusiform", "peers", "venv", "bin", "python")
	out, err := exec.CommandContext(t.Context(), python, "../../internal/reference/torchvision_nets.py", root).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return root
}

// TestTorchvisionWhole compares whole networks of torchvision as
// TestTorchvision does narrow ones.
func TestTorchvisionWhole(t *testing.T) {
	root := wholeNetworks(t)
	dirs, err := filepath.Glob(filepath.Join(root, "*", "facts.json"))
	if err != nil || len(dirs) == 0 {
		t.Fatal("no networks in", root, err)
	}
	for _, d := range dirs {
		t.Run(filepath.Base(filepath.Dir(d)), func(t *testing.T) { checkExported(t, filepath.Dir(d)) })
	}
}

// TestPaperLayers looks for the layers that the paper names (paper/models.csv
// of the data folder) in the whole networks of torchvision that are there.
func TestPaperLayers(t *testing.T) {
	root := wholeNetworks(t)
	f, err := os.Open(filepath.Join(realdata.Folder(t, "paper"), "models.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	folders := map[string]string{"ResNet-18": "resnet18", "ResNet-50": "resnet50", "ResNet-101": "resnet101", "VGG-16": "vgg16", "AlexNet": "alexnet",
		"ViT-B/32": "vit_b_32", "ConvNeXt-Tiny": "convnext_tiny"}
	opened := map[string][]Layer{}
	tried := 0
	for _, row := range rows[1:] {
		folder := folders[row[4]]
		if folder == "" || !torchvisionNames.MatchString(strings.Join(row[6:9], " ")) {
			continue
		}
		path := filepath.Join(root, folder, "whole.onnx")
		if _, err := os.Stat(path); err != nil {
			continue
		}
		if opened[folder] == nil {
			m, err := Open(path)
			if err != nil {
				t.Fatal(err)
			}
			if opened[folder], err = m.Layers(); err != nil {
				t.Fatal(err)
			}
		}
		for _, name := range row[6:9] {
			tried++
			if l, ok := resolve(opened[folder], name); !ok {
				t.Errorf("%s: no layer %q", row[1], name)
			} else if strings.Contains(name, ".conv") && l.Op != "Conv" {
				t.Errorf("%s: %q is of a %s", row[1], name, l.Op)
			}
		}
	}
	t.Logf("%d names in %d networks", tried, len(opened))
}

// torchvisionNames are how torchvision's networks name layers.
var torchvisionNames = regexp.MustCompile(`^((layer\d\.\d+\.|avgpool|features\.|encoder\.layers\.)\S*( |$)){3}`)

// checkExported compares the three files of a folder.
func checkExported(t *testing.T, dir string) {
	var want exported
	readJSON(t, filepath.Join(dir, "facts.json"), &want)
	for _, file := range []string{"script", "dynamo", "whole"} {
		t.Run(file, func(t *testing.T) {
			m, err := Open(filepath.Join(dir, file+".onnx"))
			if err != nil {
				t.Fatal(err)
			}
			m.Input = catalog.Input{Name: m.Input.Name, Width: want.Size, Height: want.Size, Channels: 3}
			m.Batch = 2
			all, err := m.Layers()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := Untrained(m, 1); err != nil {
				t.Error(err)
			}
			var names []string
			for name, l := range want.Layers {
				facts, there := l.Files[file]
				if !there {
					var unknown *UnknownLayerError
					if _, err := m.find(all, name); !errors.As(err, &unknown) || !unknown.Merged || file == "whole" {
						t.Errorf("%s, which the exporter merged: the error is %v", name, err)
					}
					continue
				}
				found, err := m.find(all, name)
				var unknown *UnknownLayerError
				if file == "script" && errors.As(err, &unknown) && unknown.Merged {
					t.Log(err) // a normalisation that lost its name
					continue
				}
				if err != nil {
					t.Error(err)
					continue
				}
				if !slices.Contains(facts.Tensors, found.Name) {
					t.Errorf("%s is %q, expected one of %q", name, found.Name, facts.Tensors)
				}
				if !slices.Equal(squeezed(found.Shape), squeezed(l.Shape)) {
					t.Errorf("%s has shape %v, expected %v", name, found.Shape, l.Shape)
				}
				names = append(names, name)
			}
			slices.Sort(names)
			r, err := m.runner(names, 4)
			if err != nil {
				t.Fatal(err)
			}
			out := make([]*mat.Dense, len(names))
			for i, l := range r.layers {
				out[i] = mat.NewDense(2, l.Units, nil)
			}
			if err := r.forward(batch{n: 2, x: hashed(2 * 3 * want.Size * want.Size)}, out); err != nil {
				t.Fatal(err)
			}
			for i, name := range names {
				l := want.Layers[name]
				l.Torch.check(t, name+" by torch", out[i])
				l.Files[file].Onnxruntime.check(t, name+" by onnxruntime", out[i])
			}
		})
	}
}

// check compares a layer within 1e-4 of its root mean square, or of the value.
func (p probes) check(t *testing.T, what string, got *mat.Dense) {
	t.Helper()
	for k, l2 := range p.L2 {
		row := got.RawRowView(k)
		if norm := mat.Norm(got.RowView(k), 2); !close4(norm, l2, l2) {
			t.Errorf("%s: L2 norm of image %d is %.7g, expected %.7g", what, k, norm, l2)
		}
		rms := l2 / math.Sqrt(float64(len(row)))
		for i, at := range p.At {
			if want := p.Values[k][i]; !close4(row[at], want, max(math.Abs(want), rms)) {
				t.Errorf("%s: value %d of image %d is %.7g, expected %.7g", what, at, k, row[at], want)
			}
		}
	}
}

func squeezed(shape []int) (out []int) {
	for _, d := range shape {
		if d != 1 {
			out = append(out, d)
		}
	}
	return out
}

// hashed are the images that the reference sees.
func hashed(n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(float64(uint32(i*2654435761))/(1<<30) - 2)
	}
	return x
}

// unzip writes the files of a small archive into dir.
func unzip(t *testing.T, path, dir string) {
	t.Helper()
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(f.Name)), b, 0o666); err != nil {
			t.Fatal(err)
		}
	}
}
