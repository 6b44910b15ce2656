package nbext

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"

	"fusiform/analysis"
	"fusiform/plots"
)

// Made returns what this cell's results come from, as the files of its figures
// carry it (plots.MadeOf reads it back): the networks and layers that were run,
// with a hash of what decides their numbers; the stimuli, with a hash of their
// IDs and pixels; the folders of data, with a hash of what lies in them; and a
// hash of Fusiform's own source, and Go's version. nb.Table(nb.Made()) shows it.
//
// It grows as the cell goes on. There are no times, paths or names of machines
// in it: the same inputs make the same facts. What a cell computed by itself
// from responses is not in it; that stands in the cell.
func Made() []plots.Fact { return used.facts() }

// used is what this process has used so far.
var used record

// A record collects facts, each once.
type record struct {
	mu       sync.Mutex
	networks map[string]bool
	stimuli  map[string]bool
	named    map[string]analysis.Stimuli // data sets that were asked for by name
	folders  map[string]string           // by their name, their path
	hashed   map[string]string           // values of data sets and folders
}

// network notes that n answered s, whose digests are ds.
func (r *record) network(n Network, layer string, s analysis.Stimuli, ds [][32]byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	set(&r.networks, fmt.Sprintf("%s/%s, key %s", n.Name(), layer, brief(n.Key())))
	set(&r.stimuli, stimuliFact(setName(s), s, ds))
}

// stimuliFact names a set of stimuli and hashes their IDs and digests.
func stimuliFact(name string, s analysis.Stimuli, ds [][32]byte) string {
	h := sha256.New()
	for i, d := range ds {
		part(h, s.At(i).ID)
		h.Write(d[:])
	}
	return fmt.Sprintf("%s, %d images, SHA-256 %s", name, s.Len(), brief(hex.EncodeToString(h.Sum(nil))))
}

func set(m *map[string]bool, key string) {
	if *m == nil {
		*m = map[string]bool{}
	}
	(*m)[key] = true
}

// data notes that a set was asked for by its name.
func (r *record) data(name string, s analysis.Stimuli) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.named == nil {
		r.named = map[string]analysis.Stimuli{}
	}
	r.named[name] = s
}

// folder notes that a folder of data is read.
func (r *record) folder(rel, path string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.folders == nil {
		r.folders = map[string]string{}
	}
	r.folders[rel] = path
}

// setName is what the IDs of s begin with: "floc" for "floc/adult/1.jpg".
func setName(s analysis.Stimuli) string {
	prefix := s.At(0).ID
	for i := range s.Len() {
		id := s.At(i).ID
		for !strings.HasPrefix(id, prefix) {
			prefix = prefix[:len(prefix)-1]
		}
	}
	i := strings.LastIndex(prefix, "/")
	if s.Len() == 1 || i <= 0 {
		return "stimuli"
	}
	return prefix[:i]
}

// brief is as much of a hash as tells two apart.
func brief(hash string) string { return hash[:min(16, len(hash))] }

// facts lists what is known, in an order that does not depend on that of use.
func (r *record) facts() []plots.Fact {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []plots.Fact
	add := func(name string, values map[string]bool) {
		for _, v := range slices.Sorted(maps.Keys(values)) {
			out = append(out, plots.Fact{Name: name, Value: v})
		}
	}
	add("network", r.networks)
	stimuli := map[string]bool{}
	maps.Copy(stimuli, r.stimuli)
	for name, s := range r.named {
		if !shownOf(r.stimuli, name) {
			stimuli[r.once("stimuli "+name, func() string {
				ds, err := digests(s)
				if err != nil {
					return fmt.Sprintf("%s, %d images, cannot be read", name, s.Len())
				}
				return stimuliFact(name, s, ds)
			})] = true
		}
	}
	add("stimuli", stimuli)
	data := map[string]bool{}
	for rel, path := range r.folders {
		data[r.once("folder "+rel, func() string { return folderFact(rel, path) })] = true
	}
	add("data", data)
	return append(out, plots.Fact{Name: "fusiform", Value: version()}, plots.Fact{Name: "go", Value: runtime.Version()})
}

// once returns what make made the first time.
func (r *record) once(key string, make func() string) string {
	v, ok := r.hashed[key]
	if !ok {
		v = make()
		if r.hashed == nil {
			r.hashed = map[string]string{}
		}
		r.hashed[key] = v
	}
	return v
}

// shownOf reports whether stimuli of a set of that name were run.
func shownOf(stimuli map[string]bool, name string) bool {
	for v := range stimuli {
		if rest, ok := strings.CutPrefix(v, name); ok && (rest[0] == ',' || rest[0] == '/') {
			return true
		}
	}
	return false
}

// maxHashed is how much of a folder of data is hashed; in larger ones names
// and sizes stand for contents.
const maxHashed = 64 << 20

// folderFact names a folder of data and hashes what lies directly in it.
func folderFact(rel, path string) string {
	files, err := os.ReadDir(path)
	if err != nil {
		return rel + ", cannot be read"
	}
	var infos []fs.FileInfo
	var size int64
	for _, f := range files {
		if st, err := os.Stat(filepath.Join(path, f.Name())); err == nil && st.Mode().IsRegular() {
			infos = append(infos, st)
			size += st.Size()
		}
	}
	h := sha256.New()
	for _, st := range infos {
		part(h, st.Name())
		part(h, fmt.Sprint(st.Size()))
		if size <= maxHashed && !hashFile(h, filepath.Join(path, st.Name())) {
			return rel + ", cannot be read"
		}
	}
	what := "SHA-256"
	if size > maxHashed {
		what = "names and sizes"
	}
	n := fmt.Sprintf("%d files", len(infos))
	if len(infos) == 1 {
		n = "1 file"
	}
	return fmt.Sprintf("%s, %s, %s %s", rel, n, what, brief(hex.EncodeToString(h.Sum(nil))))
}

func hashFile(w io.Writer, path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	_, err = io.Copy(w, f)
	return err == nil
}

// version says which code this is: a hash of the source that decides numbers
// and pictures, where the source is there (in the lab it is), else what the
// binary was built from.
var version = sync.OnceValue(func() string {
	_, here, _, _ := runtime.Caller(0)
	if root := filepath.Dir(filepath.Dir(here)); filepath.IsAbs(here) {
		if sum, err := sourceHash(os.DirFS(root)); err == nil {
			return "source " + brief(sum)
		}
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, m := range append([]*debug.Module{&info.Main}, info.Deps...) {
		if m.Path == "fusiform" && m.Version != "" && m.Version != "(devel)" {
			return m.Version
		}
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && info.Main.Path == "fusiform" {
			return "revision " + brief(s.Value)
		}
	}
	return "unknown"
})

// sourceHash hashes what is compiled into a cell: Go and assembly, without
// tests, kernel and commands.
func sourceHash(root fs.FS) (string, error) {
	h := sha256.New()
	for _, dir := range []string{"analysis", "internal/blas", "internal/simd", "nbext", "plots"} {
		err := fs.WalkDir(root, dir, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && (d.Name() == "testdata" || path == "nbext/kernel" || path == "nbext/cmd"):
				return fs.SkipDir
			case d.IsDir() || strings.HasSuffix(path, "_test.go") || !strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, ".s"):
				return nil
			}
			data, err := fs.ReadFile(root, path)
			if err != nil {
				return err
			}
			part(h, path)
			part(h, string(data))
			return nil
		})
		if err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
