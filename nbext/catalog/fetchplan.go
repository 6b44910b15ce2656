package catalog

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// A plan is what there is to do for a data set.
type plan struct {
	root     string
	direct   []item // to be fetched for themselves
	archives []packed
	total    int64 // bytes to read, fetch and unpack
	need     int64 // bytes that are not on the disk yet
}

// A packed archive and which of its members are absent.
type packed struct {
	item
	strip   int
	members map[string]item // by their paths in the archive, stripped
}

// plan finds out what there is to do for the files of a row.
func (r DataRow) plan(items []item) (plan, error) {
	p := plan{root: items[0].dir()}
	var inside []item
	for _, it := range items {
		p.total += it.size
		if _, err := os.Stat(it.path()); err == nil || !errors.Is(err, fs.ErrNotExist) {
			continue // look says what it is
		}
		if p.need += it.size - it.kept(); len(it.urls) > 0 || it.size == 0 {
			p.direct = append(p.direct, it)
		} else {
			inside = append(inside, it)
		}
	}
	lost := make([]bool, len(inside)) // no archive has it
	for i := range lost {
		lost[i] = true
	}
	for _, a := range r.Archives {
		it := r.item(a.File)
		if err := it.valid(); err != nil {
			return plan{}, fmt.Errorf("catalog: %s: %w", it.name, err)
		}
		if a.Strip < 0 {
			return plan{}, fmt.Errorf("catalog: %s: it drops %d elements of its members' paths, expected 0 or more", it.name, a.Strip)
		}
		pack := packed{item: it, strip: a.Strip, members: map[string]item{}}
		for i, m := range inside {
			if rel, below := strings.CutPrefix(m.rel, path.Dir(it.rel)+"/"); below || path.Dir(it.rel) == "." {
				pack.members[rel], lost[i] = m, false
			}
		}
		if len(pack.members) == 0 {
			continue
		}
		_, err := os.Stat(it.path())
		if here := err == nil; !here && len(it.urls) == 0 {
			m := r.missing(it.path(), fs.ErrNotExist)
			m.Fetch = false
			m.Name, m.What, m.Rel = it.name, "the archive "+path.Base(it.rel), it.rel
			return plan{}, m
		} else if !here {
			p.need += it.size - it.kept()
		}
		p.total += it.size
		p.archives = append(p.archives, pack)
	}
	for i, m := range inside {
		if lost[i] {
			e := r.missing(m.path(), fs.ErrNotExist)
			e.Fetch = false
			e.Name, e.What, e.Rel = m.name, path.Base(m.rel), m.rel
			return plan{}, e
		}
	}
	return p, nil
}

// item returns a file of the row as one to be fetched.
func (r DataRow) item(f File) item {
	it := item{name: path.Join(r.Name, f.Path), root: r.At, rel: f.Path, sha256: f.SHA256, size: f.Size, urls: f.URLs,
		remedy: fmt.Sprintf(`give the folder that it leads to as "at" of %q in %s`, r.Name, localDataFile)}
	if r.At == "" {
		it.rel = path.Join(r.Folder, f.Path)
	}
	return it
}

// items checks the row, and returns its files.
func (r DataRow) items() ([]item, error) {
	if r.Folder == "" && r.At == "" {
		return nil, fmt.Errorf("catalog: %s is drawn by this program: there is nothing to fetch", r.Name)
	}
	items := make([]item, len(r.Files))
	names := map[string]string{} // as systems see them that do not tell case
	for i, f := range r.Files {
		if err := checkPath(f.Path); err != nil { // before it is joined to a folder
			return nil, fmt.Errorf("catalog: %s: %w", r.Name, err)
		}
		items[i] = r.item(f)
		if err := items[i].valid(); err != nil {
			return nil, fmt.Errorf("catalog: %s: %w", items[i].name, err)
		}
		key := fold(f.Path)
		if other, twice := names[key]; twice {
			return nil, fmt.Errorf("catalog: %s: its files %q and %q have one name on some systems", r.Name, other, f.Path)
		}
		names[key] = f.Path
	}
	for _, f := range r.Files {
		for dir := path.Dir(f.Path); dir != "."; dir = path.Dir(dir) {
			if other, file := names[fold(dir)]; file {
				return nil, fmt.Errorf("catalog: %s: its file %q is the folder of its file %q", r.Name, other, f.Path)
			}
		}
	}
	for _, a := range r.Archives {
		if err := checkPath(a.Path); err != nil {
			return nil, fmt.Errorf("catalog: %s: %w", r.Name, err)
		}
		if other, twice := names[fold(a.Path)]; twice {
			return nil, fmt.Errorf("catalog: %s: its archive %q has the name of its file %q", r.Name, a.Path, other)
		}
	}
	return items, nil
}

// fold maps names to one that are the same on some systems.
func fold(name string) string { return strings.ToLower(norm.NFC.String(name)) }

// kept returns how many bytes of the item an earlier call left.
func (it item) kept() int64 {
	name := filepath.Join(it.dir(), filepath.FromSlash(it.part()))
	st, err := os.Stat(name)
	if err != nil {
		return 0
	}
	f, err := os.Open(strings.TrimSuffix(name, ".part") + ".parts")
	if err != nil {
		return min(st.Size(), it.size)
	}
	defer f.Close()
	done, _, _ := readJournal(f, it.size)
	var n int64
	for _, d := range done {
		n += d
	}
	return n
}
