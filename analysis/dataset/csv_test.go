package dataset_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
	"fusiform/analysis/dataset"
)

func rows(r *analysis.Responses) [][]float64 {
	n, _ := r.Dims()
	out := make([][]float64, n)
	for i := range out {
		out[i] = append([]float64(nil), r.Row(i)...)
	}
	return out
}

// TestCSVOfPython reads what Python's csv wrote: a byte-order mark, Windows
// line ends, quotes and commas within quotes.
func TestCSVOfPython(t *testing.T) {
	want := readReference(t).Table
	r, err := dataset.CSV("testdata/responses.csv")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.IDs, r.Stimuli().IDs()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want.Values, rows(r)); diff != "" {
		t.Error(diff)
	}
	if it := r.Stimuli().At(1); it.Category != "face" || it.Subcategory != "adult" || r.Source() != "responses" {
		t.Errorf("%+v of %s", it, r.Source())
	}
}

func TestCSVSeparators(t *testing.T) {
	want := [][]float64{{1, -2.5}, {3e2, 0}}
	for name, text := range map[string]string{
		"comma.csv":     "stimulus,v1,v2\na,1,-2.5\nb,3e2,0\n",
		"semicolon.csv": "stimulus;v1;\"v2,x\"\na; 1 ;-2.5\nb;3e2;0",
		"tab.txt":       "stimulus\tv1\tv2\na\t1\t-2.5\nb\t3e2\t0\n",
		"comma.TSV":     "stimulus\tv,1\tv;2\r\na\t1\t-2.5\r\nb\t3e2\t0\r\n",
		"blank.csv":     "stimulus,v1,v2\n\na,1,-2.5\n\nb,3e2,0\n\n",
	} {
		dir := write(t, "x", map[string]string{name: text})
		r, err := dataset.CSV(filepath.Join(dir, name))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(want, rows(r)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestCSVBad(t *testing.T) {
	const head = "stimulus,category,v1,v2\n"
	for text, want := range map[string]struct {
		line, column int
		name, says   string
	}{
		"":                               {0, 0, "", "is empty; expected a header"},
		"\xef\xbb\xbf":                   {0, 0, "", "is empty; expected a header"},
		"\n\n":                           {0, 0, "", "is empty; expected a header"},
		head:                             {0, 0, "", "no stimuli"},
		head + "a,face,1,NaN\n":          {2, 4, "v2", "is NaN"},
		head + "a,face,1,2\nb,face,,2\n": {3, 3, "v1", "is empty; missing values are not guessed"},
		head + "a,face,1,-inf\n":         {2, 4, "v2", "is -inf"},
		head + "a,face,1e999,2\n":        {2, 3, "v1", "beyond the range"},
		head + "a,face,one,2\n":          {2, 3, "v1", `"one" is not a number`},
		head + "a,face,0x1p4,2\n":        {2, 3, "v1", `is not a number`},
		"stimulus;v1\na;1,5\n":           {2, 2, "v1", "write decimals with a point"},
		head + "a,face,1\n":              {2, 0, "", "the header has 4, this line has 3"},
		head + "a,face,1,2,3\n":          {2, 0, "", "the header has 4, this line has 5"},
		head + "a,face,1,2\nb,face,1,2\na,face,3,4": {4, 1, "stimulus", `"a" stands in line 2 already; IDs must be unique, since responses are aligned by them; a table of trials is for ReadTrials`},
		head + ",face,1,2\n":                        {2, 1, "stimulus", "is empty"},
		head + "\"a,face,1,2\n":                     {2, 0, "", "missing \" in quoted-field"},
		head + "\"a,face,1,2\nb":                    {3, 0, "", "the row begins in line 2"},
		head + "a\"b,face,1,2\n":                    {2, 0, "", `bare "`},
		head + "a,\"fa\nce\",1,x\n":                 {2, 2, "category", "control character"},
		head + "a\xff,face,1,2\n":                   {2, 1, "stimulus", "not UTF-8"},
		"stimulus,v\xff\na,1\n":                     {1, 2, "", "not UTF-8"},
		"id,v1\na,1\n":                              {1, 1, "id", `must be called "stimulus"`},
		"v1,stimulus\n1,a\n":                        {1, 1, "v1", `must be called "stimulus"`},
		"stimulus,v1,v1\na,1,2\n":                   {1, 3, "v1", "column 2 has the same name"},
		"stimulus,v1,\na,1,2\n":                     {1, 3, "", "the column has no name"},
		"stimulus,category\na,face\n":               {1, 0, "", "there is no channel"},
		"stimulus\na\n":                             {1, 0, "", "there is no channel"},
		"\xfe\xff\x00s":                             {1, 0, "", "is UTF-16"},
	} {
		dir := write(t, "x", map[string]string{"r.csv": text})
		_, err := dataset.CSV(filepath.Join(dir, "r.csv"))
		var p *dataset.ParseError
		if !errors.As(err, &p) {
			t.Errorf("%q: %v (%T)", text, err, err)
			continue
		}
		if p.Line != want.line || p.Column != want.column || p.Name != want.name || !strings.Contains(p.Error(), want.says) || p.File != filepath.Join(dir, "r.csv") {
			t.Errorf("%q: %v", text, p)
		}
	}
	dir := write(t, "x", map[string]string{"r.csv": head + "a,face,1\n"})
	if _, err := dataset.CSV(filepath.Join(dir, "r.csv")); !errors.Is(err, csv.ErrFieldCount) {
		t.Errorf("a short line: %v", err)
	}
	if _, err := dataset.CSV(dir); err == nil || !strings.Contains(err.Error(), "is a folder") {
		t.Errorf("a folder: %v", err)
	}
	if _, err := dataset.CSV(filepath.Join(dir, "absent.csv")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an absent file: %v", err)
	}
	// The fault in one cell reads as one sentence.
	file := filepath.Join(write(t, "x", map[string]string{"r.csv": head + "a,face,1,nan\n"}), "r.csv")
	_, err := dataset.CSV(file)
	if want := `dataset: ` + file + `: line 2, column 4 ("v2"): is nan; only finite values can be analysed: remove the row or the column`; err.Error() != want {
		t.Errorf("got  %s\nwant %s", err, want)
	}
}

func TestCSVRefusesHugeFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "huge.csv")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(1<<30 + 1); err != nil {
		t.Skip(err) // no sparse files here
	}
	if _, err := dataset.CSV(path); err == nil || !strings.Contains(err.Error(), "save the responses as .npy") {
		t.Error(err)
	}
}

// What WriteCSV writes, CSV reads: bit for bit.
func TestWriteCSV(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	items := []analysis.Stimulus{{ID: "a,b"}, {ID: `"q"`, Category: "face"}, {ID: "ç", Category: "face", Subcategory: "adult"}}
	s, err := analysis.NewStimuli(items)
	if err != nil {
		t.Fatal(err)
	}
	v := mat.NewDense(3, 5, nil)
	for i := range v.RawMatrix().Data {
		v.RawMatrix().Data[i] = rng.NormFloat64() * 1e-5
	}
	v.Set(0, 0, 5e-324)
	r, err := analysis.NewResponses("x", s, v)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := dataset.WriteCSV(&b, r); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(write(t, "x", map[string]string{"r.csv": b.String()}), "r.csv")
	got, err := dataset.CSV(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(summary(s), summary(got.Stimuli())); diff != "" {
		t.Error(diff)
	}
	if !mat.Equal(v, got.Matrix()) {
		t.Errorf("got %v, want %v", got.Matrix(), v)
	}
	if err := dataset.WriteCSV(failing{}, r); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("a failing writer: %v", err)
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, fs.ErrClosed }
