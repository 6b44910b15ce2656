package main

import (
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"

	"fusiform/analysis"
	"fusiform/analysis/dataset"
	"fusiform/analysis/localizer"
	"fusiform/nbext/catalog"
	"fusiform/nbext/models"
)

// scanTasks are t-maps of all layers of a network over the labelled fLoc
// images, every tensor and those that Principal names, and, to set against
// them, the bare pass: the responses of the output. All begin with image files.
func scanTasks() []Task {
	all := exported()
	own, _ := ownNetworks() // networkTasks tells why there are none
	all = append(all, own...)
	var tasks []Task
	for _, n := range all {
		if slices.Contains([]string{"resnet18", "mobilenet_v2_1.0_224", "efficientnet_lite0"}, n.name) {
			for _, what := range []string{"bare", "layers", "tensors"} {
				tasks = append(tasks, n.scan(what))
			}
		}
	}
	return tasks
}

var scanContrasts = []analysis.Contrast{localizer.Faces, localizer.Bodies, localizer.Scenes}

func (n network) scan(what string) Task {
	t := Task{
		Name:   fmt.Sprintf("scan/%s/%s", n.name, what),
		Peers:  []Peer{{Name: "onnxruntime", Script: "scan"}},
		Amount: 960, Unit: "images",
		Args: map[string]any{"what": what, "size": n.size, "mean": n.mean, "std": n.std},
	}
	file := n.file
	if file == "" {
		file = exportPath(n.name)
	}
	t.Args["file"] = file
	t.Before = func(ctx context.Context, b *bench) error {
		if n.file == "" {
			if err := export(ctx, b, n.name, file); err != nil {
				return err
			}
		}
		if err := flocPNG(); err != nil {
			return err
		}
		m, layers, err := n.scanned(file, what)
		if err != nil {
			return err
		}
		var names []string
		for _, l := range layers {
			names = append(names, l.Name)
		}
		t.Args["input_nhwc"] = m.Input.NHWC
		s, err := flocStimuli()
		if err != nil {
			return err
		}
		var images [][2]string
		for i := range s.Len() {
			images = append(images, [2]string{flocPath(s.At(i)), s.At(i).Category})
		}
		list, err := json.Marshal(map[string]any{"images": images, "layers": names})
		if err != nil {
			return err
		}
		index := filepath.Join(b.dir, fmt.Sprintf("scan-%s-%s.json", n.name, what)) // too long for an argument
		t.Args["index"] = index
		return os.WriteFile(index, list, 0o666)
	}
	t.Prepare = func() (func() error, func() []float64, error) {
		m, layers, err := n.scanned(file, what)
		if err != nil {
			return nil, nil, err
		}
		s, err := flocStimuli()
		if err != nil {
			return nil, nil, err
		}
		if what == "bare" {
			var r *analysis.Responses
			work := func() (err error) {
				r, err = m.Responses(context.Background(), layers[0].Name, s)
				return err
			}
			return work, func() []float64 {
				_, c := r.Dims()
				return sample(s.Len()*c, func(i int) float64 { return r.Row(i / c)[i%c] })
			}, nil
		}
		dir, err := os.MkdirTemp("", "peers-scan-")
		if err != nil {
			return nil, nil, err
		}
		sc := models.Scan{Contrasts: scanContrasts, Tensors: what == "tensors", Folder: dir}
		var r *models.ScanResult
		work := func() (err error) {
			r = nil // the last result is not part of the next one's memory
			r, err = sc.Run(context.Background(), m, s)
			return err
		}
		return work, func() []float64 { return tMaps(r) }, nil
	}
	return t
}

// scanned returns the network and the layers of a task.
func (n network) scanned(file, what string) (*models.Model, []models.Layer, error) {
	m, err := models.Open(file)
	if err != nil {
		return nil, nil, err
	}
	m.Input.Width, m.Input.Height, m.Input.Mean, m.Input.Std = n.size, n.size, n.mean, n.std
	if what == "layers" {
		l, err := m.Principal()
		return m, l, err
	}
	l, err := m.Layers()
	if what == "bare" {
		l = slices.DeleteFunc(l, func(l models.Layer) bool { return l.Name != n.output })
	}
	return m, l, err
}

// tMaps are values of t, thinned, contrast by contrast.
func tMaps(r *models.ScanResult) []float64 {
	var out []float64
	var begin []int
	n := 0
	for _, l := range r.Layers {
		begin = append(begin, n)
		n += l.Units
	}
	for _, c := range scanContrasts {
		last := -1
		var f *analysis.FROI // of layer last; nil: dead
		out = append(out, sample(n, func(i int) float64 {
			k, found := slices.BinarySearch(begin, i)
			if !found {
				k--
			}
			if k != last {
				f, _ = r.FROI(r.Layers[k].Name, c.Name)
				last = k
			}
			if f != nil {
				return f.Stat[i-begin[k]]
			}
			return 0
		})...)
	}
	return out
}

// flocStimuli are the labelled fLoc images, as PNG files: decoders of JPEG
// differ.
func flocStimuli() (analysis.Stimuli, error) {
	s, err := dataset.Images(filepath.Join(catalog.DataDir(), "images", "floc"))
	if err != nil {
		return analysis.Stimuli{}, err
	}
	var items []analysis.Stimulus
	for i := range s.Len() {
		it := s.At(i)
		if it.Category == analysis.Scrambled {
			continue
		}
		path := flocPath(it)
		it.Image = func() (image.Image, error) {
			f, err := os.Open(path)
			if err != nil {
				return nil, err
			}
			defer f.Close()
			return png.Decode(f)
		}
		items = append(items, it)
	}
	return analysis.NewStimuli(items)
}

func flocPath(s analysis.Stimulus) string {
	dir, err := cacheDir()
	if err != nil {
		dir = os.TempDir()
	}
	return filepath.Join(dir, "floc-png", hash(s.ID)[:16]+".png")
}

// flocPNG writes the images once.
func flocPNG() error {
	s, err := dataset.Images(filepath.Join(catalog.DataDir(), "images", "floc"))
	if err != nil {
		return err
	}
	for i := range s.Len() {
		it := s.At(i)
		path := flocPath(it)
		if _, err := os.Stat(path); err == nil || it.Category == analysis.Scrambled {
			continue
		}
		img, err := it.Image()
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return err
		}
		f, err := os.Create(path + ".part")
		if err != nil {
			return err
		}
		if err := png.Encode(f, img); err != nil {
			f.Close()
			return err
		}
		if err := f.Close(); err != nil {
			return err
		}
		if err := os.Rename(path+".part", path); err != nil {
			return err
		}
	}
	return nil
}
