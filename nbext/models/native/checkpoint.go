package native

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"fusiform/nbext/models"
)

// The files of a checkpoint, each in a folder step-000120 of its own. The folder
// is written under another name and renamed when it is whole.
const (
	weightsFile = "weights.safetensors" // torch can load it
	adamFile    = "adam.safetensors"    // the moments, and the curve so far
	aboutFile   = "checkpoint.json"
	stepFolder  = "step-%06d"
)

// A Checkpoint is where a training stood after a step.
type Checkpoint struct {
	Step     int
	Kept     bool    // it is one of Keep, not just the last
	Tested   int     // pictures in Test
	Accuracy float64 // share of them that got their category
}

// about is what checkpoint.json says.
type about struct {
	Checkpoint
	Version int
	Recipe  recipe
	SHA256  map[string]string // of the other files
}

// A recipe is all that decides a training. Two trainings with the same recipe
// give the same weights.
type recipe struct {
	Network, Pictures, Start string // hashes
	Seed                     uint64
	Batch, Steps             int
	Rate                     float64
	Engine                   string // may differ: then it is a warning
}

func (t Training) recipe(p *plan, e models.Engine) (recipe, error) {
	r := recipe{Seed: t.Seed, Batch: t.Batch, Steps: t.Steps, Rate: t.Rate, Engine: e.Name}
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s", version, p.text))
	r.Network = hex.EncodeToString(sum[:])
	var err error
	if r.Pictures, err = t.Pictures.Key(); err != nil {
		return r, err
	}
	if t.Start != "" {
		r.Start, err = fileSum(t.Start)
	}
	return r, err
}

// differs says in what one recipe differs from another, Engine aside.
func (r recipe) differs(o recipe) (what []string) {
	for _, c := range []struct {
		name string
		a, b any
	}{
		{"Network", r.Network, o.Network}, {"Pictures", r.Pictures, o.Pictures}, {"Start", r.Start, o.Start}, {"Seed", r.Seed, o.Seed},
		{"Batch", r.Batch, o.Batch}, {"Steps", r.Steps, o.Steps}, {"Rate", r.Rate, o.Rate},
	} {
		if c.a != c.b {
			what = append(what, c.name)
		}
	}
	return what
}

func fileSum(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// save writes a checkpoint, if there is a folder for it, and removes those before
// that are not to be kept. It measures the accuracy, folder or not.
func (s *state) save(ctx context.Context, keep bool) (err error) {
	if keep {
		if s.accuracy, err = s.measure(ctx); err != nil {
			return err
		}
	}
	s.kept = keep
	dir := s.t.Folder
	if dir == "" {
		return nil
	}
	step := len(s.curve)
	old, err := s.t.Checkpoints()
	if err != nil {
		return err
	}
	if !keep && slices.ContainsFunc(old, func(c Checkpoint) bool { return c.Step == step }) {
		return nil // it is there already
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(dir, writing)
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	a := about{Checkpoint: Checkpoint{Step: step, Kept: keep, Tested: s.t.Test.Len(), Accuracy: s.accuracy}, Version: version, Recipe: s.recipe, SHA256: map[string]string{}}
	if err := s.write(tmp, a); err != nil {
		return err
	}
	final := filepath.Join(dir, fmt.Sprintf(stepFolder, step))
	if err := os.RemoveAll(final); err != nil { // a damaged one
		return err
	}
	if err := os.Rename(tmp, final); err != nil {
		return err
	}
	abandoned(dir)
	for _, c := range old {
		if !c.Kept && c.Step != step {
			if err := os.RemoveAll(filepath.Join(dir, fmt.Sprintf(stepFolder, c.Step))); err != nil {
				return err
			}
		}
	}
	return nil
}

// writing begins the name of a folder that is not whole yet.
const writing = ".writing-"

// abandoned removes what killed processes have left half-written.
func abandoned(dir string) {
	left, _ := filepath.Glob(filepath.Join(dir, writing+"*")) // the pattern is a good one
	for _, l := range left {
		if st, err := os.Stat(l); err == nil && time.Since(st.ModTime()) > time.Hour {
			os.RemoveAll(l) // if not now, then next time
		}
	}
}

// write writes the three files.
func (s *state) write(dir string, a about) error {
	var tensors [3][]Value
	for i, prefix := range []string{"", firstMoment, secondMoment} {
		all, err := s.values(prefix)
		if err != nil {
			return err
		}
		k := 0
		for _, q := range s.p.parameters {
			if prefix != "" && q.Fixed {
				continue
			}
			tensors[i] = append(tensors[i], Value{Name: prefix + q.Name, Shape: q.Shape, Data: all[k]})
			k++
		}
	}
	loss, accuracy := s.curves()
	curve := []Value{{Name: "curve.loss", Shape: []int{len(loss)}, Data: loss}, {Name: "curve.accuracy", Shape: []int{len(accuracy)}, Data: accuracy}}
	made := map[string]string{"made_by": fmt.Sprintf("fusiform, step %d", a.Step), "categories": strings.Join(s.t.Pictures.Categories(), " ")}
	for name, t := range map[string][]Value{weightsFile: tensors[0], adamFile: slices.Concat(tensors[1], tensors[2], curve)} {
		h := sha256.New()
		err := writeFile(filepath.Join(dir, name), func(w io.Writer) error {
			return WriteSafetensors(io.MultiWriter(w, h), t, made)
		})
		if err != nil {
			return err
		}
		a.SHA256[name] = hex.EncodeToString(h.Sum(nil))
	}
	return writeFile(filepath.Join(dir, aboutFile), func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(a)
	})
}

// writeFile writes a file, down to the disk.
func writeFile(path string, write func(io.Writer) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Sync(), f.Close())
}

// Checkpoints lists what Folder has, by step. Folders that are no whole checkpoint
// are left out.
func (t Training) Checkpoints() ([]Checkpoint, error) {
	all, err := readAbouts(t.Folder)
	out := make([]Checkpoint, len(all))
	for i, a := range all {
		out[i] = a.Checkpoint
	}
	return out, err
}

// maxAbout bounds checkpoint.json.
const maxAbout = 1 << 20

func readAbouts(dir string) (all []about, err error) {
	if dir == "" {
		return nil, nil
	}
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("native: %w", err)
	}
	for _, e := range entries {
		var step int
		if n, _ := fmt.Sscanf(e.Name(), stepFolder, &step); n != 1 || e.Name() != fmt.Sprintf(stepFolder, step) {
			continue
		}
		f, err := os.Open(filepath.Join(dir, e.Name(), aboutFile))
		if err != nil {
			continue
		}
		var a about
		err = json.NewDecoder(io.LimitReader(f, maxAbout)).Decode(&a)
		f.Close()
		if err == nil && a.Version == version && a.Step == step {
			all = append(all, a)
		}
	}
	slices.SortFunc(all, func(a, b about) int { return a.Step - b.Step })
	return all, nil
}

// damage says what is wrong with the files of a checkpoint.
func (a about) damage(dir string, names ...string) error {
	for _, name := range names {
		path := filepath.Join(dir, fmt.Sprintf(stepFolder, a.Step), name)
		sum, err := fileSum(path)
		if err != nil {
			return err
		}
		if sum != a.SHA256[name] {
			return fmt.Errorf("%s is damaged: its SHA-256 is not the one in %s", path, aboutFile)
		}
	}
	return nil
}

// Checkpoint opens the network as it was after a step, from Folder. It fails if
// there is no such checkpoint, or if it is damaged.
func (t Training) Checkpoint(step int) (*models.Model, error) {
	all, err := readAbouts(t.Folder)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(a about) bool { return a.Step == step })
	if i < 0 {
		var have []string
		for _, a := range all {
			have = append(have, fmt.Sprint(a.Step))
		}
		return nil, fmt.Errorf("native: %q has no checkpoint of step %d; there are: %s", t.Folder, step, strings.Join(have, ", "))
	}
	if err := all[i].damage(t.Folder, weightsFile); err != nil {
		return nil, fmt.Errorf("native: %w", err)
	}
	p, err := survey(t.Network)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(t.Folder, fmt.Sprintf(stepFolder, step), weightsFile)
	s, err := OpenSafetensors(path)
	if err != nil {
		return nil, err
	}
	nums, err := p.from(s, path)
	if err != nil {
		s.Close()
		return nil, err
	}
	return p.model(fmt.Sprintf("%s (step %d)", t.Network.Name(), step), nums)
}

// Networks opens the network of every checkpoint, in the order of Checkpoints. It
// fails if there is none, and like Checkpoint.
func (t Training) Networks() ([]*models.Model, error) {
	all, err := t.Checkpoints()
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("native: %q has no checkpoints; run the training first", t.Folder)
	}
	out := make([]*models.Model, len(all))
	for i, c := range all {
		if out[i], err = t.Checkpoint(c.Step); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// resume puts the last whole checkpoint into the state, and reports whether there
// is one.
func (s *state) resume() (bool, error) {
	all, err := readAbouts(s.t.Folder)
	if err != nil {
		return false, err
	}
	for _, a := range slices.Backward(all) {
		if what := s.recipe.differs(a.Recipe); len(what) > 0 {
			return false, fmt.Errorf("%q has the checkpoints of another training, which differs in %s; give another Folder, or delete that one", s.t.Folder, strings.Join(what, ", "))
		}
		if err := a.damage(s.t.Folder, weightsFile, adamFile); err != nil {
			s.warnings = append(s.warnings, fmt.Errorf("%w; the training went on from the checkpoint before", err))
			continue
		}
		if a.Recipe.Engine != s.recipe.Engine {
			s.warnings = append(s.warnings, fmt.Errorf("the first %d steps were computed by %s, the others by %s: the weights are not those of either alone", a.Step, a.Recipe.Engine, s.recipe.Engine))
		}
		return true, s.load(a)
	}
	return false, nil
}

// load reads a checkpoint.
func (s *state) load(a about) error {
	dir := filepath.Join(s.t.Folder, fmt.Sprintf(stepFolder, a.Step))
	weights, err := OpenSafetensors(filepath.Join(dir, weightsFile))
	if err != nil {
		return err
	}
	defer weights.Close()
	adam, err := OpenSafetensors(filepath.Join(dir, adamFile))
	if err != nil {
		return err
	}
	defer adam.Close()
	get := func(f *Safetensors, name string, shape []int) ([]float32, error) {
		t, err := f.Tensor(name)
		if err != nil {
			return nil, err
		}
		if !slices.Equal(t.Shape, shape) {
			return nil, fmt.Errorf("%s: tensor %q has shape %v, expected %v", dir, name, t.Shape, shape)
		}
		v := make([]float32, t.Elements())
		return v, f.Read(v, name, 0)
	}
	for _, q := range s.p.parameters {
		for _, prefix := range []string{"", firstMoment, secondMoment} {
			f := adam
			if prefix == "" {
				f = weights
			} else if q.Fixed {
				continue
			}
			v, err := get(f, prefix+q.Name, q.Shape)
			if err != nil {
				return err
			}
			if err := s.put(prefix+q.Name, q.Shape, v); err != nil {
				return err
			}
		}
	}
	loss, err := get(adam, "curve.loss", []int{a.Step})
	if err != nil {
		return err
	}
	accuracy, err := get(adam, "curve.accuracy", []int{a.Step})
	for i := range accuracy {
		s.curve = append(s.curve, Point{Step: i + 1, Loss: float64(loss[i]), Accuracy: float64(accuracy[i])})
	}
	s.resumed, s.accuracy, s.kept = a.Step, a.Accuracy, a.Kept
	return err
}
