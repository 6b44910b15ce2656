package dataset_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
	"fusiform/analysis/dataset"
	"fusiform/internal/realdata"
)

type responses = *analysis.Responses

// flat is a cohort as plain values, to be compared as a whole; float64s are
// their bits.
func flat(c *analysis.Cohort[responses]) any {
	type one struct {
		Where      analysis.Where
		Absent     bool
		Source     string
		Stimuli    [][3]string
		Rows, Cols int
		Bits       []uint64
	}
	var out []one
	for _, r := range c.Recordings() {
		o := one{Where: r.Where, Absent: r.Absent}
		if !r.Absent {
			o.Source, o.Stimuli = r.Answer.Source(), summary(r.Answer.Stimuli())
			o.Rows, o.Cols = r.Answer.Dims()
			for i := range o.Rows {
				for _, v := range r.Answer.Row(i) {
					o.Bits = append(o.Bits, math.Float64bits(v))
				}
			}
		}
		out = append(out, o)
	}
	return out
}

// hostile is a cohort with everything that names and numbers may be.
func hostile(t testing.TB) *analysis.Cohort[responses] {
	t.Helper()
	one := ok(analysis.NewStimuli([]analysis.Stimulus{{ID: "x/\"1\".jpg", Category: "face", Subcategory: "adult"}, {ID: "x/2\n<script>", Category: "body"}}))(t)
	again := ok(analysis.NewStimuli([]analysis.Stimulus{one.At(0), {ID: "x/2\n<script>", Category: "limb"}}))(t)
	other := ok(analysis.NewStimuli([]analysis.Stimulus{one.At(1), {ID: "\u202eדג", Category: "x\x00\u2028"}, {ID: "3"}}))(t)
	var rs []analysis.Recording[responses]
	for i, r := range []struct {
		w analysis.Where
		s analysis.Stimuli
		v []float64
	}{
		{analysis.Where{Person: "../../etc/passwd", Hemisphere: "rh", Region: "FFA", Session: "1"}, one, []float64{1, math.Copysign(0, -1)}},
		{analysis.Where{Person: "../../etc/passwd", Hemisphere: "rh", Region: "FFA", Session: "2"}, again, []float64{math.MaxFloat64, math.SmallestNonzeroFloat64}},
		{analysis.Where{Person: "</script>\"'\\", Region: strings.Repeat("ab ", 4000)}, other, []float64{.1, .2, .3, -1e-300, 5, 6, 7, 8, 1. / 3}},
		{analysis.Where{Person: "יעל", Hemisphere: "lh", Region: "FFA"}, one, nil},
		{analysis.Where{Person: "S\n1", Session: "CON"}, one, []float64{1, 2, 3, 4}},
	} {
		rec := analysis.Recording[responses]{Where: r.w, Absent: r.v == nil}
		if r.v != nil {
			rec.Answer = ok(analysis.NewResponses(fmt.Sprintf("source %d\t\u0007", i), r.s, mat.NewDense(r.s.Len(), len(r.v)/r.s.Len(), r.v)))(t)
		}
		rs = append(rs, rec)
	}
	return ok(analysis.NewCohort(rs))(t)
}

func ok[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func written(t testing.TB, c *analysis.Cohort[responses]) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "cohort")
	if err := dataset.WriteCohort(context.Background(), dir, c); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestCohortWrittenAndRead(t *testing.T) {
	c := hostile(t)
	dir := written(t, c)
	var steps []int
	ctx := analysis.WithProgress(t.Context(), func(done, total int) { steps = append(steps, done, total) })
	got := ok(dataset.ReadCohort(ctx, dir))(t)
	if d := cmp.Diff(flat(c), flat(got)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]int{1, 5, 2, 5, 3, 5, 4, 5, 5, 5}, steps); d != "" {
		t.Error(d)
	}
	// Written again it is the same, file by file; the third set of stimuli stands once.
	again := filepath.Join(t.TempDir(), "again")
	if err := dataset.WriteCohort(t.Context(), again, got); err != nil {
		t.Fatal(err)
	}
	if err := dataset.WriteCohort(t.Context(), again, got); !errors.Is(err, fs.ErrExist) || !strings.Contains(err.Error(), "choose a new folder") {
		t.Errorf("over another: %v", err)
	}
	names := func(dir string) (out []string) {
		for _, e := range ok(os.ReadDir(dir))(t) {
			out = append(out, e.Name()+" "+string(ok(os.ReadFile(filepath.Join(dir, e.Name())))(t)))
		}
		return out
	}
	if d := cmp.Diff(names(dir), names(again)); d != "" {
		t.Error(d)
	}
	if n := len(names(dir)); n != 5 {
		t.Errorf("%d files", n)
	}
	if files := ok(os.ReadDir(filepath.Dir(again)))(t); len(files) != 1 {
		t.Errorf("what was half written stays: %v", files)
	}
	// Each file is one that NPY reads.
	matches := ok(filepath.Glob(filepath.Join(dir, "0001*.npy")))(t)
	if len(matches) != 1 || filepath.Base(matches[0]) != "0001_______etc_passwd_rh_FFA_1.npy" {
		t.Error(matches)
	}
	if r := ok(dataset.NPY(matches[0], c.Recordings()[0].Answer.Stimuli()))(t); r.Row(0)[0] != 1 {
		t.Error(r.Row(0))
	}
}

// A human table as it is published, there and back.
func TestRealCohortWrittenAndRead(t *testing.T) {
	table := ok(dataset.VPNLBetas(realdata.Folder(t, "brain/vpnl_floc_roi_betas")))(t)
	c := ok(table.Cohort())(t)
	if n := len(c.Recordings()); n != 640 {
		t.Errorf("%d recordings, 535 and 105 absent are 640", n)
	}
	got := ok(dataset.ReadCohort(t.Context(), written(t, c)))(t)
	if d := cmp.Diff(flat(c), flat(got)); d != "" {
		t.Error(d)
	}
}

func TestWriteCohortFaults(t *testing.T) {
	dir := t.TempDir()
	c := hostile(t)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := dataset.WriteCohort(cancelled, filepath.Join(dir, "a"), c); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	bad := ok(analysis.NewCohort([]analysis.Recording[responses]{{Where: analysis.Where{Person: "S\xff"}, Absent: true}}))(t)
	if err := dataset.WriteCohort(t.Context(), filepath.Join(dir, "b"), bad); err == nil || !strings.Contains(err.Error(), "not UTF-8") {
		t.Error(err)
	}
	if err := dataset.WriteCohort(t.Context(), filepath.Join(dir, "none", "c"), c); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if left := ok(os.ReadDir(dir))(t); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	if _, err := dataset.ReadCohort(cancelled, written(t, c)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestReadCohortFaults(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "outside.npy")
	table := func(from, to string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			path := filepath.Join(dir, "cohort.json")
			data := ok(os.ReadFile(path))(t)
			if !bytes.Contains(data, []byte(from)) {
				t.Fatalf("the table has no %s:\n%s", from, data)
			}
			if err := os.WriteFile(path, bytes.Replace(data, []byte(from), []byte(to), 1), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	npy := func(change func([]byte) []byte) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			path := filepath.Join(dir, "0001_S1_rh_FFA_1.npy")
			if err := os.WriteFile(path, change(ok(os.ReadFile(path))(t)), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	replaced := func(with func(path string) error) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			path := filepath.Join(dir, "0001_S1_rh_FFA_1.npy")
			data := ok(os.ReadFile(path))(t)
			if err := errors.Join(os.WriteFile(outside, data, 0o644), os.Remove(path), with(path)); err != nil {
				t.Fatal(err)
			}
		}
	}
	const file = `"file": "0001_S1_rh_FFA_1.npy"`
	named := func(name string) func(*testing.T, string) { return table(file, `"file": "`+name+`"`) }
	for name, c := range map[string]struct {
		damage func(*testing.T, string)
		field  string
		says   string
	}{
		"no table":         {func(t *testing.T, dir string) { os.Remove(filepath.Join(dir, "cohort.json")) }, "", "WriteCohort writes it"},
		"empty table":      {func(t *testing.T, dir string) { os.Truncate(filepath.Join(dir, "cohort.json"), 0) }, "", "cut off or damaged"},
		"foreign table":    {table(`"format": "fusiform cohort 1"`, `"format": "bids"`), "format", `is "bids", expected "fusiform cohort 1"`},
		"a later format":   {table("cohort 1", "cohort 2"), "format", "cohort 2"},
		"unknown field":    {table(`"person"`, `"whom"`), "", "whom"},
		"two tables":       {table(`{`, `{} {`), "", "cut off or damaged"},
		"not UTF-8":        {table("S2", "S\xff"), "", "not UTF-8"},
		"up":               {named("../outside.npy"), "recordings[0].file", "no name of a .npy in this folder"},
		"absolute":         {named(outside), "recordings[0].file", "no name of a .npy"},
		"Windows":          {named(`C:\\x.npy`), "recordings[0].file", "no name of a .npy"},
		"below":            {named("a/b.npy"), "recordings[0].file", "no name of a .npy"},
		"no name":          {named(""), "recordings[0].file", "no name of a .npy"},
		"the folder":       {named("."), "recordings[0].file", "no name of a .npy"},
		"the table":        {named("Cohort.json"), "recordings[0].file", "no name of a .npy"},
		"named twice":      {named("0002_S1_rh_FFA_2.npy"), "recordings[1].file", "that of recordings[0] already"},
		"another's":        {table(`"file": "0002_S1_rh_FFA_2.npy"`, `"file": "0003.npy"`), "", "0003.npy"},
		"no digest":        {table(`"sha256": "`, `"sha256": "x`), "recordings[0].sha256", "is none"},
		"another set":      {table(`"stimuli": 0`, `"stimuli": 1`), "recordings[0].stimuli", "there are 1 sets"},
		"negative set":     {table(`"stimuli": 0`, `"stimuli": -1`), "recordings[0].stimuli", "is -1"},
		"half a set":       {table(`"stimuli": 0`, `"stimuli": 0.5`), "", "0.5"},
		"one stimulus":     {table(`"id": "a"`, `"id": "b"`), "stimuli[0]", `share the ID "b"`},
		"absent with file": {table(file, file+`, "absent": true`), "recordings[0].absent", "yet there is a file"},
		"one person twice": {table(`"session": "2"`, `"session": "1"`), "recordings", "are both S1 rh FFA 1"},
		"no person":        {table(`"person": "S1"`, `"person": ""`), "recordings", "has no person"},
		"values changed":   {npy(func(b []byte) []byte { b[len(b)-1] ^= 1; return b }), "", "SHA-256 differs"},
		"header changed":   {npy(func(b []byte) []byte { b[40] ^= 1; return b }), "", "0001_S1_rh_FFA_1.npy"},
		"cut off":          {npy(func(b []byte) []byte { return b[:len(b)-1] }), "", "follow its header"},
		"cut to nothing":   {npy(func(b []byte) []byte { return nil }), "", "not a .npy"},
		"longer":           {npy(func(b []byte) []byte { return append(b, 0) }), "", "follow its header"},
		"transposed":       {npy(func(b []byte) []byte { return bytes.Replace(b, []byte("(2, 3)"), []byte("(3, 2)"), 1) }), "", "3×2 values (rows × columns) for 2 stimuli"},
		"2⁶⁰ values": {npy(func(b []byte) []byte {
			return bytes.Replace(b, []byte("(2, 3), }"), []byte("(2, 1152921504606846976),}"), 1)[:128]
		}), "", "claims"},
		"missing":          {replaced(func(path string) error { return nil }), "", "0001_S1_rh_FFA_1.npy"},
		"a folder":         {replaced(func(path string) error { return os.Mkdir(path, 0o755) }), "", "is a folder"},
		"a link out of it": {replaced(func(path string) error { return os.Symlink(outside, path) }), "", "escapes"},
		"a link with dots": {replaced(func(path string) error {
			return os.Symlink("../../"+filepath.Base(filepath.Dir(outside))+"/outside.npy", path)
		}), "", "0001_S1_rh_FFA_1.npy"},
	} {
		t.Run(name, func(t *testing.T) {
			s := ok(analysis.NewStimuli([]analysis.Stimulus{{ID: "a"}, {ID: "b"}}))(t)
			var rs []analysis.Recording[responses]
			for i, w := range []analysis.Where{{Person: "S1", Hemisphere: "rh", Region: "FFA", Session: "1"}, {Person: "S1", Hemisphere: "rh", Region: "FFA", Session: "2"}, {Person: "S2", Hemisphere: "rh", Region: "FFA"}} {
				r := analysis.Recording[responses]{Where: w, Absent: i == 2}
				if i < 2 {
					r.Answer = ok(analysis.NewResponses("x", s, mat.NewDense(2, 3, []float64{1, 2, 3, 4, 5, float64(i)})))(t)
				}
				rs = append(rs, r)
			}
			dir := written(t, ok(analysis.NewCohort(rs))(t))
			c.damage(t, dir)
			_, err := dataset.ReadCohort(t.Context(), dir)
			var f *dataset.FieldError
			if !errors.As(err, &f) || f.Field != c.field || !strings.Contains(err.Error(), c.says) || !strings.HasPrefix(f.File, dir) {
				t.Errorf("%v (%T) is not of field %q and does not say %q", err, err, c.field, c.says)
			}
		})
	}
	if _, err := dataset.ReadCohort(t.Context(), filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

// A table that was cut off anywhere is no table.
func TestReadCohortCutOff(t *testing.T) {
	dir := written(t, hostile(t))
	path := filepath.Join(dir, "cohort.json")
	data := bytes.TrimSpace(ok(os.ReadFile(path))(t))
	for n := 0; n < len(data); n += 1 + n/200 {
		if err := os.WriteFile(path, data[:n], 0o644); err != nil {
			t.Fatal(err)
		}
		var f *dataset.FieldError
		if _, err := dataset.ReadCohort(t.Context(), dir); !errors.As(err, &f) {
			t.Fatalf("%d of %d bytes: %v", n, len(data), err)
		}
	}
}

// Whatever is accepted is written and read again unchanged. DIGEST in a table
// stands for the SHA-256 of the file, which no fuzzer finds.
func FuzzCohort(f *testing.F) {
	const row = `{"format": "fusiform cohort 1", "stimuli": [[{"id": "a"}, {"id": "b", "category": "face"}]], "recordings": [{"person": "S1", "region": "FFA", "stimuli": 0, "file": "x.npy", "sha256": "DIGEST"}, {"person": "S2", "absent": true}]}`
	npy := ok(filepath.Glob("testdata/npy/*.npy"))(f)
	if len(npy) == 0 {
		f.Fatal("no seeds")
	}
	for _, path := range npy {
		f.Add([]byte(row), ok(os.ReadFile(path))(f))
	}
	head := "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 1), }"
	f.Add([]byte(row), append(append([]byte("\x93NUMPY\x01\x00"), byte(len(head)), 0), head+strings.Repeat("\x00", 16)...))
	f.Add([]byte(strings.Replace(row, "x.npy", "../x.npy", 1)), []byte{})
	f.Add([]byte(strings.Replace(row, `"S2"`, `"S1"`, 1)), []byte{})
	f.Fuzz(func(t *testing.T, table, values []byte) {
		dir := t.TempDir()
		sum := sha256.Sum256(values)
		table = bytes.ReplaceAll(table, []byte("DIGEST"), []byte(hex.EncodeToString(sum[:])))
		if err := errors.Join(os.WriteFile(filepath.Join(dir, "cohort.json"), table, 0o644), os.WriteFile(filepath.Join(dir, "x.npy"), values, 0o644)); err != nil {
			t.Fatal(err)
		}
		c, err := dataset.ReadCohort(context.Background(), dir)
		if err != nil {
			var f *dataset.FieldError
			if !errors.As(err, &f) {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		again := filepath.Join(dir, "again")
		if err := dataset.WriteCohort(context.Background(), again, c); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(flat(c), flat(ok(dataset.ReadCohort(context.Background(), again))(t))); d != "" {
			t.Error(d)
		}
	})
}
