package kernel

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode"
)

//go:embed new.ipynb
var newNotebook string

// NewNotebook writes a notebook to begin with: parameters, a localizer on the
// network that comes with Fusiform, and a figure. It runs as it is. A path
// without extension gets .ipynb, and the title is the name of the file. It
// fails if there is such a file. It returns the path of the notebook.
func NewNotebook(path string) (string, error) {
	switch ext := filepath.Ext(path); ext {
	case ".ipynb":
	case "":
		path += ".ipynb"
	default:
		return "", fmt.Errorf("kernel: %s: a notebook's name ends in .ipynb", path)
	}
	title, err := json.Marshal("# " + titleOf(path) + "\n")
	if err != nil {
		return "", fmt.Errorf("kernel: %w", err)
	}
	text := strings.Replace(newNotebook, `"# TITLE\n"`, string(title), 1)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("kernel: there is a %s: choose another name, or remove it", path)
	}
	if err != nil {
		return "", fmt.Errorf("kernel: %w", err)
	}
	_, err = f.WriteString(text)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return "", fmt.Errorf("kernel: %w", err)
	}
	return path, nil
}

// titleOf makes a title of a file's name: "Face units" of 02-face_units.ipynb.
func titleOf(path string) string {
	name := strings.TrimSuffix(filepath.Base(path), ".ipynb")
	words := strings.FieldsFunc(name, func(r rune) bool { return r == '-' || r == '_' || unicode.IsSpace(r) })
	if len(words) > 1 && strings.Trim(words[0], "0123456789") == "" {
		words = words[1:]
	}
	title := strings.Join(words, " ")
	if title == "" {
		return name
	}
	first := []rune(title)
	first[0] = unicode.ToUpper(first[0])
	// What has a meaning in Markdown has none in a title.
	return strings.NewReplacer("<", "\\<", "*", "\\*", "`", "\\`", "[", "\\[").Replace(string(first))
}
