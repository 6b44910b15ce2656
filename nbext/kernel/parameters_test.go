package kernel

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const parametersCell = `import nb "fusiform/nbext"
%env X=1
var cut = 7.0 // the localizer's t
var (
	region        = "rh pFus"
	seed   uint64 = 3
	people        = []string{"S1", "S2"}
	low, n        = -1, 8
)
const raw = false
var t7 = localizer.TTest{MinT: cut}
%%
fmt.Println(no := 1)
`

func TestAssign(t *testing.T) {
	all := map[string]any{"cut": "5", "region": `a "b" ` + "\n" + `</script>`, "seed": json.Number("18446744073709551615"), "people": []any{"S3"}, "low": "+2", "n": json.Number("9"), "raw": true}
	got, err := assign("x.ipynb", parametersCell, all)
	if err != nil {
		t.Fatal(err)
	}
	want := `// Parameters
var cut float64 = 5
var region string = "a \"b\" \n</script>"
var seed uint64 = 18446744073709551615
var people []string = []string{"S3"}
var low int = 2
var n int = 9
const raw bool = true`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, c := range []struct {
		name  string
		value any
		want  string // the declaration, or part of the error
	}{
		{"people", "a, b", `var people []string = []string{"a", "b"}`},
		{"people", `["a,b"]`, `var people []string = []string{"a,b"}`},
		{"people", "", `var people []string = []string{}`},
		{"cut", json.Number("1e-3"), "var cut float64 = 0.001"},
		{"raw", "True", "const raw bool = true"},
		{"cut", "seven", `x.ipynb: parameter cut: "seven" is not of type float64`},
		{"cut", "7; os.Exit(1)", `is not of type float64`},
		{"cut", "NaN", "is not of type float64"},
		{"cut", "1e999", "out of its range"},
		{"cut", true, "true is not of type float64"},
		{"cut", nil, "<nil> is not of type float64"},
		{"n", json.Number("1.5"), "1.5 is not of type int"},
		{"n", "99999999999999999999", "out of its range"},
		{"seed", json.Number("-1"), "-1 is not of type uint64"},
		{"raw", json.Number("1"), "1 is not of type bool"},
		{"region", json.Number("1"), "1 is not of type string"},
		{"people", "[1]", "1 is not of type string"},
		{"people", map[string]any{}, "is not of type []string"},
		{"t7", "7", "its type is not written there (t7 = localizer.TTest{MinT: cut})"},
		{"no", "1", "there is none of this name; the notebook has cut, region, seed, people, low, n, raw, t7"},
	} {
		got, err := assign("/some/x.ipynb", parametersCell, map[string]any{c.name: c.value})
		var bad *ParameterError
		switch {
		case err == nil && strings.TrimPrefix(got, "// Parameters\n") != c.want:
			t.Errorf("%s = %v: got %s, want %s", c.name, c.value, got, c.want)
		case err != nil && (!errors.As(err, &bad) || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s = %v: got %v, want %q", c.name, c.value, err, c.want)
		}
	}
}

func FuzzAssign(f *testing.F) {
	f.Add(parametersCell, "cut", "5")
	f.Add("var x, y = 1", "x", "[")
	f.Add("var (", "x", "")
	f.Fuzz(func(t *testing.T, cell, name, value string) {
		code, err := assign("x.ipynb", cell, map[string]any{name: value})
		if err != nil {
			return
		}
		// What is injected is one declaration of that name, whatever the value.
		got, order, err := declarations(code)
		if err != nil || len(got) != 1 || !slices.Equal(order, []string{name}) {
			t.Errorf("%q: %q declares %v, %v", value, code, order, err)
		}
	})
}

func TestParameterize(t *testing.T) {
	const notebook = `{"nbformat": 4, "nbformat_minor": 5, "metadata": {"mine": [1, 2.50]}, "cells": [
		{"cell_type": "markdown", "source": "# <b>", "metadata": {"tags": ["parameters"]}, "id": "a"},
		{"cell_type": "code", "source": ["var cut = 7.0\n", "var n = 1"], "metadata": {"tags": ["parameters"]}, "id": "b", "outputs": []},
		{"cell_type": "code", "source": "var cut float64 = 3", "metadata": {"tags": ["injected-parameters"]}, "id": "c", "outputs": []},
		{"cell_type": "code", "source": "%%\nfmt.Println(cut)", "metadata": {}, "id": "d", "outputs": []}]}`
	got, err := parameterize("x.ipynb", []byte(notebook), map[string]any{"cut": "5"})
	if err != nil {
		t.Fatal(err)
	}
	var was, is map[string]any
	if err := json.Unmarshal([]byte(notebook), &was); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(got, &is); err != nil {
		t.Fatal(err)
	}
	was["cells"].([]any)[2] = map[string]any{"cell_type": "code", "source": "// Parameters\nvar cut float64 = 5",
		"metadata": map[string]any{"tags": []any{"injected-parameters"}}, "id": "injected-parameters", "outputs": []any{}, "execution_count": nil}
	if diff := cmp.Diff(was, is); diff != "" {
		t.Error(diff)
	}
	for text, want := range map[string]string{
		`{"nbformat": 4, "cells": [{"cell_type": "code", "source": "", "metadata": {"tags": ["Parameters"]}}]}`:    `no cell is tagged "parameters"`,
		`{"nbformat": 4, "cells": [{"cell_type": "code", "source": "var", "metadata": {"tags": ["parameters"]}}]}`: `is no list of variables: cell:1`,
		`{"nbformat": 4, "cells": 3}`: "is not a notebook",
	} {
		if _, err := parameterize("x.ipynb", []byte(text), map[string]any{"cut": "5"}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}

// TestParameters executes a notebook with parameters of a file of YAML, and
// again with those of one of JSON.
func TestParameters(t *testing.T) {
	if testing.Short() {
		t.Skip("runs cells in the kernel")
	}
	dir := t.TempDir()
	path := write(t, filepath.Join(dir, "nb.ipynb"), `{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [
		{"cell_type": "code", "source": "var cut = 7.0\nvar people = []string{\"S1\"}\nvar twice = 2*cut", "metadata": {"tags": ["parameters"]}, "id": "b", "outputs": [], "execution_count": null},
		{"cell_type": "code", "source": "%%\nfmt.Println(cut, twice, people)", "metadata": {}, "id": "d", "outputs": [], "execution_count": null}]}`, 0o644)
	for file, want := range map[string]string{
		write(t, filepath.Join(dir, "p.yaml"), "cut: 5\npeople:\n  - S2\n  - '3'\n", 0o644): "5 10 [S2 3]\n",
		write(t, filepath.Join(dir, "p.json"), `{"people": []}`, 0o644):                     "7 14 []\n",
	} {
		l := Lab{Out: t.Output()}
		params, err := l.ReadParameters(t.Context(), file)
		if err != nil {
			t.Fatal(err)
		}
		l.Parameters = maps.Clone(params)
		done, err := l.Run(t.Context(), []string{path}, filepath.Join(dir, "out"))
		if err != nil {
			t.Fatal(err)
		}
		nb, err := readNotebook(done[0].Executed)
		if err != nil {
			t.Fatal(err)
		}
		last := nb.Cells[len(nb.Cells)-1]
		if len(nb.Cells) != 3 || len(last.Outputs) != 1 || string(last.Outputs[0].Text) != want {
			t.Errorf("%s: got %+v, want %q", filepath.Base(file), nb.Cells, want)
		}
	}
	l := Lab{Out: t.Output(), Parameters: map[string]any{"ct": "5"}}
	var bad *ParameterError
	if _, err := l.Run(t.Context(), []string{path}, filepath.Join(dir, "none")); !errors.As(err, &bad) || exists(filepath.Join(dir, "none")) {
		t.Errorf("a parameter that is not there gave %v", err)
	}
	if _, err := l.ReadParameters(t.Context(), write(t, filepath.Join(dir, "bad.yaml"), "a: [", 0o644)); err == nil || !strings.Contains(err.Error(), "bad.yaml") {
		t.Errorf("YAML that is none gave %v", err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}
