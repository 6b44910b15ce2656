package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"fusiform/nbext/catalog"
	"fusiform/nbext/models"
)

// A network is a file and what it takes and gives.
type network struct {
	name   string
	file   string // of the data folder; empty: exported from torchvision
	size   int    // of the images, which have three channels
	mean   []float32
	std    []float32
	output string
}

// torchvisionNetworks get random weights and are exported once.
var torchvisionNetworks = []string{"resnet18", "resnet50", "vgg16", "alexnet", "vit_b_16"}

var batches = []int{1, 16}

// networkTasks are bare forward passes: images that are prepared already in,
// the network's last output out.
func networkTasks() ([]Task, error) {
	all := exported()
	own, err := ownNetworks()
	all = append(all, own...)
	var tasks []Task
	for _, n := range all {
		for _, batch := range batches {
			tasks = append(tasks, n.task(batch))
		}
	}
	return tasks, err
}

func exported() []network {
	var all []network
	for _, name := range torchvisionNetworks {
		all = append(all, network{name: name, size: 224, output: "logits",
			mean: []float32{123.675, 116.28, 103.53}, std: []float32{58.395, 57.12, 57.375}})
	}
	return all
}

// ownNetworks are those of models.json in the data folder.
func ownNetworks() ([]network, error) {
	path := filepath.Join(catalog.DataDir(), "models", "models.json")
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("without the networks of the data folder: there is no %s; set FUSIFORM_DATA to the folder that holds models", path)
	}
	if err != nil {
		return nil, err
	}
	var rows map[string]struct {
		File      string    `json:"file"`
		Size      int       `json:"input_size"`
		Output    string    `json:"output_name"`
		Mean, Std []float32 `json:",omitempty"`
	}
	if err := json.Unmarshal(b, &rows); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	var all []network
	for name, r := range rows {
		if len(r.Mean) != 3 || len(r.Std) != 3 || r.Size < 1 || r.Output == "" {
			return nil, fmt.Errorf("%s: the row %q lacks input_size, output_name, mean or std", path, name)
		}
		all = append(all, network{name: name, file: filepath.Join(filepath.Dir(path), r.File), size: r.Size, mean: r.Mean, std: r.Std, output: r.Output})
	}
	slices.SortFunc(all, func(a, b network) int {
		if a.name < b.name {
			return -1
		}
		return 1
	})
	return all, nil
}

func (n network) task(batch int) Task {
	t := Task{
		Name:   fmt.Sprintf("%s/batch%d", n.name, batch),
		Peers:  []Peer{{Name: "onnxruntime", Script: "ort"}},
		Amount: float64(batch), Unit: "images",
		Args: map[string]any{"name": n.name, "batch": batch, "size": n.size, "mean": n.mean, "std": n.std, "output": n.output},
	}
	file := n.file
	if file == "" {
		file = exportPath(n.name)
		t.Peers = append(t.Peers, Peer{Name: "torch", Script: "torchvision_net"})
		t.Before = func(ctx context.Context, b *bench) error { return export(ctx, b, n.name, file) }
	}
	t.Args["file"] = file
	t.Prepare = func() (func() error, func() []float64, error) {
		m, err := models.Open(file)
		if err != nil {
			return nil, nil, err
		}
		m.Input.Width, m.Input.Height = n.size, n.size
		x := n.images(batch)
		var y []float32
		work := func() (err error) {
			y, err = m.Forward(x, batch, n.output)
			return err
		}
		return work, func() []float64 { return sample(len(y), func(i int) float64 { return float64(y[i]) }) }, nil
	}
	return t
}

// images are batch prepared images of random pixels, NCHW; images in
// py/networks.py makes the same.
func (n network) images(batch int) []float32 {
	x, plane := uniform[float32](1, batch*3*n.size*n.size), n.size*n.size
	for i := range x {
		c := i / plane % 3
		x[i] = ((x[i]+1)*127.5 - n.mean[c]) / n.std[c]
	}
	return x
}

// exportPath is where an exported network is kept, by the versions that it was
// made with.
func exportPath(name string) string {
	dir, err := cacheDir()
	if err != nil {
		dir = os.TempDir()
	}
	return filepath.Join(dir, "onnx", exportKey(), name+".onnx")
}

// export has torch write the network, once.
func export(ctx context.Context, b *bench, name, file string) error {
	if _, err := os.Stat(file); err == nil {
		return nil
	}
	fmt.Fprintf(b.say, "%s exporting %s from torchvision to %s\n", time.Now().Format("15:04:05"), name, file)
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		return err
	}
	arg, err := json.Marshal(map[string]string{"name": name, "file": file})
	if err != nil {
		return err
	}
	if _, _, err := (process{}).run(ctx, b.python, "-E", "-s", b.script("export"), string(arg)); err != nil {
		return fmt.Errorf("exporting %s: %w", name, err)
	}
	return nil
}

// exportKey changes with the packages and with the script that makes the
// weights.
func exportKey() string {
	py, _ := scripts.ReadFile("py/networks.py")
	ex, _ := scripts.ReadFile("py/export.py")
	return hash(requirements, string(py), string(ex))[:12]
}
