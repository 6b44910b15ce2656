package catalog

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const ours = `{"name": "our_vgg", "file": "models/our_vgg.onnx", "sha256": "%s", "size": 12, "urls": ["https://example.org/vgg.onnx"],
    "input": {"width": 224, "height": 200, "channels": 3, "mean": [1, 2, 3], "std": [4, 5, 6], "bgr": true},
    "layers": ["features.30"], "about": "a VGG", "cite": "us", "source": "our lab", "license": "MIT"}`

func local1(rows ...string) string {
	return "{\"networks\": [\n" + strings.Join(rows, ",\n") + "\n]}\n"
}

func TestLocalModels(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("FUSIFORM_DATA", dir)
	if rows, err := LocalModels(); rows != nil || err != nil {
		t.Error(rows, err)
	}
	vgg := fmt.Sprintf(ours, strings.Repeat("Ab", 32))
	mirror := `{"name": "mobilenet_v2", "urls": ["https://example.org/m.onnx", "http://b.example.org/m.onnx"]}`
	if err := os.WriteFile(filepath.Join(dir, "networks.json"), []byte("\xef\xbb\xbf"+local1(vgg, mirror)), 0o666); err != nil {
		t.Fatal(err)
	}
	want := ModelRow{Name: "our_vgg", File: "models/our_vgg.onnx", SHA256: strings.Repeat("ab", 32), Size: 12, URLs: []string{"https://example.org/vgg.onnx"},
		Input:  Input{Width: 224, Height: 200, Channels: 3, Mean: []float32{1, 2, 3}, Std: []float32{4, 5, 6}, BGR: true},
		Layers: []string{"features.30"}, About: "a VGG", Cite: "us", Source: "our lab", License: "MIT"}
	rows, err := LocalModels()
	if diff := cmp.Diff([]ModelRow{want}, rows); diff != "" || err != nil {
		t.Fatal(diff, err)
	}
	got, err := Model("our_vgg")
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if got, ok := ModelBySHA256(strings.Repeat("AB", 32)); !ok || got.Name != "our_vgg" {
		t.Error(got, ok)
	}
	if all := Models(); len(all) != len(models)+1 || all[len(models)].Name != "our_vgg" {
		t.Error(len(all))
	}
	m, err := Model("mobilenet_v2")
	if err != nil || len(m.URLs) != 2 || m.SHA256 != models[1].SHA256 || models[1].URLs != nil {
		t.Errorf("%+v, %v", m, err)
	}
	if _, err := m.Path(); err == nil || !strings.Contains(err.Error(), "fusiform fetch mobilenet_v2") {
		t.Error(err)
	}
	// A fault hides the file's networks and leaves this program's.
	if err := os.WriteFile(filepath.Join(dir, "networks.json"), []byte(local1(vgg, vgg)), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Model("our_vgg"); err == nil || !strings.Contains(err.Error(), "networks.json: line 5: network \"our_vgg\": stands twice; so networks of yours are not known, \"our_vgg\" among them") {
		t.Error(err)
	}
	if _, err := Model("mobilenet_v2"); err != nil {
		t.Error(err)
	}
}

func TestLocalModelsBad(t *testing.T) {
	vgg := fmt.Sprintf(ours, strings.Repeat("ab", 32))
	change := func(old, new string) string { return local1(strings.Replace(vgg, old, new, 1)) }
	for _, c := range []struct{ text, want string }{
		{"", "line 1: the file ends in the middle"},
		{"[]", `line 1: expected {"networks"`},
		{`{"nets": []}`, `line 1: expected {"networks"`},
		{"{\"networks\":\n\n7}", "line 3: expected"},
		{local1(vgg)[:200], "line 3: the file ends in the middle"},
		{local1(vgg) + "x", "line 6: there is more after the end"},
		{strings.Replace(local1(vgg), "]}\n", "], \"x\": 1}", 1), `line 5: expected the end`},
		{change(`"about":`, `"abuot":`), `line 2: unknown field "abuot"`},
		{change(`"width": 224`, `"width": "224"`), `line 3: the field "input.width" cannot be a string`},
		{change(`[4, 5, 6]`, `[4, 5 6]`), "line 3: invalid character"},
		{change(`[4, 5, 6]`, `[4, 5, 1e99]`), `line 3: the field "input.std`},
		{change(`[4, 5, 6]`, `[4, 5]`), "mean has 3 and std 2 values for 3 channels"},
		{change(`[4, 5, 6]`, `[4, 0, 6]`), "std is 0"},
		{change(`"width": 224`, `"width": 0`), "0×200 is no size"},
		{change(`"height": 200`, `"height": 20000`), "224×20000 is no size"},
		{change(`"channels": 3`, `"channels": 4`), "4 channels"},
		{change(`our_vgg"`, `Our VGG"`), `the name "Our VGG"`},
		{change(`models/our_vgg.onnx`, `../our_vgg.onnx`), "not a path below the data folder"},
		{change(`models/our_vgg.onnx`, `/etc/our_vgg.onnx`), "not a path below the data folder"},
		{change(`models/our_vgg.onnx`, `images/floc/index.csv`), "does not end in .onnx"},
		{change(`models/our_vgg.onnx`, `models/mobilenet_v2_1.0_224.onnx`), `is that of "mobilenet_v2"`},
		{change(strings.Repeat("ab", 32), "ab"), "is not 64 hexadecimal digits"},
		{change(strings.Repeat("ab", 32), models[1].SHA256), `sha256 is that of "mobilenet_v2"`},
		{change(`"size": 12`, `"size": 0`), "give the file's bytes"},
		{change(`"size": 12`, `"size": -1`), "give the file's bytes"},
		{change(`https://example.org/vgg.onnx`, `file:///etc/passwd`), "does not begin with https://"},
		{change(`"MIT"`, `""`), "needs license and cite"},
		{change(`a VGG`, `a\u001b[2J`), "control character"},
		{change(`a VGG`, strings.Repeat("x", 3000)), "more than 2000 bytes"},
		{change(`"our_vgg"`, `"mobilenet_v2"`), "is one of this program's: give name and urls alone"},
		{local1(`{"name": "mobilenet_v2"}`), "adds nothing"},
		{local1(`{"name": "drawnet", "urls": ["https://a/"]}`), "adds nothing"},
		{local1(`{"name": "x"}`), "not a path below the data folder"},
		{local1("null"), `the name ""`},
		{local1("\xff"), "is not UTF-8"},
		{strings.Repeat(" ", maxLocalBytes+1), "is longer than"},
	} {
		l, err := parseLocal([]byte(c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) || l.rows != nil {
			t.Errorf("%.60q: %v\nwant %s", c.text, err, c.want)
		}
	}
}

// Whatever is accepted stays in the folder and can be fetched as it stands.
func FuzzLocalModels(f *testing.F) {
	vgg := fmt.Sprintf(ours, strings.Repeat("ab", 32))
	for _, s := range []string{local1(vgg), local1(vgg, `{"name": "mobilenet_v2", "urls": ["https://a/"]}`), local1(), `{"networks": [{"name": "x", "file": "..\\x.onnx"}]}`, local1(vgg)[:100]} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := parseLocal(data)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "line ") && !strings.HasPrefix(err.Error(), "is ") {
				t.Error(err)
			}
			return
		}
		seen := map[string]bool{}
		for _, r := range l.rows {
			it := item{name: r.Name, rel: r.File, sha256: r.SHA256, size: max(r.Size, 1), urls: r.URLs}
			if err := it.valid(); err != nil || seen[r.Name] || !filepath.IsLocal(r.File) || len(r.Input.Mean) != r.Input.Channels {
				t.Errorf("%+v: %v", r, err)
			}
			seen[r.Name] = true
		}
	})
}
