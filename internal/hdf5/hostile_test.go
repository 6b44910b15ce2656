package hdf5

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

func small(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/small_" + name + ".h5")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// x reads the dataset x of a file, and says how many bytes that allocated.
func x(t *testing.T, b []byte) (uint64, error) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err := func() error {
		f, err := New(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return err
		}
		o, err := f.Open("x")
		if err != nil {
			return err
		}
		d, err := o.Dataset()
		if err != nil {
			return err
		}
		return d.Scan(context.Background(), make([]int, len(d.Space.Shape)), d.Space.Shape, func(_, _ int, _ []byte) error { return nil })
	}()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc, err
}

// A file that is cut anywhere is refused: the superblock says how long it was.
func TestCut(t *testing.T) {
	names, err := filepath.Glob("testdata/small_*.h5")
	if err != nil || len(names) < 14 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for n := 0; n < len(b); n += 7 {
			if _, err := New(bytes.NewReader(b[:n]), int64(n)); err == nil {
				t.Errorf("%s: its first %d of %d bytes are accepted", name, n, len(b))
			}
		}
	}
}

// A byte that differs in a structure with a checksum is noticed.
func TestChecksumsCompared(t *testing.T) {
	found := map[string]int{}
	for _, name := range []string{"small_gzip_latest", "small_grows_latest", "small_tree_latest", "small_links_latest", "paged", "many"} {
		b, err := os.ReadFile("testdata/" + name + ".h5")
		if err != nil {
			t.Fatal(err)
		}
		for _, letters := range []string{"OHDR", "OCHK", "FRHP", "FHDB", "FHIB", "BTHD", "BTIN", "BTLF", "FAHD", "FADB", "EAHD", "EAIB", "EASB", "EADB"} {
			at := bytes.Index(b, []byte(letters))
			if at < 0 {
				continue
			}
			found[letters]++
			bad := slices.Clone(b)
			bad[at+18] ^= 0x10
			f, err := New(bytes.NewReader(bad), int64(len(bad)))
			if err == nil {
				err = crawl(t, f)
			}
			if err == nil {
				t.Errorf("%s: another byte in %s is not noticed", name, letters)
			}
		}
		bad := slices.Clone(b)
		bad[21] ^= 1 // in the superblock
		if _, err := New(bytes.NewReader(bad), int64(len(bad))); err == nil || !strings.Contains(err.Error(), "the checksum of its superblock differs") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(found) < 13 {
		t.Errorf("only %v", found)
	}
}

// TestHostile changes what files claim; none of it allocates.
func TestHostile(t *testing.T) {
	shape := func(b []byte, rows, columns uint64) []byte {
		was := binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, 4), 5)
		is := binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, rows), columns)
		if !bytes.Contains(b, was) {
			t.Fatal("no 4×5")
		}
		return bytes.ReplaceAll(b, was, is)
	}
	plain, packed, links := small(t, "plain_earliest"), small(t, "gzip_earliest"), small(t, "links_earliest")
	// The chunks' B-tree: its level, its number of entries, its first address.
	tree := bytes.LastIndex(packed, []byte("TREE\x01"))
	key := 8 + 8*3
	child := tree + 8 + 16 + key
	chunk := int(binary.LittleEndian.Uint64(packed[child:]))
	chunkSize := int(binary.LittleEndian.Uint32(packed[tree+24:]))
	edited := func(b []byte, at int, with ...byte) []byte {
		out := slices.Clone(b)
		copy(out[at:], with)
		return out
	}
	dims := bytes.Index(packed, []byte{2, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0})
	if tree < 0 || dims < 0 || chunk <= 0 || chunk+chunkSize > len(packed) {
		t.Fatal(tree, dims, chunk, chunkSize)
	}
	names := bytes.LastIndex(links, []byte("TREE\x00"))
	overlap := slices.Clone(packed)
	for k := range 6 {
		entry := tree + 24 + k*(key+8)
		binary.LittleEndian.PutUint64(overlap[entry+key:], 96)
		binary.LittleEndian.PutUint32(overlap[entry:], 1500)
	}
	for name, c := range map[string]struct {
		b    []byte
		want string
	}{
		"2^60 values":             {shape(plain, 1<<30, 1<<30), "damaged: it claims [1073741824 1073741824] values of 2 bytes"},
		"2^124 values":            {shape(plain, 1<<62, 1<<62), "damaged: it claims more than 2^62 values"},
		"a negative axis":         {shape(plain, 1<<63, 5), "damaged: an axis of 9223372036854775808"},
		"2^60 in chunks":          {shape(packed, 1<<30, 1<<30), "claims 1152921504606846976 values, of which the file holds at most 24; up to 16777216 that were never written"},
		"values behind the end":   {edited(plain, bytes.Index(plain, binary.LittleEndian.AppendUint64(nil, 40))-8, 0, 0, 0, 1), "damaged: 40 bytes at 16777216"},
		"a tree in itself":        {edited(edited(packed, tree+5, 1), child, binary.LittleEndian.AppendUint64(nil, uint64(tree))...), "where one of level 0 should be"},
		"a chunk twice":           {edited(packed, child+8+8, packed[tree+24+8:tree+24+24]...), "stands twice"},
		"chunks that overlap":     {overlap, "damaged: its chunks overlap"},
		"65535 chunks":            {edited(packed, tree+6, 255, 255), "bytes at"},
		"a chunk behind the end":  {edited(packed, child, 0, 0, 0, 0, 1), "and the file ends at"},
		"a chunk out of step":     {edited(packed, tree+24+8, 1), "a chunk that begins at 1, where 2 is the length"},
		"chunks of 2^60":          {edited(packed, dims, 255, 255, 255, 255, 255, 255, 255, 127), "damaged: chunks"},
		"chunks of 2^29":          {edited(packed, dims, 0, 64, 0, 0, 0, 64), "where 16384 is the length"},
		"chunks of 0":             {edited(packed, dims, 0), "damaged: chunks"},
		"its checksum":            {edited(packed, chunk+3, packed[chunk+3]^1), "the checksum of the chunk at"},
		"a group's tree cut":      {edited(links, names+6, 255, 255), "bytes at"},
		"a group's tree in a row": {edited(edited(links, names+5, 1), names+32, binary.LittleEndian.AppendUint64(nil, uint64(names))...), "where one of level 0 should be"},
		"no root":                 {edited(plain, 1024+64, 255, 255, 255, 255, 255, 255, 255, 255), "it has no root group"},
		"addresses of 3 bytes":    {edited(plain, 1024+13, 3), "addresses of 3"},
		"version 9":               {edited(plain, 1024+8, 9), "a superblock of version 9 is not read"},
		"a root elsewhere":        {edited(plain, 1024+64, 7), "no object's header at"},
	} {
		b := c.b
		if strings.HasPrefix(name, "a group") { // x is not in that group: crawl
			f, err := New(bytes.NewReader(b), int64(len(b)))
			if err == nil {
				err = crawl(t, f)
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		n, err := x(t, b)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if n > 1<<20 {
			t.Errorf("%s: %d bytes allocated", name, n)
		}
	}
}

// Any byte may differ: nothing panics, and nothing takes much.
func TestAnyByte(t *testing.T) {
	names, err := filepath.Glob("testdata/small_*.h5")
	if err != nil {
		t.Fatal(err)
	}
	for k, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for at := k; at < len(b); at += 29 {
			for _, v := range []byte{0, 1, 0x7f, 0xff} {
				was := b[at]
				b[at] = v
				f := &File{r: bytes.NewReader(b), size: int64(len(b)), unsummed: true}
				if base, ok := UserBlock(f.r, f.size); ok {
					f.base, f.size = base, f.size-base
					if f.superblock(int64(len(b))) == nil {
						_ = crawl(t, f)
					}
				}
				b[at] = was
			}
		}
	}
}

// A chunk that becomes more than its header says stops there.
func TestBombs(t *testing.T) {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	if _, err := z.Write(make([]byte, 8<<20)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	bomb := b.Bytes()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := (&unpacker{}).inflate(nil, bomb, 4096)
	runtime.ReadMemStats(&after)
	if err == nil || !strings.Contains(err.Error(), "more than 4096 bytes come of it") || after.TotalAlloc-before.TotalAlloc > 1<<20 {
		t.Error(err, after.TotalAlloc-before.TotalAlloc)
	}
	if _, err := (&unpacker{}).inflate(nil, bomb[:30], 1<<29); err == nil || !strings.Contains(err.Error(), "30 bytes cannot become 536870912") {
		t.Error(err)
	}
	if out, err := (&unpacker{}).inflate(nil, bomb, 8<<20); err != nil || len(out) != 8<<20 {
		t.Error(len(out), err)
	}
	if _, err := (&unpacker{}).inflate(nil, bomb[:len(bomb)-9], 8<<20); err == nil {
		t.Error("a stream without its end is accepted")
	}
	if g := (&Dataset{filters: []filter{{id: lzf}, {id: deflate}, {id: deflate}}}).gain(); g != 1032 {
		t.Errorf("one byte that was packed thrice becomes %d", g)
	}
	if f := (filter{id: 33333, name: "\x1b[2J"}).String(); f != `33333 ("\x1b[2J")` {
		t.Error(f)
	}
	for name, c := range map[string]struct{ src, want string }{
		"copies from before": {"\x00a\x20\x05", "it copies from 6 bytes back, after 1"},
		"cut":                {"\x05ab", "it ends early"},
		"cut in a copy":      {"\x00a\xe0", "it ends early"},
		"long":               {"\x00a\xe0\xff\x00\xe0\xff\x00", "becomes more than 300 bytes"},
	} {
		if _, err := unLZF(nil, []byte(c.src), 300); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if out, err := unLZF(nil, []byte("\x01ab\x20\x01"), 300); err != nil || string(out) != "ababa" {
		t.Errorf("%q, %v", out, err)
	}
}
