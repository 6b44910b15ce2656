package catalog

import (
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
)

// localFile holds a user's own networks, in DataDir.
const localFile = "networks.json"

const maxInputSide = 1 << 13

// LocalModels lists the networks that a user or a lab adds to the catalog, in
// the file networks.json of DataDir; none if there is no such file. A row is
//
//	{"networks": [
//	  {"name": "our_vgg", "file": "models/our_vgg.onnx",
//	   "sha256": "9f86…0a08", "size": 553437328,
//	   "urls": ["https://example.org/our_vgg.onnx"],
//	   "input": {"width": 224, "height": 224, "channels": 3,
//	             "mean": [123.675, 116.28, 103.53], "std": [58.395, 57.12, 57.375]},
//	   "layers": ["features.30"], "about": "VGG-16 trained on …",
//	   "cite": "…", "source": "…", "license": "…"}
//	]}
//
// and may have "bgr" and "nhwc" (Input). The name is of lower-case letters,
// digits, dots, hyphens and underscores; the file is an .onnx file below
// DataDir; size and urls belong together, for `fusiform fetch`. A row with the
// name of a network of this program has name and urls alone: it says where
// that network can be fetched.
//
// A file with a fault adds nothing, and the error says in which line it is.
// The file is data: nothing in it is run.
func LocalModels() ([]ModelRow, error) {
	l, err := readLocal()
	return l.rows, err
}

// local is what a networks.json adds.
type local struct {
	rows    []ModelRow
	mirrors map[string][]string // further addresses of this program's networks
}

func readLocal() (local, error) {
	l, add := newLocal()
	if err := readList(localFile, "networks", add); err != nil {
		return local{}, err
	}
	return *l, nil
}

// parseLocal reads a networks.json. Its errors begin with the line.
func parseLocal(data []byte) (local, error) {
	l, add := newLocal()
	if err := parseList(data, "networks", add); err != nil {
		return local{}, err
	}
	return *l, nil
}

// newLocal returns a local and what adds a row to it.
func newLocal() (*local, func(localRow) error) {
	l := &local{mirrors: map[string][]string{}}
	taken := map[string]string{} // name, file or SHA-256: whose
	for _, r := range models {
		taken[r.Name], taken[r.File], taken[r.SHA256] = r.Name, r.Name, r.Name
	}
	return l, func(r localRow) error { return r.add(l, taken) }
}

// A localRow is a row of networks.json.
type localRow struct {
	Name    string      `json:"name"`
	File    string      `json:"file"`
	SHA256  string      `json:"sha256"`
	Size    int64       `json:"size"`
	URLs    []string    `json:"urls"`
	Input   *localInput `json:"input"`
	Layers  []string    `json:"layers"`
	About   string      `json:"about"`
	Cite    string      `json:"cite"`
	Source  string      `json:"source"`
	License string      `json:"license"`
}

type localInput struct {
	Name     string    `json:"name"`
	Width    int       `json:"width"`
	Height   int       `json:"height"`
	Channels int       `json:"channels"`
	Mean     []float32 `json:"mean"`
	Std      []float32 `json:"std"`
	BGR      bool      `json:"bgr"`
	NHWC     bool      `json:"nhwc"`
}

var localName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)

// add checks a row and adds it.
func (r localRow) add(l *local, taken map[string]string) error {
	if !localName.MatchString(r.Name) {
		return fmt.Errorf("the name %q is not of 1 to 64 lower-case letters, digits, dots, hyphens and underscores", r.Name)
	}
	fail := func(format string, args ...any) error {
		return fmt.Errorf("network %q: %w", r.Name, fmt.Errorf(format, args...))
	}
	if err := checkURLs(r.URLs); err != nil {
		return fail("%w", err)
	}
	for _, m := range models {
		if m.Name != r.Name {
			continue
		}
		if r.File != "" || r.SHA256 != "" || r.Size != 0 || r.Input != nil || r.Layers != nil || r.About+r.Cite+r.Source+r.License != "" {
			return fail("is one of this program's: give name and urls alone to say where it can be fetched, or another name")
		}
		if m.File == "" || len(r.URLs) == 0 || l.mirrors[r.Name] != nil {
			return fail("adds nothing: it is part of this program, has no urls, or stood above already")
		}
		l.mirrors[r.Name] = r.URLs
		return nil
	}
	if err := checkText(maxText, append([]string{r.About, r.Cite, r.Source, r.License, r.File}, append(r.Layers, r.URLs...)...)...); err != nil {
		return fail("%w", err)
	}
	if err := checkPath(r.File); err != nil {
		return fail("%w", err)
	}
	sha := strings.ToLower(r.SHA256)
	if b, err := hex.DecodeString(sha); err != nil || len(b) != 32 {
		return fail("sha256 %q is not 64 hexadecimal digits", r.SHA256)
	}
	switch {
	case !strings.EqualFold(filepath.Ext(r.File), ".onnx"):
		return fail("file %q does not end in .onnx", r.File)
	case taken[r.Name] != "":
		return fail("stands twice")
	case taken[r.File] != "":
		return fail("file %q is that of %q", r.File, taken[r.File])
	case taken[sha] != "":
		return fail("sha256 is that of %q", taken[sha])
	case r.Size < 0 || r.Size > maxFetch || r.Size == 0 && len(r.URLs) > 0:
		return fail("size is %d; give the file's bytes, which fetching needs to know", r.Size)
	case r.Input == nil:
		return fail("has no input: width, height, channels, mean and std decide what the network sees")
	case r.License == "" || r.Cite == "":
		return fail("needs license and cite; \"unknown\" is an answer")
	}
	in, err := r.Input.check()
	if err != nil {
		return fail("input: %w", err)
	}
	taken[r.Name], taken[r.File], taken[sha] = r.Name, r.Name, r.Name
	l.rows = append(l.rows, ModelRow{Name: r.Name, File: r.File, SHA256: sha, Size: r.Size, Input: in, Layers: r.Layers,
		About: r.About, Cite: r.Cite, Source: r.Source, License: r.License, URLs: r.URLs})
	return nil
}

func (i localInput) check() (Input, error) {
	in := Input(i)
	switch {
	case in.Width < 1 || in.Height < 1 || in.Width > maxInputSide || in.Height > maxInputSide:
		return in, fmt.Errorf("%d×%d is no size of images (1 to %d)", in.Width, in.Height, maxInputSide)
	case in.Channels != 1 && in.Channels != 3:
		return in, fmt.Errorf("there are %d channels; images have 1 (grey) or 3 (colour)", in.Channels)
	case len(in.Mean) != in.Channels || len(in.Std) != in.Channels:
		return in, fmt.Errorf("mean has %d and std %d values for %d channels", len(in.Mean), len(in.Std), in.Channels)
	}
	for _, s := range in.Std {
		if s == 0 {
			return in, errors.New("std is 0")
		}
	}
	return in, nil
}
