package models

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"fusiform/nbext/catalog"
)

// codeVersion is part of every key. Raise it when the same file, input and
// image would give other numbers than before.
const codeVersion = 2

// maxFile is the size above which a file is not read: a protobuf message
// cannot be larger than 2 GiB.
const maxFile = 2<<30 - 1

// A Model is a network and how images are prepared for it. Copy it to change
// a field for one use; copies share the weights.
type Model struct {
	// Input is the pre-processing: the size that an image is brought to
	// and x = (pixel − Mean)/Std for each channel, with pixels of 0–255.
	// It is known for networks of the catalog; set it if Warnings says
	// that it was guessed.
	Input catalog.Input

	// Batch is the number of images that go through the network at once;
	// 0 leaves it to the backend. It does not change the responses.
	Batch int

	// Warnings say what a reader should know: that the pre-processing was
	// guessed, say.
	Warnings []error

	name   string
	intact string // the name before any lesion; empty: there is none
	net    *network
}

// Open returns the network with that name in the catalog, or the one in an
// .onnx file. A file is recognised by its SHA-256 wherever it lies and
// whatever its name; the pre-processing of any other is guessed from the
// shape of the graph's input, with the mean and the standard deviation of
// ImageNet, and Warnings says so, unless the file says it: its metadata
// fusiform.mean and fusiform.std are those of torchvision.transforms.Normalize,
// one number of 0–1 for each channel ("0.485 0.456 0.406").
//
// Opening reads the file and hashes it. The graph is built when Layers or
// Responses need it. A large file stays open, and its weights are read when
// they are needed, one after the other: it may be renamed or deleted meanwhile,
// but not written to (an error says so then).
//
// It fails if the name is neither in the catalog nor a file, if the weights
// of a catalog name are not there (*catalog.MissingError, which says what to
// put where) or differ from the catalog's SHA-256, and if a file is not ONNX,
// is cut short, keeps its weights in files outside its folder, or uses operators or
// attributes that cannot be run (*UnsupportedError, which names them all).
func Open(name string) (*Model, error) {
	row, err := catalog.Model(name)
	if err != nil {
		if _, statErr := os.Stat(name); statErr == nil || strings.EqualFold(filepath.Ext(name), ".onnx") {
			return openFile(name)
		}
		return nil, fmt.Errorf("models: %w; give the path of an .onnx file to open a network that the catalog does not have", err)
	}
	if b, ok := embedded(row.Name); ok {
		return &Model{Input: row.Input, name: row.Name, net: newNetwork(b)}, nil
	}
	path, err := row.Path()
	if err != nil {
		return nil, err
	}
	net, err := openNetwork(path)
	if err != nil {
		return nil, err
	}
	m := &Model{Input: row.Input, name: row.Name, net: net}
	if got := hex.EncodeToString(net.file.sum[:]); !strings.EqualFold(got, row.SHA256) {
		return nil, fmt.Errorf("models: %s is not the %q of the catalog: its SHA-256 is %s, expected %s; put the original file there, or open this one from another path",
			path, row.Name, got, row.SHA256)
	}
	return m, nil
}

// openFile opens a file by path.
func openFile(path string) (*Model, error) {
	net, err := openNetwork(path)
	if err != nil {
		return nil, err
	}
	m := &Model{name: strings.TrimSuffix(filepath.Base(path), filepath.Ext(path)), net: net}
	if row, ok := catalog.ModelBySHA256(hex.EncodeToString(net.file.sum[:])); ok {
		m.name, m.Input = row.Name, row.Input
		return m, nil
	}
	g, err := m.net.graph()
	if err != nil {
		return nil, fmt.Errorf("models: %s: %w", path, err)
	}
	if m.Input, err = guessInput(g.input); err != nil {
		return nil, fmt.Errorf("models: %s: %w", path, err)
	}
	known, err := readMetadata(m.net.file.mp.MetadataProps, &m.Input)
	if err != nil {
		return nil, fmt.Errorf("models: %s: %w", path, err)
	}
	if known {
		return m, nil
	}
	m.Warnings = append(m.Warnings, fmt.Errorf("%s is not in the catalog: its pre-processing is guessed (%s); set Input if it was trained otherwise",
		filepath.Base(path), describe(m.Input)))
	return m, nil
}

// keptOpen is the size above which a file is not held in memory, but kept
// open, for its weights to be read when they are needed.
const keptOpen = 16 << 20

// openNetwork reads a regular file of bounded size.
func openNetwork(path string) (_ *network, err error) {
	f, err := os.Open(path)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("models: there is no file %s", path)
		}
		return nil, fmt.Errorf("models: %w", err)
	}
	st, err := f.Stat()
	switch {
	case err != nil:
		err = fmt.Errorf("models: %w", err)
	case !st.Mode().IsRegular():
		err = fmt.Errorf("models: %s is not a file", path)
	case st.Size() == 0:
		err = fmt.Errorf("models: %s is empty", path)
	case st.Size() > maxFile:
		err = fmt.Errorf("models: %s has %d bytes; ONNX files end at 2 GiB", path, st.Size())
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	s := source{f, st.Size()} // closed when nobody has it any more
	if s.size <= keptOpen {
		defer f.Close()
		b := make([]byte, s.size)
		if _, err := io.ReadFull(f, b); err != nil {
			return nil, fmt.Errorf("models: reading %s: %w", path, err)
		}
		s.ReaderAt = bytes.NewReader(b)
	}
	read, err := readFileIn(s, filepath.Dir(path))
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("models: reading %s: %w", path, err)
	}
	return &network{file: read}, nil
}

// Name returns what the network is called: its name in the catalog, or the
// name of its file without the extension.
func (m *Model) Name() string { return m.name }

// Key returns a hash of all that decides the responses: the bytes of the
// file and of its external data, how they were redrawn (Untrained), which units are lesioned and
// what they became (Lesioned), Input, and the version of this package's code.
// Neither the name nor the backend is part of it.
func (m *Model) Key() string {
	h := sha256.New()
	fmt.Fprintf(h, "fusiform/nbext/models %d\n%x\n%s\n", codeVersion, m.net.file.sum, m.net.redraw)
	in, err := json.Marshal(m.Input) // numbers, strings and bools alone
	if err != nil {
		// Only NaN and Inf, which Responses refuses.
		in = fmt.Appendf(nil, "%v", m.Input)
	}
	h.Write(in)
	for _, d := range m.net.damage {
		fmt.Fprintf(h, "\nlesion %x", d.key())
	}
	return hex.EncodeToString(h.Sum(nil))
}
