package browser

import (
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const page = `<!doctype html><title>A page</title>
<style>body{margin:0} #far{margin-top:2000px;width:40px;height:30px;background:#c00}</style>
<input id=name><p id=tip></p>
<div id=far title="far"></div>
<script>
far.onmousemove = () => tip.textContent = "over";
far.onclick = () => tip.textContent = "clicked";
fetch("https://elsewhere.example/x").catch(() => { document.title = "no network" });
setTimeout(() => nothing.there(), 0);
</script>`

func TestPage(t *testing.T) {
	b := Start(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Write([]byte(page))
	}))
	defer server.Close()
	p := b.Open(server.URL)
	p.Wait(10*time.Second, `document.title == "no network"`)

	var n struct{ Sum int }
	p.Eval(`new Promise(done => done({Sum: 1 + 2}))`, &n)
	if n.Sum != 3 {
		t.Errorf("1 + 2 = %d", n.Sum)
	}
	p.Hover("#far")
	p.Wait(time.Second, `tip.textContent == "over"`)
	p.Click("#far")
	p.Wait(time.Second, `tip.textContent == "clicked"`)
	p.Click("#name")
	p.Type("häß")
	p.Key("Tab")
	p.Wait(time.Second, `document.querySelector("#name").value == "häß"`)

	shot := filepath.Join(t.TempDir(), "far.png")
	p.ScreenshotOf("#far", shot)
	f, err := os.Open(shot)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	if size := img.Bounds().Size(); size.X != 40 || size.Y != 30 {
		t.Errorf("the picture is %v", size)
	}
	if r, g, b, _ := img.At(20, 15).RGBA(); r>>8 != 0xcc || g != 0 || b != 0 {
		t.Errorf("the picture shows %v", img.At(20, 15))
	}
	var hosts []string
	for _, r := range p.Requests() {
		if r == server.URL+"/" || r == "https://elsewhere.example/x" {
			hosts = append(hosts, r)
		}
	}
	if diff := cmp.Diff([]string{server.URL + "/", "https://elsewhere.example/x"}, hosts); diff != "" {
		t.Error(diff)
	}
	if len(p.Faults()) != 1 {
		t.Errorf("faults: %v", p.Faults())
	}
	if err := p.evaluate(`throw "no"`, nil); err == nil {
		t.Error("a script that throws gives no error")
	}
}

func TestFindNone(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	t.Setenv("FUSIFORM_CHROMIUM", "")
	if path, err := Find(); err == nil {
		t.Errorf("found %s in an empty folder", path)
	}
}
