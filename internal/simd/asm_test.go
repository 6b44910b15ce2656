package simd

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The functions for AVX2 have no instruction and no register of AVX-512, which
// avo allocates if it runs out of others.
func TestAssemblyAVX2(t *testing.T) {
	files, err := filepath.Glob("*_amd64.s")
	if err != nil {
		t.Fatal(err)
	}
	beyond := regexp.MustCompile(`\b([XY](1[6-9]|2\d|3[01])|Z\d+|K[0-7])\b`)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, function := range strings.Split(string(text), "\n// func ") {
			name, _, _ := strings.Cut(function, "(")
			if strings.HasSuffix(name, "AVX2") {
				if strings.Contains(function, "AVX512") { // avo's line "Requires:"
					t.Errorf("%s: %s requires AVX-512", file, name)
				}
				if found := beyond.FindString(function); found != "" {
					t.Errorf("%s: %s uses %s", file, name, found)
				}
			}
		}
	}
}
