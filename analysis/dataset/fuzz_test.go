package dataset

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
)

// seeds adds the files of testdata to a corpus.
func seeds(f *testing.F, pattern string) {
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		f.Fatal(pattern, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
}

// Whatever is read as responses is written and read again unchanged.
func FuzzCSV(f *testing.F) {
	seeds(f, "testdata/responses.csv")
	for _, s := range []string{"stimulus;category;v\na;face;1\n", "stimulus\tv\r\na\t-1e-5\r\n", "stimulus,v\n\"a\n", "stimulus,v\na,NaN\n", "\xef\xbb\xbfstimulus,v\na,1\na,2\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		table, err := newTable("r.csv", bytes.NewReader(data))
		if err != nil {
			return
		}
		r, _, err := readResponses(table, "stimulus")
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := WriteCSV(&b, r); err != nil {
			t.Fatal(err)
		}
		if table, err = newTable("r.csv", &b); err != nil {
			t.Fatal(err)
		}
		again, _, err := readResponses(table, "stimulus")
		if err != nil {
			t.Fatal(err)
		}
		if !again.Stimuli().Same(r.Stimuli()) || !mat.Equal(again.Matrix(), r.Matrix()) {
			t.Errorf("read %v, again %v", r.Matrix(), again.Matrix())
		}
	})
}

// What is accepted fills the file, and no header makes the reader allocate
// more than the file is long.
func FuzzNPY(f *testing.F) {
	seeds(f, "testdata/npy/*.npy")
	f.Add([]byte("\x93NUMPY\x01\x00\x46\x00{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 268435456)}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := bytes.NewReader(data)
		h, err := readHeader(r, int64(len(data)))
		if err != nil {
			return
		}
		if h.rows*h.cols*h.size != r.Len() {
			t.Fatalf("%d×%d×%d bytes accepted of %d", h.rows, h.cols, h.size, r.Len())
		}
		v, err := h.read(r)
		if err != nil {
			t.Fatal(err)
		}
		if n, c := v.Dims(); n != h.rows || c != h.cols || r.Len() != 0 {
			t.Errorf("%d×%d, %d bytes left", n, c, r.Len())
		}
	})
}

// No path of an accepted index leaves the folder, none stands twice.
func FuzzIndex(f *testing.F) {
	for _, s := range []string{"file,category\na/1.png,face\n", "category;subcategory;file\nface;adult;./a/../1.png\n", "file,category\n../1.png,x\n", "file,category\n/etc/x,y\nC:\\x,y\n", "file,category\n\"a\"\"b\",face\na,\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		table, err := newTable("index.csv", bytes.NewReader(data))
		if err != nil {
			return
		}
		rows, err := readIndex(table)
		if err != nil {
			return
		}
		seen := map[string]bool{}
		for _, r := range rows {
			clean := filepath.Clean(r.file)
			if !filepath.IsLocal(r.file) || clean == ".." || strings.HasPrefix(clean, "../") || seen[clean] || r.category == "" || r.line < 2 {
				t.Errorf("%+v", r)
			}
			seen[clean] = true
		}
	})
}

func FuzzProfiles(f *testing.F) {
	head := "session,person,group,hemi,roi," + strings.Join(conditionNames(), ",") + "\n"
	f.Add([]byte(head + "s,A,kids,rh,pFus,1,2,3,4,5,6,7,8,9,10\ns,B,,lh,pFus" + strings.Repeat(",nan", 10) + "\n"))
	f.Add([]byte(head + "s,A,kids,rh,pFus,1,2,3,4,nan,6,7,8,9,10\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		table, err := newTable("p.csv", bytes.NewReader(data))
		if err != nil {
			return
		}
		p, err := parseProfiles(table, []string{"person", "session", "hemi", "roi", "group"})
		if err != nil {
			return
		}
		people := 0
		for _, roi := range p.ROIs() {
			hemi, name, _ := strings.Cut(roi, " ")
			r, err := p.People(hemi, name)
			if err != nil {
				// The mean of finite values may be beyond float64.
				if !strings.Contains(err.Error(), "Inf") {
					t.Fatal(err)
				}
				return
			}
			people += len(r)
		}
		if people == 0 || people > len(p.Rows) {
			t.Errorf("%d people in %d rows", people, len(p.Rows))
		}
	})
}

func FuzzRSMs(f *testing.F) {
	head := "roi,subject,session"
	row := "\nrh_vtc,A,1"
	for _, a := range conditionNames() {
		for _, b := range conditionNames() {
			head += "," + a + "|" + b
			row += ",.5"
		}
	}
	f.Add([]byte(head + row))
	f.Add([]byte(head + strings.ReplaceAll(row, ".5", "nan") + row))
	f.Fuzz(func(t *testing.T, data []byte) {
		table, err := newTable("r.csv", bytes.NewReader(data))
		if err != nil {
			return
		}
		m, err := parseRSMs(table)
		if err != nil {
			return
		}
		for _, roi := range m.ROIs() {
			hemi, name, _ := strings.Cut(roi, " ")
			if _, err := m.People(hemi, name); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func FuzzUpperRDMs(f *testing.F) {
	for _, s := range []string{"i,j,S1,S2\n1,2,.5,-1\n1,3,.25,2\n3,2,.75,1e-3\n", "i,j,v\n1,2,0\n2,1,0\n", "i,j,v\n1,100000,1\n", "j\tv\ti\n2\t1\t1\n", "i,j\n1,2\n", "i,j,v\n1,1,1\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		table, err := newTable("r.csv", bytes.NewReader(data))
		if err != nil {
			return
		}
		rdms, err := parseUpper(table, analysis.Stimuli{})
		if err != nil {
			return
		}
		for _, r := range rdms {
			n := r.Stimuli.Len()
			if n < 2 || r.Values.SymmetricDim() != n || len(table.header) != len(rdms)+2 {
				t.Errorf("%q: %d stimuli, %d RDMs of %d columns", r.Name, n, len(rdms), len(table.header))
			}
		}
	})
}

func FuzzPaper(f *testing.F) {
	f.Add([]byte(`{"labels": ["a", "b"], "blocks": [{"label": "x", "start": 0, "end": 2, "type": "brain"}], "univariate": [[null, 1], [1, null]], "multivariate": [[null, 1], [1, null]]}`))
	f.Add([]byte(`{"FFA": {"7": [{"subject": 1, "normed_pearsonr": 0.9, "normed_rdmr": null}]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		p := &PaperTables{}
		if err := p.readPairs(data); err == nil {
			if n, c := p.Univariate.Dims(); n != len(p.Labels) || c != n || p.Blocks[len(p.Blocks)-1].End != n {
				t.Errorf("%d×%d for %d labels", n, c, len(p.Labels))
			}
		}
		_ = p.readCeilings(data)
		if table, err := newTable("models.csv", bytes.NewReader(data)); err == nil {
			_, _ = readModels(table)
		}
	})
}
