package dataset

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"fusiform/analysis"
)

// The index of a cohort's folder, and what it says of itself.
const (
	cohortIndex  = "cohort.json"
	cohortFormat = "fusiform cohort 1"
	maxIndex     = 1 << 30 // a row takes about 250 bytes, a stimulus 60
)

// A cohortTable is what the index holds.
type cohortTable struct {
	Format     string             `json:"format"`
	Stimuli    [][]cohortStimulus `json:"stimuli"` // each set once
	Recordings []cohortRow        `json:"recordings"`
}

type cohortStimulus struct {
	ID          string `json:"id"`
	Category    string `json:"category,omitempty"`
	Subcategory string `json:"subcategory,omitempty"`
}

// A cohortRow is a recording; one that is absent has no file.
type cohortRow struct {
	Person     string `json:"person"`
	Hemisphere string `json:"hemisphere,omitempty"`
	Region     string `json:"region,omitempty"`
	Session    string `json:"session,omitempty"`
	Absent     bool   `json:"absent,omitempty"`
	Source     string `json:"source,omitempty"`
	Stimuli    int    `json:"stimuli"` // which set, counted from 0
	File       string `json:"file,omitempty"`
	SHA256     string `json:"sha256,omitempty"`
}

// ReadCohort reads a cohort that WriteCohort wrote: the folder holds cohort.json,
// the table of recordings, and an n×c .npy for each that is not absent. Rows and
// values are those that were written, bit by bit; stimuli come without their
// pictures: take the responses On those of Images to have them.
//
// It fails with a *FieldError that names the file and the field if the table is
// of another format, cut off or not UTF-8; if it names a file that lies outside
// the folder (nor is a symbolic link followed out of it), is no regular file, or
// is named twice; if a file is missing, is not what its SHA-256 says, or has not
// a row for each stimulus; and where analysis.NewCohort does. Nothing is
// allocated that the files are not long enough to hold. Whoever gave ctx to
// analysis.WithProgress is told how many recordings are read.
func ReadCohort(ctx context.Context, dir string) (*analysis.Cohort[*analysis.Responses], error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("dataset: %w", err)
	}
	defer root.Close()
	index := filepath.Join(dir, cohortIndex)
	data, err := readWhole(root, cohortIndex)
	if err != nil {
		return nil, &FieldError{File: index, Err: fmt.Errorf("%w; WriteCohort writes it", err)}
	}
	table, err := parseCohort(index, data)
	if err != nil {
		return nil, err
	}
	sets := make([]analysis.Stimuli, len(table.Stimuli))
	for k, set := range table.Stimuli {
		items := make([]analysis.Stimulus, len(set))
		for i, s := range set {
			items[i] = analysis.Stimulus{ID: s.ID, Category: s.Category, Subcategory: s.Subcategory}
		}
		if sets[k], err = analysis.NewStimuli(items); err != nil {
			return nil, &FieldError{File: index, Field: fmt.Sprintf("stimuli[%d]", k), Err: err}
		}
	}
	out := make([]analysis.Recording[*analysis.Responses], len(table.Recordings))
	for i, r := range table.Recordings {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		out[i].Where = analysis.Where{Person: r.Person, Hemisphere: r.Hemisphere, Region: r.Region, Session: r.Session}
		if out[i].Absent = r.Absent; !r.Absent {
			if out[i].Answer, err = r.read(root, sets[r.Stimuli]); err != nil {
				return nil, &FieldError{File: filepath.Join(dir, r.File), Err: err}
			}
		}
		analysis.ReportProgress(ctx, i+1, len(out))
	}
	c, err := analysis.NewCohort(out)
	if err != nil {
		return nil, &FieldError{File: index, Field: "recordings", Err: err}
	}
	return c, nil
}

// parseCohort reads the index and checks all that can be told without the files
// that it names.
func parseCohort(path string, data []byte) (*cohortTable, error) {
	fail := func(field string, format string, args ...any) error {
		return &FieldError{File: path, Field: field, Err: fmt.Errorf(format, args...)}
	}
	if !utf8.Valid(data) {
		return nil, fail("", "is not UTF-8")
	}
	var says struct{ Format string }
	if err := json.Unmarshal(data, &says); err != nil {
		return nil, fail("", "is cut off or damaged: %w", err)
	}
	if says.Format != cohortFormat {
		return nil, fail("format", "is %q, expected %q", analysis.Few([]string{says.Format}, 1), cohortFormat)
	}
	t := &cohortTable{}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(t); err != nil {
		return nil, fail("", "%w", err)
	}
	named := map[string]int{}
	for i, r := range t.Recordings {
		field := func(name string) string { return fmt.Sprintf("recordings[%d].%s", i, name) }
		shown := analysis.Few([]string{r.File}, 1)
		sum, err := hex.DecodeString(r.SHA256)
		switch j, twice := named[r.File]; {
		case r.Absent && (r.File != "" || r.SHA256 != ""):
			return nil, fail(field("absent"), "is true, yet there is a file %q", shown)
		case r.Absent:
			continue
		case !filepath.IsLocal(r.File) || strings.ContainsAny(r.File, "/\\:\x00") || r.File == "." || strings.EqualFold(r.File, cohortIndex):
			return nil, fail(field("file"), "%q is no name of a .npy in this folder", shown)
		case twice:
			return nil, fail(field("file"), "%q is that of recordings[%d] already", shown, j)
		case err != nil || len(sum) != sha256.Size:
			return nil, fail(field("sha256"), "%q is none", analysis.Few([]string{r.SHA256}, 1))
		case r.Stimuli < 0 || r.Stimuli >= len(t.Stimuli):
			return nil, fail(field("stimuli"), "is %d, and there are %d sets, counted from 0", r.Stimuli, len(t.Stimuli))
		}
		named[r.File] = i
	}
	return t, nil
}

// read reads the values of a recording.
func (r cohortRow) read(root *os.Root, s analysis.Stimuli) (*analysis.Responses, error) {
	f, err := openRegular(root, r.File, math.MaxInt64)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	sum := sha256.New()
	b := bufio.NewReaderSize(io.TeeReader(f, sum), 1<<16)
	h, err := readHeader(b, info.Size())
	if err != nil {
		return nil, err
	}
	if h.rows != s.Len() {
		return nil, &analysis.AlignmentError{What: fmt.Sprintf("dataset: %d×%d values (rows × columns) for %d stimuli", h.rows, h.cols, s.Len())}
	}
	v, err := h.read(b)
	if err != nil {
		return nil, err
	}
	if hex.EncodeToString(sum.Sum(nil)) != strings.ToLower(r.SHA256) {
		return nil, errors.New("is not the file that was written: its SHA-256 differs from the table's; take it from where it is whole")
	}
	return analysis.NewResponses(r.Source, s, v)
}

func readWhole(root *os.Root, name string) ([]byte, error) {
	f, err := openRegular(root, name, maxIndex)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}
