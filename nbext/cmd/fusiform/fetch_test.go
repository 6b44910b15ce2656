package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
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

// weights is the file that servers give.
var weights = bytes.Repeat([]byte("0123456789abcdef"), 40_000)

func sha(b []byte) string { s := sha256.Sum256(b); return hex.EncodeToString(s[:]) }

// whole serves the file as a good server does, ranges and all.
func whole(w http.ResponseWriter, r *http.Request) {
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(weights))
}

// half breaks the connection after half of what it promised, if that is much.
func half(w http.ResponseWriter, r *http.Request) {
	from := 0
	fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &from)
	rest := weights[from:]
	if from > 0 {
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(weights)-1, len(weights)))
	}
	w.Header().Set("Content-Length", fmt.Sprint(len(rest)))
	if from > 0 {
		w.WriteHeader(http.StatusPartialContent)
	}
	if len(rest) > 100_000 {
		w.Write(rest[:len(rest)/2])
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	w.Write(rest)
}

// Against a server that fails in every way, the file is whole and verified, or
// absent.
func TestFetchFromTheWeb(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, weights, 0o600); err != nil {
		t.Fatal(err)
	}
	other := httptest.NewServer(http.HandlerFunc(whole))
	defer other.Close()
	tls := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/down" {
			http.Redirect(w, r, other.URL, http.StatusFound)
			return
		}
		whole(w, r)
	}))
	defer tls.Close()
	wrong := bytes.Clone(weights)
	wrong[len(wrong)-1] ^= 1
	give := func(b []byte) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(b))
		}
	}
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { http.Error(w, "no", code) }
	}
	// partly answers a request for a part with that Content-Range.
	partly := func(contentRange string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Range") == "" {
				whole(w, r)
				return
			}
			w.Header().Set("Content-Range", contentRange)
			w.WriteHeader(http.StatusPartialContent)
			w.Write(weights[1000:])
		}
	}
	redirectTo := func(url string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", url)
			w.WriteHeader(http.StatusFound)
		}
	}
	done := make(chan struct{}) // lets go of handlers that stall
	defer close(done)
	for _, c := range []struct {
		name   string
		serve  http.HandlerFunc
		resume bool   // 1000 bytes are there from an earlier call
		err    string // empty: the file comes
	}{
		{"good", whole, false, ""},
		{"good, gone on", whole, true, ""},
		{"404", status(404), false, "answers 404 Not Found: refused"},
		{"403", status(403), true, "answers 403 Forbidden"},
		{"500", status(500), false, "answers 500 Internal Server Error (tried 4 times)"},
		{"429", status(429), false, "answers 429"},
		{"204", status(204), false, "answers 204"},
		{"stalls before it answers", func(w http.ResponseWriter, r *http.Request) { <-done }, false, "fallen silent"},
		{"stalls in the middle", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", fmt.Sprint(len(weights)))
			w.Write(weights[:5000])
			w.(http.Flusher).Flush()
			select {
			case <-done:
			case <-r.Context().Done():
			}
		}, false, "fallen silent"},
		{"truncates, but can go on", half, false, ""},
		{"truncates, promises nothing", func(w http.ResponseWriter, r *http.Request) {
			w.(http.Flusher).Flush()
			w.Write(weights[:5000])
		}, false, "ended after 5000 of 640000 bytes"},
		{"wrong bytes", give(wrong), false, "gives another file"},
		{"wrong bytes, gone on", give(wrong), true, "gives another file"},
		{"shorter", give(weights[:600_000]), false, "has 600000 bytes, expected 640000"},
		{"longer", give(append(bytes.Clone(weights), 1)), false, "has 640001 bytes"},
		{"longer than promised", func(w http.ResponseWriter, r *http.Request) {
			w.(http.Flusher).Flush()
			w.Write(weights)
			w.Write(weights)
		}, false, "sends more than the 640000 bytes"},
		{"a page to log in", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "<html>Log in") }, false, "bytes, expected 640000"},
		{"compressed", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.Write(weights)
		}, false, `encoded as "gzip"`},
		{"range ignored", func(w http.ResponseWriter, r *http.Request) { w.Write(weights) }, true, ""},
		{"range refused", func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Range") != "" {
				status(416)(w, r)
				return
			}
			whole(w, r)
		}, true, ""},
		{"no Content-Range", partly(""), true, ""},
		{"nonsense Content-Range", partly("bytes 1000-/"), true, ""},
		{"another range", partly("bytes 5-639999/640000"), true, ""},
		{"a shorter range", partly("bytes 1000-1999/640000"), true, ""},
		{"a range of another file", partly("bytes 1000-639999/640001"), true, ""},
		{"a range that lies about its bytes", func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Range") == "" {
				whole(w, r)
				return
			}
			w.Header().Set("Content-Range", "bytes 1000-639999/640000")
			w.WriteHeader(http.StatusPartialContent)
			w.Write(weights[999:639999])
		}, true, ""},
		{"a part nobody asked for", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Range", "bytes 0-639999/640000")
			w.WriteHeader(http.StatusPartialContent)
			w.Write(weights)
		}, false, "answers 206"},
		{"redirect on the host", func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/net.onnx" {
				http.Redirect(w, r, "/elsewhere", http.StatusFound)
				return
			}
			whole(w, r)
		}, true, ""},
		{"redirect to another host over https", redirectTo(tls.URL), false, ""},
		{"redirect to another host over http", redirectTo(other.URL), false, "redirects to another host"},
		{"redirect from https to http", redirectTo(tls.URL + "/down"), false, "redirects from https to http"},
		{"redirect to a file", redirectTo("file://" + secret), false, "redirects to file:, which is not the web"},
		{"redirect without end", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/x", http.StatusFound) }, false, "redirects more than 5 times"},
		{"redirect to nowhere", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusFound) }, false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := httptest.NewServer(c.serve)
			defer server.CloseClientConnections()
			dir := t.TempDir()
			t.Setenv("FUSIFORM_DATA", dir)
			row := catalog.ModelRow{Name: "net", File: "models/net.onnx", SHA256: sha(weights), Size: int64(len(weights)), URLs: []string{server.URL + "/net.onnx"}}
			part := filepath.Join(dir, "models", ".net.onnx."+row.SHA256[:12]+".part")
			if c.resume {
				os.MkdirAll(filepath.Dir(part), 0o777)
				if err := os.WriteFile(part, weights[:1000], 0o666); err != nil {
					t.Fatal(err)
				}
			}
			get := newWeb()
			get.client.Transport.(*http.Transport).TLSClientConfig = tls.Client().Transport.(*http.Transport).TLSClientConfig
			f := catalog.Fetcher{Get: get, Stall: 150 * time.Millisecond, Pause: time.Microsecond}
			path, err := f.Model(t.Context(), row)
			got, rerr := os.ReadFile(filepath.Join(dir, "models", "net.onnx"))
			if c.name == "redirect to nowhere" {
				if err == nil || rerr == nil {
					t.Error(err, rerr)
				}
				return
			}
			if c.err == "" {
				if err != nil || rerr != nil || !bytes.Equal(got, weights) || path != filepath.Join(dir, "models", "net.onnx") {
					t.Error(path, err, rerr)
				}
				if _, err := os.Stat(part); err == nil {
					t.Error("the part is left")
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.err) || !strings.Contains(err.Error(), server.URL) || !os.IsNotExist(rerr) {
				t.Errorf("%v\nwant %s; the file: %v", err, c.err, rerr)
			}
		})
	}
}

// lab writes a networks.json with one network at an address.
func labRow(t *testing.T, dir, url string) {
	t.Helper()
	text := fmt.Sprintf(`{"networks": [{"name": "net", "file": "models/net.onnx", "sha256": %q, "size": %d, "urls": [%q],
 "input": {"width": 8, "height": 8, "channels": 1, "mean": [0], "std": [255]}, "about": "a test", "cite": "Us (2026)", "license": "CC0"}]}`, sha(weights), len(weights), url)
	if err := os.WriteFile(filepath.Join(dir, "networks.json"), []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestFetchCommand(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(whole))
	defer server.Close()
	dir := t.TempDir()
	t.Setenv("FUSIFORM_DATA", dir)
	labRow(t, dir, server.URL)
	for _, c := range []struct {
		args           string
		status         int
		stdout, stderr string
	}{
		{"fetch", 2, "", "which network or data set?"},
		{"fetch -list x", 2, "", "-list takes no names"},
		{"fetch -list", 0, "net                  can be fetched, 0.6 MB [CC0]", ""},
		{"fetch -list", 0, "mobilenet_v2         not here; google-coral/test_data [Apache-2.0]", ""},
		{"fetch nett", 1, "", "nearest: net"},
		{"fetch net nett", 1, "", "nearest: net"},
		{"fetch floc", 1, "", "floc is not on this machine: put the fLoc images"},
		{"fetch drawn", 1, "", "drawn is drawn by this program"},
		{"fetch drawnet", 1, "", "nothing to fetch"},
		{"fetch mobilenet_v2", 1, "  cite: Sandler", "source: google-coral/test_data"},
		{"fetch net", 0, "  licence: CC0\n  cite: Us (2026)\n  size: 0.6 MB\n  is whole (SHA-256 " + sha(weights) + ") at " + filepath.Join(dir, "models", "net.onnx"), ""},
		{"fetch net", 0, "is whole", ""},
		{"fetch -list", 0, "net                  here: " + filepath.Join(dir, "models", "net.onnx"), ""},
	} {
		var stdout, stderr bytes.Buffer
		got := start(t.Context(), strings.Fields(c.args), &stdout, &stderr)
		if got != c.status || !strings.Contains(stdout.String(), c.stdout) || !strings.Contains(stderr.String(), c.stderr) {
			t.Errorf("fusiform %s: status %d, want %d\nstdout: %s\nstderr: %s", c.args, got, c.status, &stdout, &stderr)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "networks.json"), []byte("{\n{"), 0o666); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	if got := start(t.Context(), []string{"fetch", "-list"}, &stdout, &stderr); got != 1 || !strings.Contains(stderr.String(), "networks.json: line 2") || !strings.Contains(stdout.String(), "mobilenet_v2") {
		t.Errorf("%d, %s", got, &stderr)
	}
}

// child runs `fusiform fetch net` in a process of its own.
func child(t *testing.T, dir string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	c := exec.Command(os.Args[0], "-test.run=^TestFetchProcesses$")
	c.Env = append(os.Environ(), "FUSIFORM_TEST_FETCH=1", "FUSIFORM_DATA="+dir)
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	return c, &out
}

// Two processes at once bring the file once; one that is killed leaves a part,
// which the next goes on from.
func TestFetchProcesses(t *testing.T) {
	if os.Getenv("FUSIFORM_TEST_FETCH") != "" {
		os.Exit(start(t.Context(), []string{"fetch", "net"}, os.Stdout, os.Stderr))
	}
	dir := t.TempDir()
	var mu sync.Mutex
	var ranges []string
	var slow atomic.Bool
	sent := make(chan struct{}, 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		ranges = append(ranges, r.Header.Get("Range"))
		mu.Unlock()
		if !slow.Load() {
			time.Sleep(200 * time.Millisecond)
			whole(w, r)
			return
		}
		w.Header().Set("Content-Length", fmt.Sprint(len(weights)))
		w.Write(weights[:300_000])
		w.(http.Flusher).Flush()
		sent <- struct{}{}
		<-r.Context().Done()
	}))
	defer server.Close()
	labRow(t, dir, server.URL)
	file := filepath.Join(dir, "models", "net.onnx")

	var wg sync.WaitGroup
	for range 3 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			c, out := child(t, dir)
			if err := c.Run(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		}()
	}
	wg.Wait()
	if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, weights) {
		t.Fatal("not whole", err)
	}
	mu.Lock()
	if len(ranges) != 1 {
		t.Errorf("%d requests of three processes, want one: %q", len(ranges), ranges)
	}

	ranges = nil
	mu.Unlock()
	os.Remove(file)
	slow.Store(true)
	c, out := child(t, dir)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	part := filepath.Join(dir, "models", ".net.onnx."+sha(weights)[:12]+".part")
	<-sent
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if st, err := os.Stat(part); err == nil && st.Size() == 300_000 {
			break
		}
		if time.Now().After(deadline) {
			c.Process.Kill()
			t.Fatalf("no part after 10 s: %s", out)
		}
	}
	c.Process.Kill()
	c.Wait()
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("a killed fetch left the file: %v", err)
	}
	slow.Store(false)
	c, out = child(t, dir)
	if err := c.Run(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, weights) {
		t.Error("not whole", err)
	}
	if len(ranges) != 2 || ranges[1] != "bytes=300000-" {
		t.Errorf("asked for %q, want the second from byte 300000 on", ranges)
	}
}
