package dataset

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode/utf8"

	"fusiform/analysis"
)

// An Inspection says what a file or a folder holds and how to load it.
type Inspection struct {
	Path   string
	Format string // "NumPy array", "MATLAB 5", "table", …
	Parts  []Part // arrays, variables, columns, categories; in the file's order
	More   int    // parts beyond those in Parts
	Go     string // the line that loads the whole; empty if each part has its own
	Notes  []string
}

// A Part is an array, a variable, a column or a category.
type Part struct {
	Name    string // empty if the file is one array
	Type    string // of the elements: "float32", "char", "numbers", "images"
	Shape   []int
	Numbers bool    // whether they were counted, by
	Min     float64 // the smallest and
	Max     float64 // the largest of the finite values, if there are any
	Finite  int     // how many are finite,
	NaN     int     // no number
	Inf     int     // and infinite
	Go      string  // the line that loads it
	Note    string
}

// maxParts is how many parts are told of one by one.
const maxParts = 200

// Inspect reads a file through, or lists a folder of images, and says what is
// in it: names, types, shapes, the range of the values, how many are NaN, and
// the line of Go that loads it. The format is told by the bytes, not by the
// name. It holds at most a volume or a variable's text in memory, whatever the
// file's size, and reports progress in bytes.
//
// It knows what package dataset reads, and the tensors of .safetensors. It
// fails on other files; on parquet with what converts it; and with the
// reader's error where a file is damaged.
func Inspect(ctx context.Context, path string) (*Inspection, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("dataset: %w", err)
	}
	if info.IsDir() {
		return inspectFolder(path)
	}
	f, size, err := openFile(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if isHDF5(f, size) {
		return inspectHDF5(ctx, path, f, size)
	}
	r := bufio.NewReaderSize(&watched{ctx: ctx, r: f, total: size}, 1<<16)
	head, _ := r.Peek(540)
	in := &Inspection{Path: path}
	switch {
	case size == 0:
		err = errors.New("is empty")
	case bytes.HasPrefix(head, []byte("\x93NUMPY")):
		err = in.npy(r, size)
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		err = in.npz(ctx, f, size)
	case len(head) >= 128 && (string(head[126:128]) == "IM" || string(head[126:128]) == "MI"):
		err = in.mat(r, size)
	case isParquet(head):
		err = &ParquetError{File: path}
	case strings.EqualFold(filepath.Ext(path), ".safetensors"):
		err = in.safetensors(r, size)
	case strings.EqualFold(filepath.Ext(path), ".onnx"):
		in.Format, in.Go = "network (ONNX)", "m, err := models.Open("+strconv.Quote(path)+") // m.Layers() lists its layers"
	case looksSurface(path, head):
		return in, in.surface(ctx, size)
	case looksNIfTI(path, head):
		return in, in.nifti(ctx)
	case strings.EqualFold(filepath.Ext(path), ".mat"):
		_, err = matDialect(path, head)
	case isImageName(path):
		err = errors.New("is an image; name its folder: each folder in that is a category")
	case strings.EqualFold(filepath.Ext(path), ".img"):
		err = errors.New("is half of a pair .hdr and .img; join them into one .nii (fslchfiletype NIFTI, or nibabel.save)")
	case strings.EqualFold(filepath.Ext(path), ".HEAD"), strings.EqualFold(filepath.Ext(path), ".BRIK"):
		err = errors.New("is AFNI's; make a .nii of it (3dAFNItoNIFTI)")
	case isText(head):
		return in, in.table(r)
	default:
		err = errors.New("is of no format that is read: folders of images, .csv, .tsv, .npy, .npz, .mat, .hdf5, .nii, .nii.gz, .gii, .mgh, .mgz, .annot, .label, .safetensors, .onnx")
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, named(path, err)
	}
	return in, nil
}

// looksNIfTI tells an image of a scanner by the length of its header.
func looksNIfTI(path string, head []byte) bool {
	if len(head) < 4 {
		return false
	}
	name := strings.ToLower(path)
	if head[0] == 0x1f && head[1] == 0x8b || strings.HasSuffix(name, ".nii") || strings.HasSuffix(name, ".hdr") {
		return true
	}
	switch string(head[:4]) {
	case "\x5c\x01\x00\x00", "\x00\x00\x01\x5c", "\x1c\x02\x00\x00", "\x00\x00\x02\x1c":
		return true
	}
	return false
}

// isText reports whether the beginning of a file is text.
func isText(head []byte) bool {
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) {
		return true // UTF-16: the table's reader says what to do
	}
	for i := 0; i < utf8.UTFMax && len(head) > 0 && !utf8.Valid(head); i++ { // a letter may be cut
		head = head[:len(head)-1]
	}
	return utf8.Valid(head) && bytes.IndexByte(head, 0) < 0
}

// add keeps a part, or counts it.
func (in *Inspection) add(p Part) {
	if len(in.Parts) < maxParts {
		in.Parts = append(in.Parts, p)
	} else {
		in.More++
	}
}

// see looks at numbers.
func (p *Part) see(block []float64) {
	p.Numbers = true
	for _, v := range block {
		switch {
		case math.IsNaN(v):
			p.NaN++
		case math.IsInf(v, 0):
			p.Inf++
		case p.Finite == 0:
			p.Min, p.Max, p.Finite = v, v, 1
		default:
			p.Min, p.Max = min(p.Min, v), max(p.Max, v)
			p.Finite++
		}
	}
}

// join adds what was seen of another part.
func (p *Part) join(o *Part) {
	if o.Finite > 0 {
		n := p.Finite + o.Finite
		p.see([]float64{o.Min, o.Max})
		p.Finite = n
	}
	p.NaN, p.Inf = p.NaN+o.NaN, p.Inf+o.Inf
}

// String tells of a part on one line: "betas: float32, 2×3×4, 24 numbers from
// −1.6 to 2.1, 3 NaN".
func (p Part) String() string {
	var b strings.Builder
	if p.Name != "" {
		b.WriteString(printable(p.Name) + ": ")
	}
	if p.Type == "images" && len(p.Shape) == 1 {
		fmt.Fprintf(&b, "%d image%s", p.Shape[0], plural(p.Shape[0]))
		return b.String()
	}
	b.WriteString(p.Type)
	if len(p.Shape) > 0 {
		b.WriteString(", " + times(p.Shape))
	}
	if p.Numbers {
		n := p.Finite + p.NaN + p.Inf
		fmt.Fprintf(&b, ", %d number%s", n, plural(n))
		if p.Finite == n && n > 0 && p.Min == p.Max {
			fmt.Fprintf(&b, ", all %.6g", p.Min)
		} else if p.Finite > 0 {
			fmt.Fprintf(&b, " from %.6g to %.6g", p.Min, p.Max)
		}
		if p.NaN > 0 {
			fmt.Fprintf(&b, ", %d NaN", p.NaN)
		} else if n > 0 {
			b.WriteString(", no NaN")
		}
		if p.Inf > 0 {
			fmt.Fprintf(&b, ", %d infinite", p.Inf)
		}
	}
	if p.Note != "" {
		b.WriteString("; " + p.Note)
	}
	return b.String()
}

func plural(n int) string {
	if n == 1 {
		return ""
	}
	return "s"
}

// printable shows a name from a file on a terminal: short, without control
// characters.
func printable(name string) string {
	shown := analysis.Few([]string{name}, 1)
	if q := strconv.Quote(shown); q[1:len(q)-1] != shown {
		return q
	}
	return shown
}

// A watched reader ends with its context and reports progress in bytes.
type watched struct {
	ctx         context.Context
	r           io.Reader
	done, total int64
}

func (w *watched) Read(b []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := w.r.Read(b)
	before := w.done >> 20
	if w.done += int64(n); w.done>>20 > before {
		analysis.ReportProgress(w.ctx, int(w.done), int(w.total))
	}
	return n, err
}
