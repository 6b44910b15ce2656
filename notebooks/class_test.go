package notebooks_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A class that predicts is told, and shown the figures; one that does not is told
// nothing (runs has that case).
func TestClassPredicts(t *testing.T) {
	data, err := os.ReadFile("class-1-what-a-localizer-finds.ipynb")
	if err != nil {
		t.Fatal(err)
	}
	filled := regexp.MustCompile(`(const prediction\d = )\\"\\"`).ReplaceAllString(string(data), `$1\"1\"`)
	filled = strings.NewReplacer(`[]string{\"face\"}, // whom?`, `[]string{\"scene\"},`, `[]string{\"scene\"},`, `[]string{\"body\"},`).Replace(filled)
	path := filepath.Join(t.TempDir(), "class-1.ipynb")
	if err := os.WriteFile(path, []byte(filled), 0o644); err != nil {
		t.Fatal(err)
	}
	e, nb := execute(t, path)
	figures(t, e, nb, 2)
	says(t, nb, []string{
		"you predicted 1, found 39. What did you expect", "you predicted 1, found 0.", "you predicted 1, found 1.098. Close",
		"you predicted 1, found 0.9159. Close", "✓ units for scenes over bodies",
	})
}
