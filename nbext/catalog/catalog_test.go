package catalog_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fusiform/analysis"
	"fusiform/internal/realdata"
	"fusiform/nbext/catalog"
)

func TestDirs(t *testing.T) {
	t.Setenv("FUSIFORM_DATA", "/some/data")
	t.Setenv("FUSIFORM_CACHE", "/some/cache")
	if got := catalog.DataDir(); got != "/some/data" {
		t.Error(got)
	}
	if got, err := catalog.CacheDir(); got != "/some/cache" || err != nil {
		t.Error(got, err)
	}
	t.Setenv("FUSIFORM_DATA", "")
	t.Setenv("FUSIFORM_CACHE", "")
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	t.Setenv("XDG_CACHE_HOME", filepath.Join(home, "cache"))
	t.Setenv("LocalAppData", filepath.Join(home, "cache"))
	if got := catalog.DataDir(); got != filepath.Join(home, "fusiform-data") {
		t.Error(got)
	}
	if got, err := catalog.CacheDir(); filepath.Base(got) != "fusiform" || !strings.HasPrefix(got, home) || err != nil {
		t.Error(got, err)
	}
	if _, err := os.Stat(filepath.Join(home, "cache")); !errors.Is(err, fs.ErrNotExist) {
		t.Error("asking for the cache made it")
	}
}

func TestFolder(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("FUSIFORM_DATA", dir)
	if err := os.MkdirAll(filepath.Join(dir, "brain", "x"), 0o777); err != nil {
		t.Fatal(err)
	}
	if got, err := catalog.Folder("brain/x"); err != nil || got != filepath.Join(dir, "brain", "x") {
		t.Error(got, err)
	}
	for _, rel := range []string{"../x", "/etc", "brain/../../x", ""} {
		if _, err := catalog.Folder(rel); err == nil || !strings.Contains(err.Error(), "not a path below") {
			t.Errorf("%q: %v", rel, err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "paper"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := catalog.Folder("paper"); err == nil || !strings.Contains(err.Error(), "is a file") {
		t.Error(err)
	}
}

func TestMissing(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	t.Setenv("FUSIFORM_DATA", "")
	path := filepath.Join(home, "fusiform-data", "images", "floc")
	_, err := catalog.Stimuli("floc")
	want := "floc is not on this machine: put the fLoc images (a folder for each of the 11 subcategories, or an index.csv beside them) at " + path +
		", or set FUSIFORM_DATA to the folder that holds images/floc; source: VPNL/fLoc @ de6a26cc"
	var m *catalog.MissingError
	if !errors.As(err, &m) || m.Missing() != want || err.Error() != "catalog: "+want || !errors.Is(err, fs.ErrNotExist) || m.Path != path {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if _, err := catalog.Folder("brain/vpnl_floc_rsms"); !errors.As(err, &m) || !strings.Contains(m.Missing(), "the tables floc_rsm_*.csv at ") {
		t.Error(err)
	}
	if _, err := catalog.Folder("else/where"); !errors.As(err, &m) || !strings.Contains(m.Missing(), "else/where is not on this machine: put else/where at ") {
		t.Error(err)
	}
	t.Setenv("FUSIFORM_DATA", filepath.Join(home, "d"))
	row, err := catalog.Model("mobilenet_v2")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := row.Path(); !errors.As(err, &m) || !strings.Contains(m.Missing(), "mobilenet_v2 is not on this machine: put its weights (SHA-256 c9d72d19c8c1…) at "+
		filepath.Join(home, "d", "models", "mobilenet_v2_1.0_224.onnx")+" (FUSIFORM_DATA is "+filepath.Join(home, "d")+"); source: google-coral/test_data") {
		t.Error(err)
	}
	if e := (&catalog.MissingError{}).Error(); e == "" {
		t.Error("the zero value has no message")
	}
}

func TestUnknown(t *testing.T) {
	var u *catalog.UnknownError
	_, err := catalog.Stimuli("fLoc")
	if !errors.As(err, &u) || u.Nearest[0] != "floc" || !strings.Contains(err.Error(), `there is no set of images "fLoc"; nearest: floc`) || !strings.Contains(err.Error(), "murty185") {
		t.Error(err)
	}
	_, err = catalog.Model("mobilenetv2")
	if !errors.As(err, &u) || u.Nearest[0] != "mobilenet_v2" || len(u.Have) != 10 {
		t.Error(err)
	}
}

func TestNearest(t *testing.T) {
	among := []string{"conv1", "block3.attn", "block3.mlp", "pool62", "pool6", "fc", "POOL7"}
	for name, want := range map[string][]string{
		"pool62":     {"pool62", "pool6"},
		"pol62":      {"pool62", "pool6"},
		"Pool62":     {"pool62", "pool6"},
		"pool7":      {"POOL7", "pool6"},
		"blok3.attn": {"block3.attn", "block3.mlp"},
		"attn":       {"block3.attn", "conv1"},
		"poool62":    {"pool62", "pool6"},
	} {
		if diff := cmp.Diff(want, catalog.Nearest(name, among, 2)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if got := catalog.Nearest("", []string{"bb", "a", "c"}, 5); !slices.Equal(got, []string{"a", "c", "bb"}) {
		t.Error(got)
	}
	if got := catalog.Nearest("x", among, 0); len(got) != 0 {
		t.Error(got)
	}
	if got := catalog.Nearest("x", nil, 3); len(got) != 0 {
		t.Error(got)
	}
}

func TestRows(t *testing.T) {
	names := map[string]bool{}
	for _, r := range append(catalog.DataSets(), catalog.Tables()...) {
		if names[r.Name] || r.About == "" || r.Cite == "" || r.Source == "" || r.License == "" || r.Folder != "" && r.What == "" {
			t.Errorf("%+v", r)
		}
		names[r.Name] = true
		for _, part := range []string{r.Name, r.About, r.Cite, r.Source, r.License} {
			if !strings.Contains(r.String(), part) {
				t.Errorf("%s does not say %q", r.Name, part)
			}
		}
	}
	for _, name := range []string{"drawn", "drawn2", "drawn-test", "drawn-raw", "drawn-phase", "floc", "murty185", "kriegeskorte92"} {
		if !names[name] {
			t.Errorf("no data set %s", name)
		}
	}
	hex64 := regexp.MustCompile(`^[0-9a-f]{64}$`)
	sums := map[string]bool{}
	for _, r := range catalog.Models() {
		i := r.Input
		if names[r.Name] || r.About == "" || r.Cite == "" || r.Source == "" || r.License == "" || len(r.Layers) == 0 ||
			i.Name == "" || i.Width <= 0 || i.Height <= 0 || len(i.Mean) != i.Channels || len(i.Std) != i.Channels {
			t.Errorf("%+v", r)
		}
		names[r.Name] = true
		for _, std := range i.Std {
			if std <= 0 {
				t.Errorf("%s: std %v", r.Name, std)
			}
		}
		if r.File == "" {
			if _, err := r.Path(); err == nil {
				t.Errorf("%s has a path and no file", r.Name)
			}
			continue
		}
		if !hex64.MatchString(r.SHA256) || sums[r.SHA256] {
			t.Errorf("%s: SHA-256 %s", r.Name, r.SHA256)
		}
		sums[r.SHA256] = true
		if got, ok := catalog.ModelBySHA256(strings.ToUpper(r.SHA256)); !ok || got.Name != r.Name {
			t.Errorf("%s is not found by its SHA-256", r.Name)
		}
		if !strings.Contains(r.String(), r.Layers[0]) || !strings.Contains(r.String(), r.License) {
			t.Error(r.String())
		}
	}
	if _, ok := catalog.ModelBySHA256(""); ok {
		t.Error("a row without SHA-256 was found by none")
	}
}

// What a caller does to a row stays with the caller.
func TestRowsAreCopies(t *testing.T) {
	r, err := catalog.Model("mobilenet_v2")
	if err != nil {
		t.Fatal(err)
	}
	r.Input.Mean[0], r.Layers[0] = -1, "x"
	catalog.Models()[1].Input.Std[0] = -1
	catalog.DataSets()[0].Name = "x"
	again, err := catalog.Model("mobilenet_v2")
	if err != nil || again.Input.Mean[0] != 128 || again.Layers[0] != "pool62" || again.Input.Std[0] != 128 {
		t.Errorf("%+v, %v", again, err)
	}
	if catalog.DataSets()[0].Name != "drawn" {
		t.Error("the table was changed")
	}
}

func TestDrawn(t *testing.T) {
	first := map[string]string{"drawn": "drawn/face-001", "drawn2": "drawn2/face-001", "drawn-test": "drawn-test/outline/face-001",
		"drawn-raw": "drawn-raw/face-001", "drawn-phase": "drawn-phase/face-001"}
	seen := map[string]string{}
	digests := map[[32]byte]string{}
	for name, id := range first {
		s, err := catalog.Stimuli(name)
		if err != nil {
			t.Fatal(err)
		}
		each := 100
		if name == "drawn-test" {
			each = 40
		}
		for _, category := range []string{"face", "body", "scene", "object", analysis.Scrambled} {
			if only, err := s.Only(category); err != nil || only.Len() != each {
				t.Errorf("%s: %d of %s, %v", name, only.Len(), category, err)
			}
		}
		if s.Len() != 5*each || s.At(0).ID != id {
			t.Errorf("%s: %d stimuli, the first is %s", name, s.Len(), s.At(0).ID)
		}
		for i := range s.Len() {
			it := s.At(i)
			if other, dup := seen[it.ID]; dup {
				t.Errorf("%s is in %s and %s", it.ID, other, name)
			}
			seen[it.ID] = name
			d, err := it.Digest()
			if err != nil {
				t.Fatal(err)
			}
			if other, dup := digests[d]; dup {
				t.Errorf("%s and %s are one picture", it.ID, other)
			}
			digests[d] = it.ID
		}
		img, err := s.At(0).Image()
		if err != nil || img.Bounds().Dx() != 32 || img.Bounds().Dy() != 32 {
			t.Errorf("%s: %v, %v", name, img.Bounds(), err)
		}
	}
}

func TestRealStimuli(t *testing.T) {
	realdata.Folder(t, "")
	for name, want := range map[string]map[string]int{
		"floc":           {"face": 192, "body": 192, "scene": 192, "object": 192, "character": 192, "scrambled": 96, "adult": 96, "instrument": 96},
		"murty185":       {"face": 25, "body": 50, "scene": 50, "object": 60},
		"kriegeskorte92": {"face": 24, "body": 24, "object": 44, "human face": 12, "nonhuman bodypart": 12, "natural inanimate": 23, "artificial inanimate": 21},
	} {
		s, err := catalog.Stimuli(name)
		if err != nil {
			t.Fatal(err)
		}
		for category, n := range want {
			if only, err := s.Only(category); err != nil || only.Len() != n {
				t.Errorf("%s: %d of %s, want %d (%v)", name, only.Len(), category, n, err)
			}
		}
		if !strings.HasPrefix(s.At(0).ID, name+"/") {
			t.Errorf("%s: first ID %s", name, s.At(0).ID)
		}
	}
	for _, r := range catalog.Tables() {
		if r.Unchecked {
			continue
		}
		byPath, err := catalog.Folder(r.Folder)
		if err != nil {
			t.Error(err)
		}
		if byName, err := catalog.Folder(r.Name); err != nil || byName != byPath {
			t.Errorf("%s: %s by its name, %s by its folder, %v", r.Name, byName, byPath, err)
		}
	}
}

// Every row says what models.json says, and its file is the one with that
// SHA-256.
func TestRealModels(t *testing.T) {
	dir := realdata.Folder(t, "")
	data, err := os.ReadFile(filepath.Join(dir, "models", "models.json"))
	if err != nil {
		t.Fatal(err)
	}
	var facts map[string]struct {
		File        string    `json:"file"`
		Input       string    `json:"input_name"`
		Size        int       `json:"input_size"`
		Layout      string    `json:"layout"`
		Order       string    `json:"channel_order"`
		Mean        []float32 `json:"mean"`
		Std         []float32 `json:"std"`
		Penultimate string    `json:"penultimate_tensor"`
		SHA256      string    `json:"sha256"`
	}
	if err := json.Unmarshal(data, &facts); err != nil {
		t.Fatal(err)
	}
	for key, f := range facts {
		r, ok := catalog.ModelBySHA256(f.SHA256)
		if !ok {
			t.Errorf("%s is not in the catalog", key)
			continue
		}
		layer, _, _ := strings.Cut(f.Penultimate, " ")
		want := catalog.Input{Name: f.Input, Width: f.Size, Height: f.Size, Channels: len(f.Mean), Mean: f.Mean, Std: f.Std, BGR: f.Order == "BGR", NHWC: f.Layout == "NHWC"}
		if diff := cmp.Diff(want, r.Input); diff != "" || r.Layers[0] != layer || r.File != "models/"+f.File {
			t.Errorf("%s: %s, layer %s, file %s: %s", key, r.Name, r.Layers[0], r.File, diff)
		}
		path, err := r.Path()
		if err != nil {
			t.Fatal(err)
		}
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.New()
		_, err = io.Copy(sum, file)
		file.Close()
		if got := hex.EncodeToString(sum.Sum(nil)); err != nil || got != r.SHA256 {
			t.Errorf("%s: SHA-256 %s, %v", r.Name, got, err)
		}
	}
	if len(facts) != len(catalog.Models())-1 { // all but drawnet
		t.Errorf("%d networks in models.json, %d in the catalog", len(facts), len(catalog.Models()))
	}
}
