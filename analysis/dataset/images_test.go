package dataset_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fusiform/analysis"
	"fusiform/analysis/dataset"
	"fusiform/internal/realdata"
)

// dot is a PNG of one pixel.
func dot(grey uint8) string {
	img := image.NewGray(image.Rect(0, 0, 1, 1))
	img.SetGray(0, 0, color.Gray{Y: grey})
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err)
	}
	return b.String()
}

// claim is a PNG whose header claims w×h pixels and whose data are missing.
func claim(w, h uint32) string {
	head := append([]byte("IHDR"), binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)...)
	head = append(head, 8, 0, 0, 0, 0)
	b := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), head...)
	return string(binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(head)))
}

func summary(s analysis.Stimuli) [][3]string {
	var out [][3]string
	for i := range s.Len() {
		out = append(out, [3]string{s.At(i).ID, s.At(i).Category, s.At(i).Subcategory})
	}
	return out
}

func TestImagesBySubfolder(t *testing.T) {
	dir := write(t, "set", map[string]string{
		"scene/b.png": dot(1), "faces/x.PNG": dot(2), "faces/a.png": dot(3),
		"faces/.hidden": "no image", ".git/config": "", "faces/Thumbs.db": "litter", "README.txt": "about",
	})
	s, err := dataset.Images(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := [][3]string{{"set/faces/a.png", "faces", ""}, {"set/faces/x.PNG", "faces", ""}, {"set/scene/b.png", "scene", ""}}
	if diff := cmp.Diff(want, summary(s)); diff != "" {
		t.Error(diff)
	}
}

func TestImagesOfFLocFolders(t *testing.T) {
	domains := map[string]string{"adult": "face", "child": "face", "body": "body", "limb": "body", "car": "object", "instrument": "object",
		"corridor": "scene", "house": "scene", "word": "character", "number": "character", "scrambled": "scrambled"}
	files := map[string]string{}
	for name := range domains {
		files[name+"/1.png"] = dot(1)
	}
	for _, without := range []string{"", "scrambled"} {
		dir := write(t, "floc", files)
		os.RemoveAll(filepath.Join(dir, without, "1.png"))
		if without != "" {
			os.RemoveAll(filepath.Join(dir, without))
		}
		s, err := dataset.Images(dir)
		if err != nil {
			t.Fatal(err)
		}
		for i := range s.Len() {
			if it := s.At(i); domains[it.Subcategory] != it.Category || it.ID != "floc/"+it.Subcategory+"/1.png" {
				t.Errorf("%v", it)
			}
		}
	}
	// One folder more, and they are not fLoc's: nothing is guessed.
	files["animal/1.png"] = dot(1)
	s, err := dataset.Images(write(t, "floc", files))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(s.Categories(), "adult") {
		t.Errorf("categories %v", s.Categories())
	}
}

func TestImagesByIndex(t *testing.T) {
	dir := write(t, "set", map[string]string{
		"index.csv": "category,file,note,subcategory\nface,./x/2.png,kept out,adult\nbody,1.png,,\n",
		"x/2.png":   dot(1), "1.png": dot(2), "not listed.png": "no image",
	})
	s, err := dataset.Images(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := [][3]string{{"set/x/2.png", "face", "adult"}, {"set/1.png", "body", ""}}
	if diff := cmp.Diff(want, summary(s)); diff != "" {
		t.Error(diff)
	}
}

// TestImageFormats compares the pixels with those that Pillow decodes.
func TestImageFormats(t *testing.T) {
	ref := readReference(t).Images
	files := map[string]string{}
	for name := range ref {
		data, err := os.ReadFile(filepath.Join("testdata", "images", name))
		if err != nil {
			t.Fatal(err)
		}
		files["x/"+name] = string(data)
	}
	s, err := dataset.Images(write(t, "set", files))
	if err != nil {
		t.Fatal(err)
	}
	if s.Len() != len(ref) {
		t.Fatalf("%d images, want %d", s.Len(), len(ref))
	}
	for i := range s.Len() {
		it := s.At(i)
		want := ref[strings.TrimPrefix(it.ID, "set/x/")]
		digest, err := it.Digest()
		if err != nil || hex.EncodeToString(digest[:]) != want.SHA256 {
			t.Errorf("%s: digest %x, %v", it.ID, digest, err)
		}
		img, err := it.Image()
		if err != nil {
			t.Fatal(err)
		}
		tolerance := 0.0
		if strings.HasSuffix(it.ID, ".jpg") {
			tolerance = 4 // Go's decoder is not libjpeg
		}
		if img.Bounds().Dx() != len(want.RGB[0]) || img.Bounds().Dy() != len(want.RGB) {
			t.Fatalf("%s: %v", it.ID, img.Bounds())
		}
		for y, row := range want.RGB {
			for x, rgb := range row {
				r, g, b, _ := img.At(img.Bounds().Min.X+x, img.Bounds().Min.Y+y).RGBA()
				for k, v := range []uint32{r, g, b} {
					if math.Abs(float64(v>>8)-float64(rgb[k])) > tolerance {
						t.Fatalf("%s (%d,%d): got %d %d %d, want %v", it.ID, x, y, r>>8, g>>8, b>>8, rgb)
					}
				}
			}
		}
	}
}

func TestImagesAreLazy(t *testing.T) {
	dir := write(t, "set", map[string]string{"a/1.png": dot(1), "b/1.png": dot(1)})
	s, err := dataset.Images(dir)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "a", "1.png")
	if err := os.WriteFile(path, []byte(dot(1)[:50]), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := s.At(0).Image(); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("half an image: %v", err)
	}
	os.Remove(path)
	if _, err := s.At(0).Image(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("removed: %v", err)
	}
	if _, err := s.At(0).Digest(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("removed: %v", err)
	}
}

func TestImagesBad(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"empty":             {map[string]string{".keep": ""}, "holds no images: expected a subfolder for each category"},
		"loose":             {map[string]string{"1.png": dot(1)}, "1.png lies beside the categories"},
		"loose too":         {map[string]string{"1.jpg": dot(1), "a/1.png": dot(1)}, "1.jpg lies beside the categories"},
		"empty category":    {map[string]string{"a/1.png": dot(1), "b/.keep": ""}, "b holds no images"},
		"deeper":            {map[string]string{"a/b/1.png": dot(1)}, `holds the folder "b"`},
		"text":              {map[string]string{"a/1.jpg": "hello", "b/1.png": dot(1)}, "1.jpg: is not an image"},
		"no image by name":  {map[string]string{"a/1.png": dot(1), "a/notes.txt": "x"}, "notes.txt is no image by its name"},
		"header only":       {map[string]string{"a/1.png": dot(1)[:20]}, "is not a whole image"},
		"zero bytes":        {map[string]string{"a/1.png": ""}, "is not an image"},
		"absurd":            {map[string]string{"a/1.png": claim(20000, 20000)}, "20000×20000 pixels, more than the 100 megapixels"},
		"overflow":          {map[string]string{"a/1.png": claim(1<<31-1, 1<<31-1)}, ""},
		"index: empty":      {map[string]string{"index.csv": ""}, "index.csv: is empty"},
		"index: no rows":    {map[string]string{"index.csv": "file,category\n"}, "lists no images"},
		"index: column":     {map[string]string{"index.csv": "path,category\n1.png,face\n", "1.png": dot(1)}, `line 1: there is no column "file"; the header has: path, category`},
		"index: missing":    {map[string]string{"index.csv": "file,category\n1.png,face\n2.png,face\n", "1.png": dot(1)}, `line 3, column 1 ("file")`},
		"index: twice":      {map[string]string{"index.csv": "file,category\n1.png,face\n./1.png,body\n", "1.png": dot(1)}, `line 3, column 1 ("file"): "1.png" stands in line 2 already`},
		"index: category":   {map[string]string{"index.csv": "file,category\n1.png, \n", "1.png": dot(1)}, `line 2, column 2 ("category"): is empty`},
		"index: parent":     {map[string]string{"index.csv": "file,category\n../1.png,face\n"}, "not a path within the folder"},
		"index: up, down":   {map[string]string{"index.csv": "file,category\na/../../1.png,face\n"}, "not a path within the folder"},
		"index: absolute":   {map[string]string{"index.csv": "file,category\n/etc/1.png,face\n"}, "not a path within the folder"},
		"index: the folder": {map[string]string{"index.csv": "file,category\n.,face\n"}, "not a path within the folder"},
		"index: a folder":   {map[string]string{"index.csv": "file,category\nx.png,face\n", "x.png/1.png": dot(1)}, "is a folder or a device"},
		"index: ragged":     {map[string]string{"index.csv": "file,category\n1.png\n", "1.png": dot(1)}, "line 2: wrong number of fields: the header has 2, this line has 1"},
		"index: a category": {map[string]string{"index.csv/1.png": dot(1)}, "index.csv: is a folder"},
		"index: text":       {map[string]string{"index.csv": "file,category\n1.png,face\n", "1.png": "hello"}, `line 2, column 1 ("file")`},
		"index: extension":  {map[string]string{"index.csv": "file,category\n1.txt,face\n", "1.txt": dot(1)}, "is no image by its name"},
		"index: UTF-16":     {map[string]string{"index.csv": "\xff\xfef\x00"}, "is UTF-16"},
		"index: NUL":        {map[string]string{"index.csv": "file,category\n1\x00.png,face\n"}, "control character"},
	} {
		_, err := dataset.Images(write(t, "set", c.files))
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "dataset: ") {
			t.Errorf("%s: %v", name, err)
		}
		var p *dataset.ParseError
		if strings.HasPrefix(name, "index: ") && name != "index: a category" && !errors.As(err, &p) {
			t.Errorf("%s: %T, want a *ParseError", name, err)
		}
	}
	if _, err := dataset.Images(filepath.Join(t.TempDir(), "absent")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("absent folder: %v", err)
	}
}

func TestImagesStayWithinTheFolder(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need a privilege on Windows")
	}
	outside := write(t, "outside", map[string]string{"secret.png": dot(1)})
	link := func(dir, name, target string) string {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	for name, dir := range map[string]string{
		"index":    link(write(t, "set", map[string]string{"index.csv": "file,category\n1.png,face\n"}), "1.png", filepath.Join(outside, "secret.png")),
		"file":     link(write(t, "set", map[string]string{"a/2.png": dot(1)}), "a/1.png", filepath.Join(outside, "secret.png")),
		"category": link(write(t, "set", map[string]string{"a/2.png": dot(1)}), "b", outside),
		"dangling": link(write(t, "set", map[string]string{"a/2.png": dot(1)}), "a/1.png", "nowhere.png"),
	} {
		if _, err := dataset.Images(dir); err == nil {
			t.Errorf("%s: a link out of the folder was followed", name)
		}
	}
	// A link within the folder, and one to the folder, are fine.
	dir := link(write(t, "set", map[string]string{"a/2.png": dot(1)}), "a/1.png", "2.png")
	s, err := dataset.Images(link(t.TempDir(), "alias", dir) + "/alias")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"alias/a/1.png", "alias/a/2.png"}, s.IDs()); diff != "" {
		t.Error(diff)
	}
	if _, err := s.At(0).Image(); err != nil {
		t.Error(err)
	}
}

func TestImagesFromAnotherDirectory(t *testing.T) {
	dir := write(t, "set", map[string]string{"a/1.png": dot(1)})
	t.Chdir(filepath.Join(dir, "a"))
	s, err := dataset.Images("..")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	if _, err := s.At(0).Image(); err != nil || s.At(0).ID != "set/a/1.png" {
		t.Errorf("%s: %v", s.At(0).ID, err)
	}
}

func TestRealImages(t *testing.T) {
	type count struct{ n, categories, subcategories, perCategory int }
	for name, want := range map[string]count{
		"floc":           {1056, 6, 11, 0},
		"murty185":       {185, 4, 0, 0},
		"kriegeskorte92": {92, 6, 0, 0},
	} {
		s, err := dataset.Images(realdata.Folder(t, "images/"+name))
		if err != nil {
			t.Fatal(err)
		}
		if got := (count{s.Len(), len(s.Categories()), len(s.Subcategories()), 0}); got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
		if _, err := s.At(s.Len() - 1).Image(); err != nil {
			t.Error(err)
		}
	}
	s, err := dataset.Images(realdata.Folder(t, "images/floc"))
	if err != nil {
		t.Fatal(err)
	}
	for category, n := range map[string]int{"face": 192, "body": 192, "scene": 192, "object": 192, "character": 192, "scrambled": 96} {
		if only, err := s.Only(category); err != nil || only.Len() != n {
			t.Errorf("floc %s: %d, want %d (%v)", category, only.Len(), n, err)
		}
	}
	if s.At(0).ID != "floc/adult/adult-001.jpg" {
		t.Errorf("first ID %s", s.At(0).ID)
	}
	m, err := dataset.Images(realdata.Folder(t, "images/murty185"))
	if err != nil {
		t.Fatal(err)
	}
	for category, n := range map[string]int{"face": 25, "body": 50, "scene": 50, "object": 60} {
		if only, err := m.Only(category); err != nil || only.Len() != n {
			t.Errorf("murty185 %s: %d, want %d (%v)", category, only.Len(), n, err)
		}
	}
}

// The folder of fLoc reads the same by its subfolders as by its index, but for
// the order.
func TestRealFLocWithoutIndex(t *testing.T) {
	real := realdata.Folder(t, "images/floc")
	indexed, err := dataset.Images(real)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "floc")
	if err := os.CopyFS(dir, os.DirFS(real)); err != nil {
		t.Fatal(err)
	}
	os.Chmod(dir, 0o777)
	if err := os.Remove(filepath.Join(dir, "index.csv")); err != nil {
		t.Fatal(err)
	}
	s, err := dataset.Images(dir)
	if err != nil {
		t.Fatal(err)
	}
	byID := func(a, b [3]string) int { return strings.Compare(a[0], b[0]) }
	got, want := summary(s), summary(indexed)
	slices.SortFunc(got, byID)
	slices.SortFunc(want, byID)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func BenchmarkImages(b *testing.B) {
	dir := os.Getenv("FUSIFORM_DATA")
	if dir == "" {
		b.Skip("needs the real data: set FUSIFORM_DATA to its folder")
	}
	for b.Loop() {
		if _, err := dataset.Images(filepath.Join(dir, "images", "floc")); err != nil {
			b.Fatal(err)
		}
	}
}
