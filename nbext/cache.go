package nbext

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gonum.org/v1/gonum/mat"

	"fusiform/nbext/catalog"
)

// A cache entry is a file:
//
//	magic | length of header, uint32 | header, JSON | values, row by row | SHA-256 of all before
//
// with little-endian numbers. Values are float32 where that loses nothing
// (what networks give), else float64.
const (
	entryMagic     = "FUSIFORM/1\n"
	entrySuffix    = ".responses"
	picturesSuffix = ".jpg" // of what Show shows to who points at a stimulus
	tempSuffix     = ".tmp"
)

type entryHeader struct {
	Stimuli  int `json:"stimuli"`
	Channels int `json:"channels"`
	Bytes    int `json:"bytes"` // per value: 4 or 8
}

// writeEntry writes the entry whole or not at all.
func writeEntry(path string, v *mat.Dense) (err error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	sweep(dir)
	f, err := os.CreateTemp(dir, "*"+tempSuffix)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	n, c := v.Dims()
	head := entryHeader{Stimuli: n, Channels: c, Bytes: 4}
	for i := 0; i < n && head.Bytes == 4; i++ {
		for _, x := range v.RawRowView(i) {
			if float64(float32(x)) != x {
				head.Bytes = 8
				break
			}
		}
	}
	js, err := json.Marshal(head)
	if err != nil {
		return err
	}
	sum := sha256.New()
	buf := append([]byte(entryMagic), binary.LittleEndian.AppendUint32(nil, uint32(len(js)))...)
	buf = append(buf, js...)
	for i := 0; ; i++ {
		sum.Write(buf)
		if _, err := f.Write(buf); err != nil {
			return err
		}
		if i == n {
			break
		}
		buf = buf[:0]
		for _, x := range v.RawRowView(i) {
			if head.Bytes == 4 {
				buf = binary.LittleEndian.AppendUint32(buf, math.Float32bits(float32(x)))
			} else {
				buf = binary.LittleEndian.AppendUint64(buf, math.Float64bits(x))
			}
		}
	}
	if _, err := f.Write(sum.Sum(nil)); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// sweep removes what killed runs left behind a day ago or earlier.
func sweep(dir string) {
	left, _ := filepath.Glob(filepath.Join(dir, "*"+tempSuffix))
	for _, p := range left {
		if st, err := os.Stat(p); err == nil && stale(st) {
			os.Remove(p)
		}
	}
}

func stale(tmp os.FileInfo) bool { return time.Since(tmp.ModTime()) > 24*time.Hour }

// entryPath is where the entry of a key lies.
func entryPath(dir, key string) string {
	return filepath.Join(dir, key[:2], key+entrySuffix)
}

// lookUp reads an entry for so many stimuli and notes that it was used; nil
// if there is none, or if it is damaged, of which a line is said.
func lookUp(path string, stimuli int) *mat.Dense {
	v, err := readEntry(path, stimuli)
	if err != nil {
		if !errors.Is(err, os.ErrNotExist) {
			fmt.Fprintf(os.Stderr, "cache: %v; computing it again\n", err)
		}
		return nil
	}
	now := time.Now()
	os.Chtimes(path, now, now) // where it cannot be noted, it looks older than it is
	return v
}

// A CacheEntry is a file of the cache: responses that Run keeps, or small
// pictures of stimuli that Show does; or a folder that Scanned has written.
type CacheEntry struct {
	Path  string
	Bytes int64
	Used  time.Time // when it was last read or written
}

// Remove removes the entry; one that is gone already is no error. A folder is
// never there in part.
func (e CacheEntry) Remove() error {
	st, err := os.Lstat(e.Path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err == nil && st.IsDir() {
		gone := e.Path
		if !strings.HasSuffix(gone, tempSuffix) {
			gone += tempSuffix
			err = os.Rename(e.Path, gone)
		}
		if err == nil {
			err = os.RemoveAll(gone)
		}
	} else if err == nil {
		err = os.Remove(e.Path)
	}
	if err == nil || errors.Is(err, os.ErrNotExist) {
		return nil // two processes may clear the cache at once
	}
	return fmt.Errorf("nbext: %w", err)
}

// CacheEntries lists what Run, Show and Scanned have kept, and what killed runs left
// behind a day ago or earlier. Any of them may be removed at any time: it is
// made again.
func CacheEntries() ([]CacheEntry, error) {
	dir, err := responsesDir()
	if err != nil {
		return nil, err
	}
	out, err := listEntries(dir)
	if err != nil {
		return nil, err
	}
	cache, err := catalog.CacheDir()
	if err != nil {
		return nil, err
	}
	return append(out, listScanned(filepath.Join(cache, scannedFolder))...), nil
}

// listScanned lists the data sets in the folder of Scanned.
func listScanned(dir string) (out []CacheEntry) {
	folders, _ := os.ReadDir(dir) // there is none before the first
	for _, f := range folders {
		st, err := f.Info()
		if err != nil || !st.IsDir() || filepath.Ext(f.Name()) == tempSuffix && !stale(st) {
			continue
		}
		e := CacheEntry{Path: filepath.Join(dir, f.Name()), Used: st.ModTime()}
		filepath.WalkDir(e.Path, func(_ string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() {
				if st, err := d.Info(); err == nil {
					e.Bytes += st.Size()
				}
			}
			return nil
		})
		out = append(out, e)
	}
	return out
}

func listEntries(dir string) ([]CacheEntry, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*", "*"))
	if err != nil {
		return nil, fmt.Errorf("nbext: listing the cache: %w", err)
	}
	var out []CacheEntry
	for _, p := range paths {
		st, err := os.Lstat(p)
		if err != nil || !st.Mode().IsRegular() { // another process may have removed it
			continue
		}
		if ext := filepath.Ext(p); ext == entrySuffix || ext == picturesSuffix || ext == tempSuffix && stale(st) {
			out = append(out, CacheEntry{Path: p, Bytes: st.Size(), Used: st.ModTime()})
		}
	}
	return out, nil
}

// errDamaged reports an entry that is not what was written.
var errDamaged = errors.New("damaged entry")

// readEntry reads an entry for so many stimuli. Without one the error is
// os.ErrNotExist; an entry whose checksum or shape is wrong gives errDamaged.
func readEntry(path string, stimuli int) (*mat.Dense, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	damaged := func(what string) (*mat.Dense, error) {
		return nil, fmt.Errorf("%w %s: %s", errDamaged, path, what)
	}
	fixed := len(entryMagic) + 4
	if len(data) < fixed+sha256.Size || !bytes.HasPrefix(data, []byte(entryMagic)) {
		return damaged("not an entry")
	}
	data, sum := data[:len(data)-sha256.Size], data[len(data)-sha256.Size:]
	if s := sha256.Sum256(data); !bytes.Equal(s[:], sum) {
		return damaged("wrong checksum")
	}
	size := uint64(binary.LittleEndian.Uint32(data[len(entryMagic):]))
	if size > uint64(len(data)-fixed) {
		return damaged("wrong header")
	}
	var head entryHeader
	if err := json.Unmarshal(data[fixed:fixed+int(size)], &head); err != nil {
		return damaged("wrong header")
	}
	data = data[fixed+int(size):]
	if head.Stimuli != stimuli || head.Stimuli < 1 || head.Channels < 1 || head.Bytes != 4 && head.Bytes != 8 ||
		len(data)%head.Bytes != 0 || len(data)/head.Bytes/head.Stimuli != head.Channels || len(data)/head.Bytes%head.Stimuli != 0 {
		return damaged("wrong shape")
	}
	x := make([]float64, len(data)/head.Bytes)
	for i := range x {
		if head.Bytes == 4 {
			x[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:])))
		} else {
			x[i] = math.Float64frombits(binary.LittleEndian.Uint64(data[8*i:]))
		}
	}
	return mat.NewDense(head.Stimuli, head.Channels, x), nil
}
