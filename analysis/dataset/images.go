package dataset

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"fusiform/analysis"
)

// Images reads a folder of images as stimuli. Each is called by the name of
// the folder and its path in it, with forward slashes:
// "floc/adult/adult-001.jpg".
//
// Where the folder holds an index.csv, its rows decide, in their order: the
// column file is a path within the folder, category must not be empty,
// subcategory may be there, other columns are left alone. Otherwise every
// subfolder is a category, read in the order of names; if the subfolders are
// the ten of fLoc (with or without scrambled), the category is fLoc's domain
// (face, body, scene, object, character) and the subcategory is the subfolder.
// Hidden files are left out.
//
// Images are PNG, JPEG, GIF, BMP, TIFF or WebP. Their heads are read now, so
// that a file that is no image, or of more than 100 megapixels, is an error now
// and not in the middle of a run; the pixels are decoded when they are asked
// for, by Go's decoders:
//
//   - Go's JPEG decoder differs from libjpeg by less than a grey level on
//     average; PNG is exact. CMYK becomes RGB without a colour profile.
//   - 16-bit images keep their 16 bits; networks see the upper eight. (Pillow's
//     convert("RGB") turns 16-bit grey above 255 white.)
//   - Transparency is kept; networks see it on white. (Pillow's convert("RGB"),
//     hence torchvision's ImageFolder, shows what colour lies below it.)
//   - Of an animation, GIF or WebP, the first frame is shown.
//   - An EXIF orientation is not applied, as Pillow, torchvision and timm do not.
//
// ReadImages says which images the last two concern. The Digest of a stimulus
// is the SHA-256 of its file.
//
// It fails if there are no images, on a file in a category's folder that is
// no image, on two rows for one file, on a file that is missing, and on a
// path or a link that leaves the folder; faults of the index are *ParseError.
func Images(dir string) (analysis.Stimuli, error) {
	f, err := ReadImages(dir)
	if err != nil {
		return analysis.Stimuli{}, err
	}
	return f.Stimuli, nil
}

// An ImageFolder is a folder of images that was read.
type ImageFolder struct {
	Stimuli analysis.Stimuli

	// Warnings say which images may not be shown as people saw them: those
	// of which one frame is shown, and those that EXIF would turn.
	Warnings []error
}

// ReadImages is Images with what a reader should know of them.
func ReadImages(dir string) (*ImageFolder, error) {
	var d imageDoubts
	s, err := readImages(dir, &d)
	if err != nil {
		return nil, err
	}
	return &ImageFolder{Stimuli: s, Warnings: d.warnings()}, nil
}

// imageDoubts are the images of a folder that may not be shown as people saw
// them.
type imageDoubts struct{ moving, turned []string }

func (d *imageDoubts) note(rel string, h imageHead) {
	if h.moves {
		d.moving = append(d.moving, rel)
	}
	if h.turned {
		d.turned = append(d.turned, rel)
	}
}

func (d *imageDoubts) warnings() (w []error) {
	if n := len(d.moving); n > 0 {
		w = append(w, fmt.Errorf("dataset: %d animated: only the first frame is shown (%s)", n, analysis.Few(d.moving, 5)))
	}
	if n := len(d.turned); n > 0 {
		w = append(w, fmt.Errorf("dataset: %d with an EXIF orientation, which is not applied, as Pillow and torchvision do not: networks see them turned or mirrored; save them upright if people saw them so (%s)",
			n, analysis.Few(d.turned, 5)))
	}
	return w
}

func readImages(dir string, doubts *imageDoubts) (analysis.Stimuli, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return analysis.Stimuli{}, fmt.Errorf("dataset: %w", err)
	}
	root, err := os.OpenRoot(abs)
	if err != nil {
		return analysis.Stimuli{}, fmt.Errorf("dataset: folder of images: %w", err)
	}
	defer root.Close()
	f := folder{path: abs, root: root, doubts: doubts}
	items, err := f.indexed()
	if errors.Is(err, errNoIndex) {
		items, err = f.subfolders()
	}
	if err != nil {
		return analysis.Stimuli{}, err
	}
	s, err := analysis.NewStimuli(items)
	if err != nil {
		return analysis.Stimuli{}, fmt.Errorf("dataset: %s: %w", abs, err)
	}
	return s, nil
}

// A folder is a folder of images that is being read.
type folder struct {
	path   string       // absolute
	root   *os.Root     // open while reading; no path leaves it
	doubts *imageDoubts // what was seen on the way
}

const indexFile = "index.csv"

// indexed reads the images that index.csv lists.
func (f folder) indexed() ([]analysis.Stimulus, error) {
	file := filepath.Join(f.path, indexFile)
	if _, err := f.root.Lstat(indexFile); errors.Is(err, fs.ErrNotExist) {
		return nil, errNoIndex
	}
	r, err := openRegular(f.root, indexFile, maxTable)
	if err != nil {
		return nil, fmt.Errorf("dataset: %s: %w", file, err)
	}
	defer r.Close()
	t, err := newTable(file, r)
	if err != nil {
		return nil, err
	}
	rows, err := readIndex(t)
	if err != nil {
		return nil, err
	}
	items := make([]analysis.Stimulus, len(rows))
	for i, row := range rows {
		if items[i], err = f.stimulus(row.file, row.category, row.subcategory); err != nil {
			return nil, &ParseError{File: file, Line: row.line, Column: row.column + 1, Name: "file", Err: err}
		}
	}
	return items, nil
}

var errNoIndex = errors.New("no index.csv")

// An indexRow is one row of an index.csv.
type indexRow struct {
	line, column                int
	file, category, subcategory string
}

// readIndex reads an index.csv without looking at the files.
func readIndex(t *table) ([]indexRow, error) {
	cols, err := t.need("file", "category")
	if err != nil {
		return nil, err
	}
	file, category := cols[0], cols[1]
	subcategory, hasSubcategory := t.column["subcategory"]
	var rows []indexRow
	lines := map[string]int{}
	for err := range t.rows() {
		if err != nil {
			return nil, err
		}
		row := indexRow{line: t.line(), column: file}
		if row.file, err = t.word(file); err != nil {
			return nil, err
		}
		row.file = path.Clean(row.file)
		if !filepath.IsLocal(row.file) || row.file == "." {
			return nil, t.fail(file, fmt.Errorf("%q is not a path within the folder", row.file))
		}
		if first, dup := lines[row.file]; dup {
			return nil, t.fail(file, fmt.Errorf("%q stands in line %d already", row.file, first))
		}
		lines[row.file] = row.line
		if row.category, err = t.word(category); err != nil {
			return nil, err
		}
		if hasSubcategory {
			if row.subcategory, err = t.text(subcategory); err != nil {
				return nil, err
			}
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		return nil, &ParseError{File: t.file, Err: errors.New("lists no images")}
	}
	return rows, nil
}

// expected says how a folder of images looks.
const expected = "expected a subfolder for each category, with its images (" + extensions + "), or an index.csv with the columns file and category"

// subfolders reads a folder whose subfolders are categories.
func (f folder) subfolders() ([]analysis.Stimulus, error) {
	names, loose, err := f.list(".")
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(loose, isImageName); i >= 0 {
		return nil, fmt.Errorf("dataset: %s lies beside the categories of %s: %s", loose[i], f.path, expected)
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("dataset: %s holds no images: %s", f.path, expected)
	}
	floc := isFLoc(names)
	var items []analysis.Stimulus
	for _, name := range names {
		category, subcategory := name, ""
		if floc {
			category, subcategory = flocDomain[name], name
		}
		deeper, files, err := f.list(name)
		if err != nil {
			return nil, err
		}
		if len(deeper) > 0 {
			return nil, fmt.Errorf("dataset: %s holds the folder %q; a category's folder holds images only, anything deeper needs an index.csv", filepath.Join(f.path, name), deeper[0])
		}
		if len(files) == 0 {
			return nil, fmt.Errorf("dataset: category folder %s holds no images: %s", filepath.Join(f.path, name), expected)
		}
		for _, file := range files {
			it, err := f.stimulus(name+"/"+file, category, subcategory)
			if err != nil {
				return nil, fmt.Errorf("dataset: %w", err)
			}
			items = append(items, it)
		}
	}
	return items, nil
}

// list returns the folders and the files of a folder, sorted, without hidden
// ones and the litter of file managers. Links are followed within the root.
func (f folder) list(name string) (folders, files []string, err error) {
	entries, err := fs.ReadDir(f.root.FS(), name)
	if err != nil {
		return nil, nil, fmt.Errorf("dataset: %s: %w", f.path, err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") || strings.EqualFold(e.Name(), "Thumbs.db") || strings.EqualFold(e.Name(), "desktop.ini") {
			continue
		}
		info, err := f.root.Stat(filepath.Join(name, e.Name()))
		switch {
		case err != nil:
			return nil, nil, fmt.Errorf("dataset: %s: %w; a link must stay within the folder", f.path, err)
		case info.IsDir():
			folders = append(folders, e.Name())
		default:
			files = append(files, e.Name())
		}
	}
	return folders, files, nil
}
