package plots_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"go/doc"
	"go/format"
	"go/parser"
	"go/printer"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fusiform/internal/golden"
)

// galleryEnv names the folder that examples keep their figures in.
const galleryEnv = "FUSIFORM_GALLERY"

// TestGallery checks that README.md is the page that the examples make: each
// with its figure, what the figure says to somebody who does not see it, and
// its code. With -update it writes the page and the figures anew.
//
// An example is on the page if it saves a PNG into the folder of folder().
func TestGallery(t *testing.T) {
	if testing.Short() {
		t.Skip("runs every example")
	}
	dir := t.TempDir()
	cmd := exec.Command(must(os.Executable()), "-test.run=^Example")
	cmd.Env = append(os.Environ(), galleryEnv+"="+dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("the examples fail: %v\n%s", err, out)
	}
	var page bytes.Buffer
	page.WriteString("# Figures\n\n" +
		"Each figure of the package, as its example in the tests draws it: from simulated responses, so that anybody gets the same. " +
		"Below each stands what it says to a reader who does not see it (`Alt`), and the code. " +
		"This page is made by `go test ./plots -run TestGallery -update`.\n")
	examples := galleryExamples(t)
	drawn := 0
	for _, e := range examples {
		pngs, err := filepath.Glob(filepath.Join(dir, e.Name, "*.png"))
		if err != nil || len(pngs) == 0 {
			continue
		}
		drawn++
		slices.Sort(pngs)
		fmt.Fprintf(&page, "\n## %s\n\n%s\n", strings.ReplaceAll(e.Name, "_", ": "), strings.TrimSpace(e.Doc))
		for i, path := range pngs {
			data := must(os.ReadFile(path))
			name := "gallery/" + e.Name + ".png"
			if i > 0 {
				name = fmt.Sprintf("gallery/%s-%d.png", e.Name, i+1)
			}
			golden.PNG(t, name, data)
			alt := description(t, data)
			fmt.Fprintf(&page, "\n![%s](testdata/golden/%s)\n\n> %s\n", escapeMarkdown(alt), name, escapeMarkdown(alt))
		}
		fmt.Fprintf(&page, "\n```go\n%s\n```\n", e.code)
	}
	if drawn == 0 {
		t.Fatal("no example draws a figure")
	}
	if golden.Updating() {
		if err := os.WriteFile("README.md", page.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got := must(os.ReadFile("README.md")); !bytes.Equal(got, page.Bytes()) {
		t.Error("README.md is not what the examples make: run go test ./plots -run TestGallery -update, and look at the figures")
	}
}

// description returns what a PNG says that it shows.
func description(t *testing.T, data []byte) string {
	t.Helper()
	key := []byte("iTXtDescription\x00\x00\x00\x00\x00")
	i := bytes.Index(data, key)
	if i < 4 {
		t.Fatal("a figure without an alternative text")
	}
	n := int(binary.BigEndian.Uint32(data[i-4:])) + len("iTXt")
	return string(data[i+len(key) : i+n])
}

func escapeMarkdown(s string) string {
	return strings.NewReplacer(`\`, `\\`, `[`, `\[`, `]`, `\]`, `<`, `&lt;`, `*`, `\*`, `_`, `\_`, "`", "\\`").Replace(s)
}

type galleryExample struct {
	*doc.Example
	code string
}

// galleryExamples returns the examples of the package's tests: those of
// example_test.go, of example_x_test.go, then of the other files by name.
func galleryExamples(t *testing.T) []galleryExample {
	t.Helper()
	files := must(filepath.Glob("*_test.go"))
	slices.SortFunc(files, func(a, b string) int {
		key := func(s string) string {
			s = strings.TrimSuffix(s, "_test.go")
			if !strings.HasPrefix(s, "example") {
				s = "other " + s
			}
			return s
		}
		return strings.Compare(key(a), key(b))
	})
	var out []galleryExample
	for _, name := range files {
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		list := doc.Examples(file)
		slices.SortFunc(list, func(a, b *doc.Example) int { return a.Order - b.Order })
		for _, e := range list {
			out = append(out, galleryExample{e, exampleCode(t, set, e)})
		}
	}
	return out
}

// exampleCode is the body of an example without its braces, its folder and
// its output.
func exampleCode(t *testing.T, set *token.FileSet, e *doc.Example) string {
	t.Helper()
	var b bytes.Buffer
	if err := format.Node(&b, set, &printer.CommentedNode{Node: e.Code, Comments: e.Comments}); err != nil {
		t.Fatal(err)
	}
	text := strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(b.String()), "{"), "}")
	text, _, _ = strings.Cut(text, "\t// Output:")
	var lines []string
	for _, line := range strings.Split(strings.Trim(text, "\n"), "\n") {
		line = strings.TrimPrefix(line, "\t")
		if line != "dir, remove := folder()" && line != "defer remove()" {
			lines = append(lines, line)
		}
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}
