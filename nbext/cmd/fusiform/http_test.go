package main

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fusiform/nbext/catalog"
)

// partSize makes several parts of weights.
const partSize = 64_000

// Against a server of parts, and one of a data set, that fail in every way,
// each file is whole and verified, or absent.
func TestFetchPartsFromTheWeb(t *testing.T) {
	wrong := bytes.Clone(weights)
	for i := range wrong {
		wrong[i] ^= 1
	}
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, weights, 0o600); err != nil {
		t.Fatal(err)
	}
	give := func(b []byte, tag string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("ETag", tag)
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(b))
		}
	}
	good := give(weights, `"1"`)
	other := httptest.NewServer(good)
	defer other.Close()
	// after serves the first n requests by one, the others by another.
	after := func(n int64, first, then http.HandlerFunc) func() http.HandlerFunc {
		return func() http.HandlerFunc {
			var asked atomic.Int64
			return func(w http.ResponseWriter, r *http.Request) {
				if asked.Add(1) <= n {
					first(w, r)
				} else {
					then(w, r)
				}
			}
		}
	}
	// ranged answers requests for parts by a function of from and to.
	ranged := func(answer func(w http.ResponseWriter, from, to int)) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			var from, to int
			if n, _ := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-%d", &from, &to); n != 2 {
				good(w, r)
				return
			}
			answer(w, from, to+1)
		}
	}
	partial := func(w http.ResponseWriter, from, to, size int, b []byte) {
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, to-1, size))
		w.WriteHeader(http.StatusPartialContent)
		w.Write(b)
	}
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { http.Error(w, "no", code) }
	}
	redirectTo := func(url string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", url)
			w.WriteHeader(http.StatusFound)
		}
	}
	stall := func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}
	all := len(weights)
	for _, c := range []struct {
		name  string
		serve http.HandlerFunc
		made  func() http.HandlerFunc // in place of serve, for each test
		err   string                  // where it is the only address; empty: the file comes
	}{
		{name: "good", serve: good},
		{name: "404", serve: status(404), err: "answers 404"},
		{name: "404 after some parts", made: after(3, good, status(404)), err: "answers 404"},
		{name: "500", serve: status(500), err: "answers 500 Internal Server Error (tried 4 times)"},
		{name: "500 at times", made: after(3, status(500), good)},
		{name: "503 with Retry-After", made: after(1, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", "1")
			status(503)(w, r)
		}, good)},
		{name: "503 with Retry-After tomorrow", serve: func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", time.Now().Add(24*time.Hour).UTC().Format(http.TimeFormat))
			status(503)(w, r)
		}, err: "answers 503 Service Unavailable, and asks to come back in 2"},
		{name: "stalls", serve: stall, err: "has fallen silent"},
		{name: "stalls after some parts", made: after(3, good, stall), err: "has fallen silent"},
		{name: "truncates", serve: ranged(func(w http.ResponseWriter, from, to int) {
			if to-from < 10_000 {
				partial(w, from, to, all, weights[from:to])
				return
			}
			w.Header().Set("Content-Length", fmt.Sprint(to-from))
			partial(w, from, to, all, weights[from:(from+to)/2])
			panic(http.ErrAbortHandler)
		})},
		{name: "wrong bytes", serve: give(wrong, `"w"`), err: "gives another file"},
		{name: "wrong bytes in parts alone", serve: ranged(func(w http.ResponseWriter, from, to int) { partial(w, from, to, all, wrong[from:to]) })},
		{name: "more than promised", serve: ranged(func(w http.ResponseWriter, from, to int) {
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, to-1, all))
			w.WriteHeader(http.StatusPartialContent)
			w.(http.Flusher).Flush() // chunks: no length
			w.Write(weights[from:to])
			w.Write([]byte("and more"))
		})},
		{name: "ranges ignored", serve: func(w http.ResponseWriter, r *http.Request) { w.Write(weights) }},
		{name: "ranges refused", serve: ranged(func(w http.ResponseWriter, from, to int) { w.WriteHeader(http.StatusRequestedRangeNotSatisfiable) })},
		{name: "another range", serve: ranged(func(w http.ResponseWriter, from, to int) { partial(w, from+1, to+1, all+1, weights[from:to]) })},
		{name: "a shorter range", serve: ranged(func(w http.ResponseWriter, from, to int) { partial(w, from, to-1, all, weights[from:to-1]) })},
		{name: "a range to the end", serve: ranged(func(w http.ResponseWriter, from, to int) { partial(w, from, all, all, weights[from:]) })},
		{name: "a range of another file", serve: ranged(func(w http.ResponseWriter, from, to int) { partial(w, from, to, all+5, weights[from:to]) }), err: "has 640005 bytes, expected 640000"},
		{name: "several ranges", serve: ranged(func(w http.ResponseWriter, from, to int) {
			w.Header().Set("Content-Type", "multipart/byteranges; boundary=x")
			w.WriteHeader(http.StatusPartialContent)
			w.Write(weights[from:to])
		})},
		{name: "the size changes", made: after(3, good, give(weights[:all-1], `"1"`)), err: "has 639999 bytes, expected 640000"},
		{name: "the ETag changes", made: after(3, good, give(weights, `"2"`))},
		{name: "the ETag changes with the bytes", made: after(3, give(wrong, `"w"`), good)},
		{name: "redirect on the host", serve: func(w http.ResponseWriter, r *http.Request) {
			if !strings.HasSuffix(r.URL.Path, "/there") {
				http.Redirect(w, r, r.URL.Path+"/there", http.StatusFound)
				return
			}
			good(w, r)
		}},
		{name: "redirect to another host over http", serve: redirectTo(other.URL), err: "redirects to another host"},
		{name: "redirect to a file", serve: redirectTo("file://" + secret), err: "redirects to file:, which is not the web"},
		{name: "redirect without end", serve: redirectTo("/x"), err: "redirects more than 5 times"},
		{name: "redirect with a password", serve: redirectTo("https://me:secret@127.0.0.1/x"), err: "with a name or a password"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.made != nil {
				c.serve = c.made()
			}
			server := httptest.NewServer(c.serve)
			defer server.Close()
			defer server.CloseClientConnections()
			get := newWeb()
			defer get.client.CloseIdleConnections()
			f := catalog.Fetcher{Get: get, PartSize: partSize, Stall: 150 * time.Millisecond, Pause: time.Microsecond}
			for _, mirror := range []string{"", other.URL} {
				dir := t.TempDir()
				t.Setenv("FUSIFORM_DATA", dir)
				row := catalog.DataRow{Name: "set", Folder: "set", Files: []catalog.File{
					{Path: "a/large.bin", Size: int64(all), SHA256: sha(weights), URLs: []string{server.URL + "/large"}},
					{Path: "empty", SHA256: sha(nil)},
				}}
				if mirror != "" {
					row.Files[0].URLs = append(row.Files[0].URLs, mirror)
				}
				_, err := f.Data(t.Context(), row)
				if (err == nil) != (c.err == "" || mirror != "") || err != nil && (!strings.Contains(err.Error(), c.err) || !strings.Contains(err.Error(), server.URL) || strings.Contains(err.Error(), "secret@")) {
					t.Errorf("mirror %q: %v, want %s", mirror, err, c.err)
				}
				report, rerr := row.Verify(t.Context())
				if rerr != nil || len(report.Different) > 0 || err == nil && len(report.Whole) != 2 {
					t.Errorf("mirror %q: %v, %v", mirror, report, rerr)
				}
				filepath.WalkDir(dir, func(path string, d os.DirEntry, _ error) error {
					if name := d.Name(); !d.IsDir() && name != "large.bin" && name != "empty" && (err == nil || !strings.HasPrefix(name, ".large.bin.")) {
						t.Errorf("mirror %q: %s is left", mirror, path)
					}
					return nil
				})
			}
		})
	}
}

// What an address is (it may hold a key), and what stands in it, is told to
// nobody that it redirects to.
func TestFetchForwardsNothing(t *testing.T) {
	var seen []string
	var mu sync.Mutex
	tls := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		for k, v := range r.Header {
			seen = append(seen, fmt.Sprint(k, v))
		}
		mu.Unlock()
		whole(w, r)
	}))
	defer tls.Close()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "secret", Value: "cookie"})
		http.Redirect(w, r, tls.URL+"/x", http.StatusFound)
	}))
	defer server.Close()
	t.Setenv("FUSIFORM_DATA", t.TempDir())
	get := newWeb()
	get.client.Transport.(*http.Transport).TLSClientConfig = tls.Client().Transport.(*http.Transport).TLSClientConfig
	row := catalog.ModelRow{Name: "net", File: "models/net.onnx", SHA256: sha(weights), Size: int64(len(weights)), URLs: []string{server.URL + "/net.onnx?key=secret"}}
	if _, err := (catalog.Fetcher{Get: get, PartSize: partSize}).Model(t.Context(), row); err != nil {
		t.Fatal(err)
	}
	for _, h := range seen {
		if strings.Contains(h, "secret") || strings.HasPrefix(h, "Referer") || strings.HasPrefix(h, "Authorization") || strings.HasPrefix(h, "Cookie") {
			t.Errorf("the other host was told %s", h)
		}
	}
	if len(seen) == 0 {
		t.Error("nobody was asked")
	}
}

func TestContentRange(t *testing.T) {
	for _, c := range []struct {
		s                 string
		length            int64
		first, last, size int64
		ok                bool
	}{
		{"bytes 5-9/10", 5, 5, 9, 10, true}, {"bytes 5-9/10", -1, 5, 9, 10, true}, {"bytes 5-9/*", 5, 5, 9, -1, true}, {"bytes 5-8/10", 4, 5, 8, 10, true},
		{"bytes 5-8/10", 5, 0, 0, 0, false}, {"bytes 5-9/10", 6, 0, 0, 0, false}, {"5-9/10", 5, 0, 0, 0, false}, {"bytes */10", 5, 0, 0, 0, false},
		{"bytes 9-5/6", -1, 0, 0, 0, false}, {"bytes -5-9/10", -1, 0, 0, 0, false}, {"bytes 5-9", -1, 0, 0, 0, false}, {"bytes 5-9/9", -1, 0, 0, 0, false},
		{"bytes 5-99999999999999999999/10", -1, 0, 0, 0, false},
	} {
		if first, last, size, ok := contentRange(c.s, c.length); first != c.first || last != c.last || size != c.size || ok != c.ok {
			t.Errorf("%q, %d: %d, %d, %d, %v", c.s, c.length, first, last, size, ok)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	for s, want := range map[string]time.Duration{"": 0, "120": 2 * time.Minute, "-1": 0, "soon": 0, "99999999999999999999": 0, "Fri, 31 Dec 1999 23:59:59 GMT": 0} {
		if got := retryAfter(s); got != want {
			t.Errorf("%q: %v", s, got)
		}
	}
	in := time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)
	if got := retryAfter(in); got < 59*time.Minute || got > time.Hour {
		t.Errorf("%q: %v", in, got)
	}
}

// stormRow is a data set of a large file, small ones, and an archive of some.
func stormRow(url string) (row catalog.DataRow, files map[string][]byte) {
	files = map[string][]byte{}
	row = catalog.DataRow{Name: "storm", Folder: "brain/storm", What: "its files"}
	file := func(path string, data []byte) catalog.File {
		return catalog.File{Path: path, Size: int64(len(data)), SHA256: sha(data)}
	}
	add := func(path string, data []byte) {
		f := file(path, data)
		f.URLs = []string{url + "/a/" + path, url + "/b/" + path}
		row.Files = append(row.Files, f)
		files[path] = data
	}
	random := rand.NewChaCha8([32]byte{8})
	bytesOf := func(n int) []byte {
		b := make([]byte, n)
		random.Read(b)
		return b
	}
	add("large.bin", bytesOf(3_000_000))
	for i := range 8 {
		add(fmt.Sprintf("sub-%d/small.bin", i), bytesOf(20_000+i))
	}
	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	for i := range 12 {
		data := bytesOf(100_000)
		path := fmt.Sprintf("in/%02d.bin", i)
		row.Files = append(row.Files, file(path, data))
		w, err := z.Create("top/" + path)
		if err != nil {
			panic(err)
		}
		w.Write(data)
	}
	z.Close()
	a := file("in.zip", archive.Bytes())
	a.URLs = []string{url + "/a/in.zip"}
	row.Archives = []catalog.Archive{{File: a, Strip: 1}}
	files["in.zip"] = archive.Bytes()
	return row, files
}

// Processes that are killed at any moment, two at a time, leave whole files or
// none, and the last one fetches little again.
func TestFetchKilled(t *testing.T) {
	if url := os.Getenv("FUSIFORM_TEST_STORM"); url != "" {
		row, _ := stormRow(url)
		if _, err := (catalog.Fetcher{Get: newWeb(), PartSize: partSize, Pause: time.Millisecond}).Data(t.Context(), row); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	dir := t.TempDir()
	t.Setenv("FUSIFORM_DATA", dir)
	var sent, asked atomic.Int64
	_, files := stormRow("") // for the server; with its addresses below
	first := make(chan struct{}, 1000)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		select {
		case first <- struct{}{}:
		default:
		}
		_, path, _ := strings.Cut(r.URL.Path[1:], "/")
		http.ServeContent(&slow{w, &sent}, r, "", time.Time{}, bytes.NewReader(files[path]))
	}))
	defer server.Close()
	row, _ := stormRow(server.URL)
	t.Setenv("FUSIFORM_TEST_STORM", server.URL)
	begin := func() (*exec.Cmd, *bytes.Buffer) {
		c := exec.Command(os.Args[0], "-test.run=^TestFetchKilled$")
		var out bytes.Buffer
		c.Stdout, c.Stderr = &out, &out
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		return c, &out
	}
	check := func() catalog.Report {
		t.Helper()
		report, err := row.Verify(t.Context())
		if err != nil || len(report.Different) > 0 {
			t.Fatalf("%v, %v", report, err)
		}
		return report
	}
	kills := 0
	for range 4 {
		for len(first) > 0 {
			<-first
		}
		a, _ := begin()
		b, _ := begin()
		select {
		case <-first:
		case <-time.After(10 * time.Second):
		}
		time.Sleep(time.Duration(5+rand.IntN(60)) * time.Millisecond)
		for _, c := range []*exec.Cmd{a, b} {
			c.Process.Kill()
			var exit *exec.ExitError
			if err := c.Wait(); errors.As(err, &exit) && exit.ExitCode() == -1 {
				kills++
			} else if err != nil {
				t.Error(err)
			}
		}
		if r := check(); len(r.Absent) == 0 {
			break
		}
	}
	a, outA := begin()
	b, outB := begin()
	if err := errors.Join(a.Wait(), b.Wait()); err != nil {
		t.Fatal(err, outA, outB)
	}
	if r := check(); len(r.Whole) != len(row.Files) {
		t.Error(r)
	}
	filepath.WalkDir(dir, func(path string, d os.DirEntry, _ error) error {
		if strings.HasPrefix(d.Name(), ".") || d.Name() == "in.zip" {
			t.Error(path, "is left")
		}
		return nil
	})
	var want int64
	for _, b := range files {
		want += int64(len(b))
	}
	t.Logf("%d processes were killed; %d bytes of %d were sent in %d requests", kills, sent.Load(), want, asked.Load())
	// A connection that is cut may have sent what did not reach the disk.
	if slack := int64(kills+1) * 4 * 2 * partSize; sent.Load() > want+slack {
		t.Errorf("%d bytes were sent, want hardly more than %d", sent.Load(), want)
	}
}

// A slow server sends 16 kB every two milliseconds.
type slow struct {
	http.ResponseWriter
	sent *atomic.Int64
}

func (s *slow) Write(b []byte) (n int, err error) {
	for len(b) > 0 && err == nil {
		piece := b[:min(len(b), 16_000)]
		var m int
		m, err = s.ResponseWriter.Write(piece)
		s.ResponseWriter.(http.Flusher).Flush()
		n, b = n+m, b[m:]
		s.sent.Add(int64(m))
		time.Sleep(2 * time.Millisecond)
	}
	return n, err
}
