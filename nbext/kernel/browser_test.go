package kernel

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fusiform/internal/browser"
	"fusiform/nbext/catalog"
)

// openLab starts JupyterLab on copies of notebooks and opens the first of them
// in a headless Chromium. The lab is the real one of this checkout, but its
// settings and what networks answer are the test's own.
//
// To look at a notebook of yours as a person would, name it and a folder for
// the pictures:
//
//	FUSIFORM_NOTEBOOK=notebooks/02-x.ipynb FUSIFORM_SHOTS=/tmp/shots go test ./nbext/kernel -run LookAt -v
//
// It runs all cells, hovers over each figure, and writes every cell's output
// as cell-NN.png, the hovered figures as hover-NN-N.png, the page at the
// narrow width of a laptop's half screen, and the page in dark colours.
// FUSIFORM_LAB is the address of a notebook in a JupyterLab that runs already, in
// a container, say, with --LabApp.expose_app_in_browser=True; FUSIFORM_NOTEBOOK
// then only says that there is one.
func openLab(t *testing.T, notebooks ...string) *browser.Page {
	t.Helper()
	if testing.Short() {
		t.Skip("JupyterLab takes some seconds to start")
	}
	b := browser.Start(t) // skips if there is none
	root := t.TempDir()
	for _, path := range notebooks {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(root, filepath.Base(path)), string(data), 0o644)
	}
	return b.Open(startLab(t, Server{Root: root, Open: filepath.Base(notebooks[0])}))
}

// startLab starts JupyterLab until the end of the test and returns its
// address.
func startLab(t *testing.T, s Server) string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended, started := make(chan error, 1), make(chan string, 1)
	s.Started = func(url string) { started <- url }
	settings := t.TempDir()
	// All cells are in the page, also those that are scrolled away.
	write(t, filepath.Join(settings, "@jupyterlab", "notebook-extension", "tracker.jupyterlab-settings"), `{"windowingMode": "none"}`, 0o644)
	s.flags = []string{"--LabApp.expose_app_in_browser=True", "--LabApp.workspaces_dir=" + t.TempDir(), "--LabApp.user_settings_dir=" + settings}
	go func() { ended <- Lab{Out: t.Output()}.Jupyter(ctx, s) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	select {
	case address := <-started:
		return address
	case err := <-ended:
		t.Fatal(err)
	case <-time.After(10 * time.Minute):
		t.Fatal("JupyterLab does not start")
	}
	return ""
}

// runAll runs all cells of the notebook that is open and waits for their end.
func runAll(p *browser.Page, t *testing.T, limit time.Duration) {
	t.Helper()
	p.Wait(time.Minute, `jupyterapp.shell.currentWidget?.context?.isReady && jupyterapp.shell.currentWidget.sessionContext.isReady`)
	// A kernel is idle, or unknown before it is asked for the first time.
	p.Wait(time.Minute, `["idle", "unknown"].includes(jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status)`)
	p.Eval(`window.ran = ""; jupyterapp.commands.execute("notebook:run-all-cells").then(() => { ran = "yes" }, e => { ran = "fails: " + e }); 0`, nil)
	p.Wait(limit, `ran != ""`)
	var ran string
	if p.Eval(`ran`, &ran); ran != "yes" {
		t.Errorf("running all cells %s", ran)
	}
	var failed []string
	p.Eval(`[...jupyterapp.shell.currentWidget.content.model.cells].flatMap(c => c.type == "code" ? c.outputs.toJSON() : []).filter(o => o.output_type == "error" || o.name == "stderr").map(o => JSON.stringify(o))`, &failed)
	for _, f := range failed {
		t.Errorf("a cell says %s", f)
	}
	// Pictures are decoded after they are there.
	p.Wait(time.Minute, `[...document.querySelectorAll(".jp-OutputArea-output img")].every(i => i.complete)`)
	p.Eval(`Promise.all([...document.querySelectorAll(".jp-OutputArea-output img")].map(i => i.decode().catch(() => 0)))`, nil)
}

// An outputs is what a reader sees of the cells.
type outputs struct {
	Figures  int      // pictures, in <img> or <svg>
	Empty    int      // those without a size
	Unread   int      // those that say nothing to who cannot see them
	Errors   []string // what is red
	Sideways bool     // a figure is wider than its cell
}

const lookAtOutputs = `(() => {
	const figures = [...document.querySelectorAll(".jp-OutputArea-output img, .jp-OutputArea-output svg")].filter(f => !f.parentElement.closest("svg"));
	return {
		Figures: figures.length,
		Empty: figures.filter(f => f.getBoundingClientRect().height < 10 || f.naturalWidth === 0).length,
		Unread: figures.filter(f => !(f.getAttribute("alt") || f.getAttribute("aria-label") || f.getAttribute("aria-labelledby") || f.getAttribute("aria-hidden"))).length,
		Errors: [...document.querySelectorAll('.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.stderr"], .jp-OutputArea-output[data-mime-type="application/vnd.jupyter.error"]')].map(e => e.innerText),
		Sideways: figures.some(f => f.getBoundingClientRect().right > f.closest(".jp-OutputArea-output").getBoundingClientRect().right + 1),
	};
})()`

// TestQuickStartInTheBrowser opens the first notebook in JupyterLab as a
// person would: run all, wait for the figures, point at them.
func TestQuickStartInTheBrowser(t *testing.T) {
	checkout, err := FindCheckout()
	if err != nil {
		t.Fatal(err)
	}
	p := openLab(t, filepath.Join(checkout, "notebooks", "00-quickstart.ipynb"))
	runAll(p, t, 5*time.Minute)
	var got outputs
	p.Eval(lookAtOutputs, &got)
	if got.Figures < 6 || got.Empty+got.Unread+len(got.Errors) > 0 || got.Sideways {
		t.Errorf("the notebook shows %+v", got)
	}
	for i := range got.Figures {
		hover(p, t, i)
	}
	if f := p.Faults(); len(f) > 0 {
		t.Errorf("scripts fail: %q", f)
	}
	// Nothing of the page comes from elsewhere.
	var here string
	p.Eval(`location.host`, &here)
	for _, r := range p.Requests() {
		if u, err := url.Parse(r); err != nil || u.Host != here && u.Scheme != "blob" && u.Scheme != "about" {
			t.Errorf("the page asks for %s", r)
		}
	}
	if t.Failed() {
		shot := filepath.Join(os.TempDir(), "fusiform-quickstart.png")
		p.Screenshot(shot)
		t.Logf("see %s", shot)
	}
}

// hover points at the middle of figure number i.
func hover(p *browser.Page, t *testing.T, i int) {
	t.Helper()
	var at []float64
	p.Eval(fmt.Sprintf(`(() => {
		const f = [...document.querySelectorAll(".jp-OutputArea-output img, .jp-OutputArea-output svg")].filter(f => !f.parentElement.closest("svg"))[%d];
		f.scrollIntoView({block: "center", behavior: "instant"});
		const r = f.getBoundingClientRect();
		return [r.x + r.width / 2, r.y + r.height / 2];
	})()`, i), &at)
	if len(at) != 2 {
		t.Fatalf("there is no figure %d", i)
	}
	p.Move(at[0]-5, at[1]-5)
	p.Move(at[0], at[1])
}

// TestLookAt makes the pictures that openLab tells of.
func TestLookAt(t *testing.T) {
	path, dir := os.Getenv("FUSIFORM_NOTEBOOK"), os.Getenv("FUSIFORM_SHOTS")
	if path == "" || dir == "" {
		t.Skip("makes pictures of a notebook: set FUSIFORM_NOTEBOOK and FUSIFORM_SHOTS")
	}
	// The paths are the caller's, and so relative to the checkout.
	checkout, err := FindCheckout()
	if err != nil {
		t.Fatal(err)
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(checkout, path)
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(checkout, dir)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	var p *browser.Page
	if address := os.Getenv("FUSIFORM_LAB"); address != "" {
		p = browser.Start(t).Open(address)
	} else {
		p = openLab(t, path)
	}
	start := time.Now()
	runAll(p, t, 30*time.Minute)
	t.Logf("all cells in %v", time.Since(start).Round(time.Millisecond))
	var got outputs
	p.Eval(lookAtOutputs, &got)
	t.Logf("%+v", got)
	shoot(p, dir)
	p.Resize(760, 960)
	p.Screenshot(filepath.Join(dir, "narrow.png"))
	p.Resize(1280, 960)
	p.Eval(`jupyterapp.commands.execute("apputils:change-theme", {theme: "JupyterLab Dark"}).then(() => 0)`, nil)
	time.Sleep(time.Second)
	p.Screenshot(filepath.Join(dir, "dark.png"))
	for i := range got.Figures {
		hover(p, t, i)
	}
	p.Screenshot(filepath.Join(dir, "dark-figure.png"))
	t.Logf("faults: %q", p.Faults())
	if out, err := json.MarshalIndent(got, "", "  "); err == nil {
		t.Logf("%s; see %s", out, dir)
	}
}

// shoot writes the output of each cell, and each figure while the mouse
// points at it.
func shoot(p *browser.Page, dir string) {
	p.Resize(1280, 1600)
	p.Screenshot(filepath.Join(dir, "page.png"))
	var perCell []int
	p.Eval(`[...document.querySelectorAll(".jp-CodeCell")].map((c, i) => {
		const o = c.querySelector(".jp-Cell-outputArea");
		o?.setAttribute("data-shot", i);
		const f = o ? [...o.querySelectorAll("img, svg")].filter(f => !f.parentElement.closest("svg")) : [];
		f.forEach((f, j) => f.setAttribute("data-shot", i + "-" + j));
		return o && o.getBoundingClientRect().height > 0 ? f.length : -1;
	})`, &perCell)
	for i, n := range perCell {
		if n < 0 {
			continue
		}
		area := fmt.Sprintf(`.jp-Cell-outputArea[data-shot="%d"]`, i)
		p.Hover(".jp-Notebook") // away from what was hovered before
		p.ScreenshotOf(area, filepath.Join(dir, fmt.Sprintf("cell-%02d.png", i+1)))
		for j := range n {
			p.Hover(fmt.Sprintf(`[data-shot="%d-%d"]`, i, j))
			time.Sleep(700 * time.Millisecond) // the titles of SVG appear after a while
			p.Screenshot(filepath.Join(dir, fmt.Sprintf("hover-%02d-%d.png", i+1, j+1)))
		}
	}
}

// TestServerKeepsToItself: JupyterLab listens on loopback only, and answers
// nobody without the token.
func TestServerKeepsToItself(t *testing.T) {
	if testing.Short() {
		t.Skip("JupyterLab takes some seconds to start")
	}
	if _, err := catalog.CacheDir(); err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(startLab(t, Server{Root: t.TempDir()}))
	if err != nil {
		t.Fatal(err)
	}
	if u.Hostname() != "127.0.0.1" || len(u.Query().Get("token")) < 32 {
		t.Errorf("JupyterLab is at %v", u)
	}
	for path, want := range map[string]int{
		"/api/contents":  http.StatusForbidden,
		"/api/kernels":   http.StatusForbidden,
		"/api/terminals": http.StatusForbidden,
		"/lab":           http.StatusFound, // to the page that asks for the token
		"/api/contents?token=" + strings.Repeat("0", 48):          http.StatusForbidden,
		"/api/contents?token=" + u.Query().Get("token"):           http.StatusOK,
		"/files/../../etc/passwd?token=" + u.Query().Get("token"): http.StatusForbidden,
	} {
		client := &http.Client{Transport: &http.Transport{}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		resp, err := client.Get("http://" + u.Host + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s: %s, want %d", path, resp.Status, want)
		}
	}
	// Every other address of this machine is closed.
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addrs {
		ip, ok := a.(*net.IPNet)
		if !ok || ip.IP.IsLoopback() {
			continue
		}
		if c, err := net.DialTimeout("tcp", net.JoinHostPort(ip.IP.String(), u.Port()), time.Second); err == nil {
			c.Close()
			t.Errorf("JupyterLab listens on %v", ip.IP)
		}
	}
}
