package dataset

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
)

// WriteCohort writes a cohort into a new folder for ReadCohort, and for whoever
// reads JSON and numpy.load: cohort.json, the table of recordings with the
// stimuli and the SHA-256 of each file, and one .npy of float64, n×c, for each
// recording that is not absent, called by its number and, as far as letters and
// digits go, its person, hemisphere, region and session. Pictures of stimuli
// are not written.
//
// The folder is there whole or not at all: it is written beside dir under a name
// that begins with a dot, and renamed. It fails if dir is there already, with
// fs.ErrExist; on a name that is not UTF-8; with ctx; and where the disk does.
func WriteCohort(ctx context.Context, dir string, c *analysis.Cohort[*analysis.Responses]) error {
	if _, err := os.Lstat(dir); err == nil {
		return fmt.Errorf("dataset: %w", &fs.PathError{Op: "write a cohort to", Path: dir, Err: fmt.Errorf("%w; choose a new folder, or remove it", fs.ErrExist)})
	}
	dir = filepath.Clean(dir)
	tmp, err := os.MkdirTemp(filepath.Dir(dir), "."+filepath.Base(dir)+".tmp-*")
	if err != nil {
		return fmt.Errorf("dataset: %w", err)
	}
	defer os.RemoveAll(tmp) // nothing, once it is renamed
	if err := writeCohort(ctx, tmp, c); err != nil {
		if ctx.Err() != nil {
			return err
		}
		return fmt.Errorf("dataset: %w", err)
	}
	if err := os.Chmod(tmp, 0o755); err != nil {
		return fmt.Errorf("dataset: %w", err)
	}
	if err := os.Rename(tmp, dir); err != nil {
		return fmt.Errorf("dataset: %w", err)
	}
	return nil
}

func writeCohort(ctx context.Context, dir string, c *analysis.Cohort[*analysis.Responses]) error {
	t := cohortTable{Format: cohortFormat, Stimuli: [][]cohortStimulus{}}
	var sets []analysis.Stimuli
	recordings := c.Recordings()
	for i, r := range recordings {
		if err := ctx.Err(); err != nil {
			return err
		}
		row := cohortRow{Person: r.Person, Hemisphere: r.Hemisphere, Region: r.Region, Session: r.Session, Absent: r.Absent}
		if !r.Absent {
			s := r.Answer.Stimuli()
			for row.Stimuli < len(sets) && !alike(sets[row.Stimuli], s) {
				row.Stimuli++
			}
			if row.Stimuli == len(sets) {
				sets = append(sets, s)
				t.Stimuli = append(t.Stimuli, cohortStimuli(s))
			}
			row.Source, row.File = r.Answer.Source(), cohortFile(i, r.Where)
			var err error
			if row.SHA256, err = writeFile(filepath.Join(dir, row.File), func(w io.Writer) error { return writeNPY(w, r.Answer.Matrix()) }); err != nil {
				return err
			}
		}
		t.Recordings = append(t.Recordings, row)
		analysis.ReportProgress(ctx, i+1, len(recordings))
	}
	if err := t.text(); err != nil {
		return err
	}
	_, err := writeFile(filepath.Join(dir, cohortIndex), func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", " ")
		return e.Encode(t)
	})
	return err
}

// text refuses what JSON would not give back.
func (t *cohortTable) text() error {
	check := func(words ...string) error {
		for _, w := range words {
			if !utf8.ValidString(w) {
				return fmt.Errorf("%q is not UTF-8 and cannot be written", analysis.Few([]string{w}, 1))
			}
		}
		return nil
	}
	for _, set := range t.Stimuli {
		for _, s := range set {
			if err := check(s.ID, s.Category, s.Subcategory); err != nil {
				return err
			}
		}
	}
	for _, r := range t.Recordings {
		if err := check(r.Person, r.Hemisphere, r.Region, r.Session, r.Source); err != nil {
			return err
		}
	}
	return nil
}

// alike reports whether two sets of stimuli would be written alike.
func alike(a, b analysis.Stimuli) bool {
	if !a.Same(b) {
		return false
	}
	for i := range a.Len() {
		if a.At(i).Category != b.At(i).Category || a.At(i).Subcategory != b.At(i).Subcategory {
			return false
		}
	}
	return true
}

func cohortStimuli(s analysis.Stimuli) []cohortStimulus {
	out := make([]cohortStimulus, s.Len())
	for i := range out {
		it := s.At(i)
		out[i] = cohortStimulus{it.ID, it.Category, it.Subcategory}
	}
	return out
}

// cohortFile names the file of a recording; the number makes it unlike others.
func cohortFile(i int, w analysis.Where) string {
	plain := func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r == '-' {
			return r
		}
		return '_'
	}
	words := strings.Map(plain, strings.Join(strings.Fields(w.String()), "_"))
	return fmt.Sprintf("%04d_%s.npy", i+1, words[:min(len(words), 60)])
}

// writeFile writes a file to the disk and returns the SHA-256 of it.
func writeFile(path string, write func(io.Writer) error) (string, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	b := bufio.NewWriterSize(io.MultiWriter(f, sum), 1<<16)
	err = write(b)
	if err == nil {
		err = b.Flush()
	}
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	return hex.EncodeToString(sum.Sum(nil)), err
}

// writeNPY writes a matrix as numpy.save does: version 1.0, float64, C order.
func writeNPY(w io.Writer, v *mat.Dense) error {
	n, c := v.Dims()
	dict := fmt.Sprintf("{'descr': '<f8', 'fortran_order': False, 'shape': (%d, %d), }", n, c)
	dict += strings.Repeat(" ", 63-(10+len(dict))%64) + "\n" // the values begin at a multiple of 64
	head := append([]byte("\x93NUMPY\x01\x00"), byte(len(dict)), byte(len(dict)>>8))
	if _, err := w.Write(append(head, dict...)); err != nil {
		return err
	}
	line := make([]byte, 8*c)
	for i := range n {
		for j, x := range v.RawRowView(i) {
			binary.LittleEndian.PutUint64(line[8*j:], math.Float64bits(x))
		}
		if _, err := w.Write(line); err != nil {
			return err
		}
	}
	return nil
}
