package browser

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// names are what Chromium and its kin are called.
var names = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "headless_shell"}

// Find returns the path of a Chromium: the one that FUSIFORM_CHROMIUM names,
// else the first in PATH.
func Find() (string, error) {
	if path := os.Getenv("FUSIFORM_CHROMIUM"); path != "" {
		return exec.LookPath(path)
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("browser: no Chromium in PATH (%s): on Debian, apt install chromium; or name one in FUSIFORM_CHROMIUM", strings.Join(names, ", "))
}

// flags keep Chromium from everything but its page.
var flags = []string{
	"--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run", "--no-default-browser-check",
	"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions", "--disable-default-apps",
	"--no-proxy-server", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
	"--password-store=basic", "--use-mock-keychain", "--hide-scrollbars", "--force-color-profile=srgb", "--lang=en-GB",
	"--remote-debugging-pipe",
}

// A Browser is a running Chromium with a profile of its own.
type Browser struct {
	t    testing.TB
	pipe *pipe
}

// Start starts a Chromium that ends with the test. Without one the test is
// skipped, with the reason.
func Start(t testing.TB) *Browser {
	t.Helper()
	path, err := Find()
	if err != nil {
		t.Skip(err)
	}
	profile, err := os.MkdirTemp("", "fusiform-browser-")
	if err != nil {
		t.Fatal(err)
	}
	// The browser reads its descriptor 3 and writes to 4.
	theirIn, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	out, theirOut, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, append(flags, "--user-data-dir="+profile)...)
	cmd.Env = append(os.Environ(), "HOME="+profile, "TZ=UTC", "LANG=C.UTF-8")
	cmd.ExtraFiles = []*os.File{theirIn, theirOut}
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	cmd.WaitDelay = 5 * time.Second
	err = cmd.Start()
	theirIn.Close()
	theirOut.Close()
	if err != nil {
		t.Fatalf("browser: %v", err)
	}
	b := &Browser{t: t, pipe: newPipe(in, out)}
	t.Cleanup(func() {
		ended := make(chan struct{})
		go func() {
			b.pipe.call("", "Browser.close", nil, nil)
			in.Close()
			cmd.Wait()
			close(ended)
		}()
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
			cmd.Process.Kill()
			<-ended
		}
		out.Close()
		if t.Failed() {
			for line := range strings.Lines(said.String()) {
				if !strings.Contains(line, "ERROR:dbus/") { // there is no desktop
					t.Logf("the browser said: %s", line)
				}
			}
		}
		os.RemoveAll(profile)
	})
	return b
}

// Open opens a page of 1280 × 960 points and waits until it has loaded.
func (b *Browser) Open(url string) *Page {
	b.t.Helper()
	var target struct {
		ID string `json:"targetId"`
	}
	b.must(b.pipe.call("", "Target.createTarget", map[string]any{"url": "about:blank"}, &target))
	var attached struct {
		Session string `json:"sessionId"`
	}
	b.must(b.pipe.call("", "Target.attachToTarget", map[string]any{"targetId": target.ID, "flatten": true}, &attached))
	p := &Page{Browser: b, session: attached.Session}
	b.pipe.onEvent(p.hear)
	for _, domain := range []string{"Page", "Runtime", "Network", "Log"} {
		p.call(domain+".enable", nil, nil)
	}
	p.Resize(1280, 960)
	var went struct {
		Error string `json:"errorText"`
	}
	p.call("Page.navigate", map[string]any{"url": url}, &went)
	if went.Error != "" {
		b.t.Fatalf("browser: %s: %s", url, went.Error)
	}
	p.Wait(time.Minute, `document.readyState == "complete"`)
	return p
}

func (b *Browser) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}
