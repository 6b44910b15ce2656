package dataset_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"fusiform/analysis"
	"fusiform/analysis/dataset"
)

// gii is a GIfTI file of one array.
func gii(attributes, data string) []byte {
	return []byte(`<?xml version="1.0" encoding="UTF-8"?><GIFTI Version="1.0" NumberOfDataArrays="1"><DataArray ` + attributes + `><Data>` + data + `</Data></DataArray></GIFTI>`)
}

// attrs are the attributes of an array of four float32, edited.
func attrs(edits ...string) string {
	s := `Intent="NIFTI_INTENT_NONE" DataType="NIFTI_TYPE_FLOAT32" ArrayIndexingOrder="RowMajorOrder" Dimensionality="1" Dim0="4" Encoding="Base64Binary" Endian="LittleEndian"`
	return strings.NewReplacer(edits...).Replace(s)
}

func zeros(n int) string { return base64.StdEncoding.EncodeToString(make([]byte, n)) }

func mghFile(t *testing.T, name string, edit func(b []byte) []byte) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/surface/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return edit(b)
}

func word(at int, v int32) func([]byte) []byte {
	return func(b []byte) []byte { binary.BigEndian.PutUint32(b[at:], uint32(v)); return b }
}

// readAll opens a surface and reads every frame.
func readAll(path string) error {
	s, err := dataset.OpenSurface(path)
	if err != nil {
		return err
	}
	defer s.Close()
	for f := range s.Frames {
		if _, err := s.Frame(f, nil); err != nil {
			return err
		}
	}
	return nil
}

// TestSurfaceFaults: each fault is an error that names the file, the field and
// what to do, and costs no more memory than the file has bytes.
func TestSurfaceFaults(t *testing.T) {
	ok := gii(attrs(), zeros(16))
	bomb := append(packed([]byte("<GIFTI>")), bytes.Repeat(packed(bytes.Repeat([]byte{' '}, 1<<20)), 257)...)
	lol := `<?xml version="1.0"?><!DOCTYPE GIFTI [<!ENTITY a "aaaaaaaaaaaaaaaa">`
	for c := 'b'; c <= 'z'; c++ {
		lol += fmt.Sprintf(`<!ENTITY %c "%s">`, c, strings.Repeat("&"+string(c-1)+";", 16))
	}
	for name, c := range map[string]struct {
		data        []byte
		field, want string
	}{
		"empty":            {nil, "", "breaks off after 0 bytes"},
		"short":            {[]byte("x"), "", "breaks off after 1 bytes"},
		"text":             {bytes.Repeat([]byte("hello\n"), 100), "version", "neither MGH nor GIfTI"},
		"mgh version":      {mghFile(t, "lh.f4.mgh", word(0, 2)), "version", "must be 1"},
		"mgh negative":     {mghFile(t, "lh.f4.mgh", word(4, -7)), "width", "is -7"},
		"mgh frames":       {mghFile(t, "lh.f4.mgh", word(16, -1)), "nframes", "is -1"},
		"mgh zero":         {mghFile(t, "lh.f4.mgh", word(8, 0)), "height", "at least 1"},
		"mgh claims":       {mghFile(t, "lh.f4.mgh", word(4, math.MaxInt32)), "nframes", "but the file has"},
		"mgh 2^60":         {mghFile(t, "lh.f4.mgh", func(b []byte) []byte { return word(4, 1<<30)(word(8, 1<<30)(b)) }), "height", "2⁵⁰"},
		"mgh type":         {mghFile(t, "lh.f4.mgh", word(20, 6)), "type", "mri_convert -odt"},
		"mgh cut":          {mghFile(t, "lh.cut.mgh", func(b []byte) []byte { return b[:len(b)-1] }), "nframes", "incomplete"},
		"mgh header":       {mghFile(t, "lh.f4.mgh", func(b []byte) []byte { return b[:200] }), "", "breaks off after 200"},
		"mgz claims":       {packed(mghFile(t, "lh.f4.mgh", word(4, math.MaxInt32))), "nframes", "can unpack to at most"},
		"mgz cut":          {packed(mghFile(t, "lh.cut.mgh", func(b []byte) []byte { return b[:len(b)-1] })), "", "breaks off after"},
		"mgz gzip cut":     {mghFile(t, "lh.f4.mgz", func(b []byte) []byte { return b[:len(b)-60] }), "", "breaks off"},
		"mgz damaged":      {mghFile(t, "lh.f4.mgz", func(b []byte) []byte { return append(b[:12:12], bytes.Repeat([]byte{0xff}, 90)...) }), "", "breaks off"},
		"gii cut":          {ok[:len(ok)-30], "", "breaks off after"},
		"gii cut in data":  {ok[:len(ok)-50], "", "unexpected EOF"},
		"gii other":        {[]byte(`<?xml version="1.0"?><svg></svg>`), "", "is XML of svg"},
		"gii none":         {[]byte(`<GIFTI></GIFTI>`), "", "no DataArray"},
		"gii nested":       {[]byte("<GIFTI>" + strings.Repeat("<a>", 1<<20)), "", "33 deep"},
		"gii lol":          {[]byte(lol + `]><GIFTI>&z;</GIFTI>`), "", "invalid character entity"},
		"gii latin":        {[]byte(`<?xml version="1.0" encoding="latin1"?><GIFTI></GIFTI>`), "", "save it as UTF-8"},
		"gii blanks":       {packed(bytes.Repeat([]byte{' '}, 1<<20)), "version", "neither"},
		"gii bomb":         {bomb, "", "more than 268435456 bytes"},
		"gii gz cut":       {packed(ok)[:60], "", "breaks off"},
		"gii type":         {gii(attrs("FLOAT32", "COMPLEX64"), zeros(16)), "DataArray 1: DataType", "NIFTI_TYPE_FLOAT32"},
		"gii encoding":     {gii(attrs("Base64Binary", "Base85"), zeros(16)), "DataArray 1: Encoding", "must be ASCII"},
		"gii external":     {gii(attrs("Base64Binary", "ExternalFileBinary")+` ExternalFileName="../../etc/passwd"`, ""), "DataArray 1: Encoding", "not read"},
		"gii endian":       {gii(attrs("LittleEndian", "MiddleEndian"), zeros(16)), "DataArray 1: Endian", "LittleEndian or BigEndian"},
		"gii order":        {gii(attrs("RowMajorOrder", "Random", `"1" `, `"2" Dim1="1" `), zeros(16)), "DataArray 1: ArrayIndexingOrder", "RowMajorOrder"},
		"gii three dims":   {gii(attrs(`Dimensionality="1"`, `Dimensionality="3" Dim1="1" Dim2="1"`), zeros(16)), "DataArray 1: Dimensionality", "1 (vertices) or 2"},
		"gii negative":     {gii(attrs(`"4"`, `"-4"`), zeros(16)), "DataArray 1: Dim0", "from 1"},
		"gii no dim":       {gii(attrs(`Dim0="4"`, ``), zeros(16)), "DataArray 1: Dim0", `is ""`},
		"gii 2^60":         {gii(attrs(`"4"`, `"1152921504606846976"`), zeros(16)), "DataArray 1: Dim0", "more than the 67108864"},
		"gii 2^70":         {gii(attrs(`"4"`, `"1180591620717411303424"`), zeros(16)), "DataArray 1: Dim0", "whole number"},
		"gii product":      {gii(attrs(`"1" Dim0="4"`, `"2" Dim0="65536" Dim1="65536"`), zeros(16)), "DataArray 1: Dim1", "more than the 67108864"},
		"gii dim lies":     {gii(attrs(`"4"`, `"5"`), zeros(16)), "DataArray 1: Data", "too few for 5×1"},
		"gii dim lies 2":   {gii(attrs(`"4"`, `"3"`), zeros(16)), "DataArray 1: Data", "more values"},
		"gii packed lies":  {gii(attrs("Base64Binary", "GZipBase64Binary", `"4"`, `"60000000"`), zeros(16)), "DataArray 1: Data", "too few"},
		"gii not packed":   {gii(attrs("Base64Binary", "GZipBase64Binary"), zeros(16)), "DataArray 1: Data", "value 0 of 4"},
		"gii base64":       {gii(attrs(), strings.Repeat("*", 24)), "DataArray 1: Data", "illegal base64"},
		"gii base64 cut":   {gii(attrs(), zeros(18)[:23]), "DataArray 1: Data", "too few"},
		"gii base64 cut 2": {gii(attrs(`"4"`, `"3"`), zeros(16)[:19]), "DataArray 1: Data", "unexpected EOF"},
		"gii words":        {gii(attrs("Base64Binary", "ASCII"), "1 2 x 4"), "DataArray 1: Data", `"x" is not of type float32`},
		"gii hex":          {gii(attrs("Base64Binary", "ASCII"), "1 2 0x1p4 4"), "DataArray 1: Data", "not of type"},
		"gii few words":    {gii(attrs("Base64Binary", "ASCII"), "1 2 33"), "DataArray 1: Data", "too few"},
		"gii few words 2":  {gii(attrs("Base64Binary", "ASCII"), "1 2     33  "), "DataArray 1: Data", "unexpected EOF"},
		"gii many words":   {gii(attrs("Base64Binary", "ASCII"), "1 2 3 4 5"), "DataArray 1: Data", "more values"},
		"gii long word":    {gii(attrs("Base64Binary", "ASCII"), strings.Repeat("1", 1<<17)), "DataArray 1: Data", "too long"},
		"gii uint8":        {gii(attrs("Base64Binary", "ASCII", "FLOAT32", "UINT8"), "1 2 256 4"), "DataArray 1: Data", "not of type uint8"},
		"gii no data":      {[]byte(`<GIFTI><DataArray ` + attrs() + `/></GIFTI>`), "DataArray 1: Data", "too few"},
		"gii data twice":   {gii(attrs(), zeros(16)+"</Data><Data>"+zeros(16)), "Data", "twice"},
		"gii stray data":   {[]byte(`<GIFTI><Data>1</Data></GIFTI>`), "Data", "outside"},
		"gii cdata":        {gii(attrs(), "<![CDATA["+zeros(16)+"]]>"), "DataArray 1", "CDATA"},
		"gii key":          {[]byte(`<GIFTI><LabelTable><Label Key="x">a</Label></LabelTable></GIFTI>`), "Label", `key "x"`},
		"gii differ":       {[]byte(`<GIFTI><DataArray ` + attrs() + `><Data>` + zeros(16) + `</Data></DataArray><DataArray ` + attrs(`"4"`, `"2"`) + `><Data>` + zeros(8) + `</Data></DataArray></GIFTI>`), "DataArray 2", "has 2 vertices, the first 4"},
		"gii mesh":         {mghFile(t, "lh.mesh.surf.gii", func(b []byte) []byte { return b }), "DataArray 1", "mesh of a surface"},
		"gii sparse":       {gii(attrs("_NONE", "_NODE_INDEX"), zeros(16)), "DataArray 1", "some vertices"},
	} {
		path := filepath.Join(t.TempDir(), "lh.x.gii")
		if err := os.WriteFile(path, c.data, 0o666); err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := readAll(path)
		runtime.ReadMemStats(&after)
		var fault *dataset.FieldError
		if !errors.As(err, &fault) || fault.File != path || fault.Field != c.field || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "dataset: ") {
			t.Errorf("%s: %v", name, err)
		}
		if took, most := after.TotalAlloc-before.TotalAlloc, uint64(32<<20+16*len(c.data)); took > most && name != "gii bomb" {
			t.Errorf("%s: %d bytes are allocated for %d", name, took, len(c.data))
		}
	}
	path := filepath.Join(t.TempDir(), "ok.gii")
	if err := os.WriteFile(path, packed(ok), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := readAll(path); err != nil { // a .gii.gz
		t.Error(err)
	}
}

func TestSurfaceWarnings(t *testing.T) {
	for name, c := range map[string]struct {
		data []byte
		tr   float64
		want string
	}{
		"seconds": {mghFile(t, "lh.f4.mgh", func(b []byte) []byte { return word(len(b)-20, int32(math.Float32bits(2)))(b) }), 0.002, "perhaps seconds"},
		"NaN":     {mghFile(t, "lh.f4.mgh", func(b []byte) []byte { return word(len(b)-20, int32(math.Float32bits(float32(math.NaN()))))(b) }), 0, "there is no TR"},
		"arrays":  {bytes.Replace(gii(attrs(), zeros(16)), []byte(`Arrays="1"`), []byte(`Arrays="7"`), 1), 0, "NumberOfDataArrays is 7"},
		"step":    {bytes.Replace(gii(attrs(), zeros(16)), []byte(`<Data>`), []byte(`<MetaData><MD><Name>TimeStep</Name><Value>nan</Value></MD></MetaData><Data>`), 1), 0, ""},
	} {
		path := filepath.Join(t.TempDir(), "x")
		if err := os.WriteFile(path, c.data, 0o666); err != nil {
			t.Fatal(err)
		}
		s := openSurface(t, path)
		if s.TR != c.tr || (len(s.Warnings) == 1) != (c.want != "") || c.want != "" && !strings.Contains(s.Warnings[0].Error(), c.want) {
			t.Errorf("%s: TR %v, %v", name, s.TR, s.Warnings)
		}
	}
}

// annotFile is an annotation of big-endian words, which texts may stand among.
func annotFile(parts ...any) []byte {
	var b bytes.Buffer
	for _, p := range parts {
		switch p := p.(type) {
		case int:
			_ = binary.Write(&b, binary.BigEndian, int32(p))
		case string:
			_ = binary.Write(&b, binary.BigEndian, int32(len(p)+1))
			b.WriteString(p + "\x00")
		}
	}
	return b.Bytes()
}

func TestParcellationFaults(t *testing.T) {
	label := "#!ascii label\n2\n1 0 0 0 0\n2 0 0 0 0\n"
	for name, c := range map[string]struct {
		file string
		data []byte
		want string
	}{
		"label comment":   {"lh.x.label", []byte("hello\n"), "line 1: must begin"},
		"label count":     {"lh.x.label", []byte(strings.Replace(label, "2\n", "3\n", 1)), "has 2 vertices, but says that it has 3"},
		"label long":      {"lh.x.label", []byte("#" + strings.Repeat("x", 1<<17)), "this is no label"},
		"label negative":  {"lh.x.label", []byte(strings.Replace(label, "2\n", "-2\n", 1)), "line 2"},
		"label 2^60":      {"lh.x.label", []byte(strings.Replace(label, "2\n", "1152921504606846976\n", 1)), "but says"},
		"label beyond":    {"lh.x.label", []byte(strings.Replace(label, "1 0", "9 0", 1)), "line 3: there is no vertex 9"},
		"label volume":    {"lh.x.label", []byte(strings.Replace(label, "1 0", "-1 0", 1)), "label of a volume"},
		"label words":     {"lh.x.label", []byte(strings.Replace(label, "1 0", "1 0 0", 1)), "must be a vertex"},
		"label blank":     {"lh.x.label", []byte("#!ascii label\n \n1 0 0 0 0\n"), "line 2"},
		"label empty":     {"lh.x.label", nil, "has 0 vertices"},
		"annot short":     {"x.annot", []byte{0, 0}, "breaks off"},
		"annot claims":    {"x.annot", annotFile(math.MaxInt32, 0, 1), "incomplete"},
		"annot negative":  {"x.annot", annotFile(-4, 0, 1), "are -4"},
		"annot vertex":    {"x.annot", annotFile(1, 1, 5, 1), "vertex 1 of 1"},
		"annot twice":     {"x.annot", annotFile(2, 0, 5, 0, 5, 1), "stands twice"},
		"annot no table":  {"x.annot", annotFile(1, 0, 5), "is not there"},
		"annot version":   {"x.annot", annotFile(1, 0, 5, 1, -3, 4), "version 3"},
		"annot text":      {"x.annot", annotFile(1, 0, 5, 1, -2, 4, math.MaxInt32), "claims a text"},
		"annot entries":   {"x.annot", annotFile(1, 0, 5, 1, -2, 4, "tab", math.MaxInt32, 0, "a", 5, 0, 0, 0), "breaks off"},
		"annot entries 2": {"x.annot", annotFile(1, 0, 5, 1, math.MaxInt32, "tab", "a", 5, 0, 0, 0), "breaks off"},
		"a map":           {"rh.t.mgz", mghFile(t, "rh.t.mgz", func(b []byte) []byte { return b }), "are no regions, but a map"},
		"frames":          {"x.mgh", mghFile(t, "lh.u1.mgh", func(b []byte) []byte { return b }), "has 3 frames"},
		"NaN":             {"x.gii", gii(attrs("Base64Binary", "ASCII"), "0 1 NaN 2"), "is NaN at vertex 2"},
	} {
		path := filepath.Join(t.TempDir(), c.file)
		if err := os.WriteFile(path, c.data, 0o666); err != nil {
			t.Fatal(err)
		}
		vertices := 7
		if name == "NaN" {
			vertices = 4
		}
		_, err := dataset.ReadParcellation(path, vertices)
		var field *dataset.FieldError
		var line *dataset.ParseError
		if !errors.As(err, &field) && !errors.As(err, &line) || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "dataset: "+path) {
			t.Errorf("%s: %v", name, err)
		}
	}
	path := filepath.Join(t.TempDir(), "lh.x.annot")
	if err := os.WriteFile(path, annotFile(3, 0, 5, 1, 6, 2, 0, 1, -2, 4, "tab", 1, 0, "a", 5, 0, 0, 0), 0o666); err != nil {
		t.Fatal(err)
	}
	p, err := dataset.ReadParcellation(path, 3)
	if err != nil || len(p.Warnings) != 1 || !strings.Contains(p.Warnings[0].Error(), "1 of 3 vertices have keys") {
		t.Error(p, err)
	}
	if _, err := dataset.ReadParcellation(path, 4); err == nil || !strings.Contains(err.Error(), "same mesh") {
		t.Error(err)
	}
}

// TestSurfaceTruncated: what breaks off says so as an unexpected end.
func TestSurfaceTruncated(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lh.x.mgz")
	if err := os.WriteFile(path, mghFile(t, "rh.t.mgz", func(b []byte) []byte { return b[:len(b)-20] }), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := readAll(path); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error(err)
	}
}

// A GIfTI takes little more memory than its largest array, however small it is
// packed, and however many arrays it has; its progress is in bytes.
func TestSurfaceMemory(t *testing.T) {
	array := func(n int) string {
		text := base64.StdEncoding.EncodeToString(packed(make([]byte, n)))
		return "<DataArray " + attrs("FLOAT32", "UINT8", `"4"`, fmt.Sprintf(`"%d"`, n), "Base64Binary", "GZipBase64Binary") + "><Data>" + text + "</Data></DataArray>"
	}
	for name, c := range map[string]struct {
		arrays string
		most   uint64
	}{
		"one of 32 MiB": {array(1 << 22), 100 << 20}, // and what is returned
		"500 of 8 B":    {strings.Repeat(array(1), 500), 200 << 20},
	} {
		path := filepath.Join(t.TempDir(), "lh.func.gii")
		if err := os.WriteFile(path, []byte("<GIFTI>"+c.arrays+"</GIFTI>"), 0o644); err != nil {
			t.Fatal(err)
		}
		if n := allocated(func() {
			if err := readAll(path); err != nil {
				t.Fatal(err)
			}
		}); n > c.most {
			t.Errorf("%s: %d bytes allocated", name, n)
		}
		var done, total int
		ctx := analysis.WithProgress(t.Context(), func(d, all int) { done, total = d, all })
		if _, err := dataset.Inspect(ctx, path); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(path); err != nil || done != total || total != int(info.Size()) {
			t.Errorf("%s: %d of %d, in %v", name, done, total, info)
		}
	}
}
