package catalog

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"fusiform/analysis"
)

// body is the file that is fetched: longer than a few reads.
var body = func() []byte {
	b := make([]byte, 700_000)
	for i := range b {
		b[i] = byte(i * i >> 7)
	}
	return b
}()

func hexSum(b []byte) string { s := sha256.Sum256(b); return hex.EncodeToString(s[:]) }

// servers answers for addresses, and notes from which byte it was asked.
type servers struct {
	mu    sync.Mutex
	get   map[string]func(ctx context.Context, from int64) (Source, error)
	asked []string
}

func (s *servers) Get(ctx context.Context, url string, from, to int64) (Source, error) {
	s.mu.Lock()
	s.asked = append(s.asked, fmt.Sprintf("%s@%d", url[len("https://"):], from))
	f := s.get[url]
	s.mu.Unlock()
	return f(ctx, from)
}

func source(b []byte, from int64) Source {
	return Source{From: from, To: int64(len(b)), Size: int64(len(b)), Body: io.NopCloser(bytes.NewReader(b[from:]))}
}

func good(_ context.Context, from int64) (Source, error) { return source(body, from), nil }

// cut sends n bytes and breaks off.
func cut(b []byte, n int64) func(context.Context, int64) (Source, error) {
	return func(_ context.Context, from int64) (Source, error) {
		s := source(b, from)
		s.Body = io.NopCloser(io.MultiReader(bytes.NewReader(b[from:min(from+n, int64(len(b)))]), failing{}))
		return s, nil
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// stuck never sends what it promised.
func stuck(ctx context.Context, from int64) (Source, error) {
	s := source(body, from)
	s.Body = io.NopCloser(readFunc(func([]byte) (int, error) { <-ctx.Done(); return 0, ctx.Err() }))
	return s, nil
}

var row = ModelRow{Name: "net", File: "models/net.onnx", SHA256: hexSum(body), Size: int64(len(body)), URLs: []string{"https://a/", "https://b/"}}

// left lists the files below a folder.
func left(t *testing.T, dir string) (names []string) {
	t.Helper()
	filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, path)
			names = append(names, filepath.ToSlash(rel))
		}
		return nil
	})
	return names
}

// Whatever the servers do, the file is whole and verified, or absent.
func TestFetch(t *testing.T) {
	wrong := bytes.Clone(body)
	wrong[100] ^= 1
	part := ".net.onnx." + row.SHA256[:12] + ".part"
	refused := func(context.Context, int64) (Source, error) {
		return Source{}, fmt.Errorf("answers 404: %w", ErrRefused)
	}
	type get = func(context.Context, int64) (Source, error)
	var calls int
	for _, c := range []struct {
		name  string
		a, b  get
		part  []byte // from an earlier call
		asked string
		err   string // part of it; empty: the file is there
		left  string // a part that the next call goes on from
	}{
		{name: "whole", a: good, asked: "a/@0"},
		{name: "the second address", a: refused, b: good, asked: "a/@0 b/@0"},
		{name: "nobody", a: refused, b: refused, asked: "a/@0 b/@0", err: "https://a/ answers 404"},
		{name: "passing faults", a: func(ctx context.Context, from int64) (Source, error) {
			if calls++; calls < 4 {
				return Source{}, errors.New("answers 500")
			}
			return good(ctx, from)
		}, asked: "a/@0 a/@0 a/@0 a/@0"},
		{name: "lasting faults", a: func(context.Context, int64) (Source, error) { return Source{}, errors.New("answers 500") }, b: good,
			asked: "a/@0 a/@0 a/@0 a/@0 b/@0"},
		{name: "cut and gone on", a: cut(body, 200_000), asked: "a/@0 a/@200000 a/@400000 a/@600000"},
		{name: "cut too often", a: cut(body, 50_000), b: refused, asked: "a/@0 a/@50000 a/@100000 a/@150000 b/@200000",
			err: "broke off after 200000 of 700000 bytes", left: "models/" + part},
		{name: "cut, then the other", a: cut(body, 100_000), b: good, asked: "a/@0 a/@100000 a/@200000 a/@300000 b/@400000"},
		{name: "ends early", a: func(_ context.Context, from int64) (Source, error) {
			s := source(body[:300_000], from)
			s.Size = -1
			return s, nil
		}, b: good, asked: "a/@0 a/@300000 a/@300000 a/@300000 b/@300000"},
		{name: "gone on from an earlier call", a: good, part: body[:123_456], asked: "a/@123456"},
		{name: "all there from an earlier call", a: good, part: body, asked: ""},
		{name: "an earlier part of another file", a: good, part: wrong[:123_456], asked: "a/@123456 a/@0"},
		{name: "an earlier part that is too long", a: good, part: append(bytes.Clone(body), 1), asked: "a/@0"},
		{name: "the part cannot be had alone", a: func(context.Context, int64) (Source, error) { return source(body, 0), nil }, part: body[:5000], asked: "a/@5000"},
		{name: "another part than asked", a: func(_ context.Context, from int64) (Source, error) { return source(body, from+7), nil }, b: good, part: body[:5000], asked: "a/@5000 b/@5000"},
		{name: "wrong bytes", a: func(_ context.Context, from int64) (Source, error) { return source(wrong, from), nil }, b: good, asked: "a/@0 b/@0"},
		{name: "wrong bytes everywhere", a: func(_ context.Context, from int64) (Source, error) { return source(wrong, from), nil },
			b: func(_ context.Context, from int64) (Source, error) { return source(wrong, from), nil }, asked: "a/@0 b/@0", err: "gives another file: its SHA-256 is " + hexSum(wrong)},
		{name: "wrong bytes in pieces", a: cut(wrong, 400_000), b: good, asked: "a/@0 a/@400000 b/@0"},
		{name: "wrong size", a: func(_ context.Context, from int64) (Source, error) { return source(body[:10], 0), nil }, b: good, asked: "a/@0 b/@0"},
		{name: "longer than promised", a: func(_ context.Context, from int64) (Source, error) {
			s := source(append(bytes.Clone(body), body...), from)
			s.Size = -1
			return s, nil
		}, b: refused, asked: "a/@0 b/@0", err: "sends more than the 700000 bytes expected"},
		{name: "endless", a: func(context.Context, int64) (Source, error) {
			return Source{Size: -1, Body: io.NopCloser(readFunc(func(b []byte) (int, error) { return len(b), nil }))}, nil
		}, b: good, asked: "a/@0 b/@0"},
		{name: "silent", a: stuck, b: good, asked: "a/@0 a/@0 a/@0 a/@0 b/@0"},
		{name: "silent before it begins", a: func(ctx context.Context, _ int64) (Source, error) { <-ctx.Done(); return Source{}, ctx.Err() }, b: refused,
			asked: "a/@0 a/@0 a/@0 a/@0 b/@0", err: "has fallen silent for 20ms"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			t.Setenv("FUSIFORM_DATA", dir)
			if c.part != nil {
				os.MkdirAll(filepath.Join(dir, "models"), 0o777)
				if err := os.WriteFile(filepath.Join(dir, "models", part), c.part, 0o666); err != nil {
					t.Fatal(err)
				}
			}
			calls = 0
			s := &servers{get: map[string]func(context.Context, int64) (Source, error){"https://a/": c.a, "https://b/": c.b}}
			f := Fetcher{Get: s, Stall: 20 * time.Millisecond, Pause: time.Microsecond}
			path, err := f.Model(t.Context(), row)
			if got := strings.Join(s.asked, " "); got != c.asked {
				t.Errorf("asked %s\nwant  %s", got, c.asked)
			}
			want := "models/net.onnx"
			if c.err != "" {
				want = c.left
				if err == nil || !strings.Contains(err.Error(), c.err) || !strings.HasPrefix(err.Error(), "catalog: fetching net: ") {
					t.Errorf("got %v, want %s", err, c.err)
				}
			} else if got, rerr := os.ReadFile(filepath.Join(dir, "models", "net.onnx")); err != nil || rerr != nil || !bytes.Equal(got, body) || path != filepath.Join(dir, "models", "net.onnx") {
				t.Errorf("%s, %v, %v", path, err, rerr)
			}
			if got := strings.Join(left(t, dir), " "); got != want {
				t.Errorf("in the folder: %s\nwant: %s", got, want)
			}
		})
	}
}

// A file that is there is checked, and never written to.
func TestFetchWhatIsThere(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("FUSIFORM_DATA", dir)
	path := filepath.Join(dir, "models", "net.onnx")
	os.MkdirAll(filepath.Dir(path), 0o777)
	f := Fetcher{Get: &servers{}} // asking it would panic
	for content, want := range map[string]string{
		string(body):                   "",
		"mine":                         "has 4 bytes, net has 700000: it is another file or a part of one; move it away",
		strings.Repeat("x", len(body)): "is not net: its SHA-256 is ",
	} {
		if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
		for _, urls := range [][]string{row.URLs, nil} {
			r := row
			r.URLs = urls
			_, err := f.Model(t.Context(), r)
			if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("%.9s: %v, want %q", content, err, want)
			}
		}
		if got, _ := os.ReadFile(path); string(got) != content {
			t.Error("the file was changed")
		}
	}
	os.Remove(path)
	r := row
	r.URLs = nil
	var m *MissingError
	if _, err := f.Model(t.Context(), r); !errors.As(err, &m) || m.Fetch || strings.Contains(err.Error(), "fusiform fetch") {
		t.Error(err)
	}
	if _, err := row.Path(); !errors.As(err, &m) || !m.Fetch || !strings.Contains(err.Error(), ", or fetch it: fusiform fetch net") {
		t.Error(err)
	}
	if _, err := f.Model(t.Context(), drawnet); err == nil || !strings.Contains(err.Error(), "nothing to fetch") {
		t.Error(err)
	}
}

// No path leaves the folder, and no row makes the fetcher write what it
// should not.
func TestFetchStaysInTheFolder(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	t.Setenv("FUSIFORM_DATA", dir)
	f := Fetcher{Get: &servers{get: map[string]func(context.Context, int64) (Source, error){"https://a/": good}}}
	for _, file := range []string{"../x.onnx", "/x.onnx", "models/../../x.onnx", "models/./x.onnx", "a//b.onnx", ".", "..", "models/.x.onnx", ".x/y.onnx",
		`..\x.onnx`, `C:\x.onnx`, "C:/x.onnx", "models/a\nb.onnx", "a\x00b"} {
		r := row
		r.File = file
		if _, err := f.Model(t.Context(), r); err == nil {
			t.Errorf("%q was fetched", file)
		}
	}
	for _, change := range []func(*ModelRow){
		func(r *ModelRow) { r.SHA256 = "" }, func(r *ModelRow) { r.SHA256 = r.SHA256[:62] }, func(r *ModelRow) { r.Size = 0 }, func(r *ModelRow) { r.Size = -1 },
		func(r *ModelRow) { r.Size = 1 << 50 }, func(r *ModelRow) { r.URLs = []string{"file:///etc/passwd"} }, func(r *ModelRow) { r.URLs = []string{"https://"} },
		func(r *ModelRow) { r.URLs = []string{"ftp://a/b"} }, func(r *ModelRow) { r.URLs = []string{"a/b"} }, func(r *ModelRow) { r.URLs = []string{"https://me:secret@a/"} },
	} {
		r := row
		change(&r)
		if _, err := f.Model(t.Context(), r); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%+v: %v", r, err)
		}
	}
	if got := left(t, dir); got != nil {
		t.Error(got)
	}
	if runtime.GOOS == "windows" {
		return // links need a privilege there
	}
	if err := os.Symlink(outside, filepath.Join(dir, "models")); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Model(t.Context(), row); err == nil || !strings.Contains(err.Error(), "set FUSIFORM_DATA to the folder that it leads to") {
		t.Error(err)
	}
	part := ".net.onnx." + row.SHA256[:12] + ".part"
	os.Remove(filepath.Join(dir, "models"))
	os.Mkdir(filepath.Join(dir, "models"), 0o777)
	if err := os.Symlink(filepath.Join(outside, "x"), filepath.Join(dir, "models", part)); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Model(t.Context(), row); err == nil {
		t.Error("a link was written through")
	}
	if got := left(t, outside); got != nil {
		t.Errorf("written outside: %s", got)
	}
	// What lies outside by a link of the user's is used in place.
	if err := os.WriteFile(filepath.Join(outside, "own"), body, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(outside, "own"), filepath.Join(dir, "models", "net.onnx")); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Model(t.Context(), row); err != nil {
		t.Error(err)
	}
}

// A full disk is an error that loses nothing: what came is kept, and the next
// call goes on from it.
func TestFetchOnAFullDisk(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("FUSIFORM_DATA", dir)
	s := &servers{get: map[string]func(context.Context, int64) (Source, error){"https://a/": good}}
	f := Fetcher{Get: s}
	it := item{name: row.Name, rel: row.File, sha256: row.SHA256, size: row.Size, urls: row.URLs}
	c := f.crew(t.Context(), it.size)
	p, err := c.claim(t.Context(), it)
	if err != nil {
		t.Fatal(err)
	}
	p.write = func(b []byte, off int64) (int, error) {
		if room := 300_000 - off; int64(len(b)) > room {
			n, _ := p.file.WriteAt(b[:room], off)
			return n, syscall.ENOSPC
		}
		return p.file.WriteAt(b, off)
	}
	err = c.fill(t.Context(), p, it)
	p.close()
	if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "300000 of 700000 bytes are kept: make room for 400000 more and call again") {
		t.Error(err)
	}
	if _, err := f.Model(t.Context(), row); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(s.asked, " "); got != "a/@0 a/@300000" {
		t.Error(got)
	}
}

// The context ends a fetch at once, and the next goes on.
func TestFetchInterrupted(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("FUSIFORM_DATA", dir)
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("enough")
	s := &servers{get: map[string]func(context.Context, int64) (Source, error){"https://a/": func(ctx context.Context, from int64) (Source, error) {
		src := source(body, from)
		src.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body[:1000]), readFunc(func([]byte) (int, error) {
			cancel(stop)
			<-ctx.Done()
			return 0, ctx.Err()
		})))
		return src, nil
	}}}
	begun := time.Now()
	_, err := Fetcher{Get: s}.Model(ctx, row)
	if !errors.Is(err, stop) || !strings.Contains(err.Error(), "stopped after 1000 of 700000 bytes") || time.Since(begun) > time.Second {
		t.Error(err, time.Since(begun))
	}
	s.get["https://a/"] = good
	var progress []int
	ctx = analysis.WithProgress(t.Context(), func(done, total int) {
		if total != len(body) {
			t.Error(total)
		}
		progress = append(progress, done)
	})
	if _, err := (Fetcher{Get: s}).Model(ctx, row); err != nil || progress[0] != 1000 || progress[len(progress)-1] != len(body) {
		t.Error(err, progress)
	}
}

// Of many at once, one fetches, whether they are goroutines or processes: the
// lock is of the file that each opened.
func TestFetchManyAtOnce(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("FUSIFORM_DATA", dir)
	s := &servers{get: map[string]func(context.Context, int64) (Source, error){"https://a/": func(ctx context.Context, from int64) (Source, error) {
		time.Sleep(20 * time.Millisecond)
		return good(ctx, from)
	}}}
	var wg sync.WaitGroup
	for range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			if _, err := (Fetcher{Get: s}).Model(t.Context(), row); err != nil {
				t.Error(err)
			}
		}()
	}
	wg.Wait()
	if got := strings.Join(s.asked, " "); got != "a/@0" {
		t.Errorf("asked %s, want once", got)
	}
	if got := strings.Join(left(t, dir), " "); got != "models/net.onnx" {
		t.Error(got)
	}
}

// Waiting for another process ends with the context.
func TestFetchWaits(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("FUSIFORM_DATA", dir)
	it := item{name: row.Name, rel: row.File, sha256: row.SHA256, size: row.Size, urls: row.URLs}
	p, err := Fetcher{}.crew(t.Context(), it.size).claim(t.Context(), it)
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := (Fetcher{Notify: func(s string) { told = append(told, s) }}).Model(ctx, row); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	if len(told) != 1 || told[0] != "another process is fetching net; waiting for it" {
		t.Error(told)
	}
	p.close()
	if got := left(t, dir); got != nil {
		t.Error(got)
	}
}

// A lock on a file that has lost its name to another is none.
func TestPartThatIsNotCurrent(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("FUSIFORM_DATA", dir)
	it := item{name: row.Name, rel: row.File, sha256: row.SHA256, size: row.Size, urls: row.URLs}
	p, err := Fetcher{}.crew(t.Context(), it.size).claim(t.Context(), it)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	path := filepath.Join(dir, filepath.FromSlash(p.rel))
	if ok, err := p.current(); !ok || err != nil {
		t.Error(ok, err)
	}
	if err := os.Rename(path, path+".old"); err != nil {
		t.Skip(err) // Windows
	}
	if ok, err := p.current(); ok || err != nil {
		t.Error(ok, err)
	}
	if err := os.WriteFile(path, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if ok, err := p.current(); ok || err != nil {
		t.Error(ok, err)
	}
}
