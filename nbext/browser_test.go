package nbext

import (
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"fusiform/analysis"
	"fusiform/internal/browser"
	"fusiform/plots"
)

// hostile are names as people would not give them.
var hostile = []string{
	`</script><script>window.hacked = 1</script>`,
	`"><img src=x onerror="window.hacked = 2">'`,
	"\u202eevil\u2028\u2029 `${window.hacked = 3}`\n<!--",
	strings.Repeat("long ", 2000),
	"פנים (right to left)",
	"=HYPERLINK(1)",
}

// look puts what a test shows where a person can see it, if FUSIFORM_LOOK
// names a folder.
func look(p *browser.Page, name string) {
	if dir := os.Getenv("FUSIFORM_LOOK"); dir != "" {
		p.Screenshot(filepath.Join(dir, name+".png"))
	}
}

// openOutputs opens a page with outputs of cells in it, and checks at the end
// that the page asked for nothing, complained of nothing and was not hacked.
func openOutputs(t *testing.T, outputs ...string) *browser.Page {
	t.Helper()
	b := browser.Start(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, "<!doctype html><title>Cells</title><link rel=icon href=data:,><body style='font-family:sans-serif'>%s", strings.Join(outputs, "<hr>\n"))
	}))
	t.Cleanup(server.Close)
	p := b.Open(server.URL + "/")
	t.Cleanup(func() {
		if got := p.Requests(); len(got) != 1 {
			t.Errorf("the page asked for %v", got)
		}
		if got := p.Faults(); len(got) > 0 {
			t.Errorf("scripts failed: %v", got)
		}
	})
	return p
}

// unharmed fails if a name did something.
func unharmed(t *testing.T, p *browser.Page, scripts int) {
	t.Helper()
	var got struct {
		Hacked  any
		Scripts int
		Broken  int
	}
	p.Eval(`({Hacked: window.hacked || null, Scripts: document.scripts.length, Broken: document.querySelectorAll("[onerror]").length})`, &got)
	if got.Hacked != nil || got.Broken != 0 || got.Scripts != scripts {
		t.Errorf("a name became markup: %+v, want %d scripts", got, scripts)
	}
}

// plain is a figure of one colour.
type plain struct {
	colour color.Color
	doubt  string
}

func (f plain) Draw(c draw.Canvas) error {
	c.SetColor(f.colour)
	c.Fill(c.Rectangle.Path())
	return nil
}
func (f plain) Alt() string            { return strings.Join(hostile, " ") }
func (f plain) Size() (w, h vg.Length) { return 4 * vg.Inch, 3 * vg.Inch }
func (f plain) Doubts() []error        { return []error{errors.New(hostile[0] + f.doubt)} }
func rect(x0, y0, x1, y1 vg.Length) vg.Rectangle {
	return vg.Rectangle{Min: vg.Point{X: x0, Y: y0}, Max: vg.Point{X: x1, Y: y1}}
}

// hostileStimuli have coloured squares for images, but for the last, whose image
// is broken.
func hostileStimuli() []analysis.Stimulus {
	var out []analysis.Stimulus
	for i, id := range hostile {
		out = append(out, analysis.Stimulus{ID: id, Category: hostile[0], Image: func() (image.Image, error) {
			if i == len(hostile)-1 {
				return nil, errors.New("no image")
			}
			img := image.NewRGBA(image.Rect(0, 0, 100, 50))
			for k := range img.Pix {
				img.Pix[k] = [...]uint8{uint8(40 * i), 90, 200, 255}[k%4]
			}
			return img, nil
		}})
	}
	return out
}

// hovering is a picture with a matrix in its left half, a mark on top of it,
// and marks in its right half.
func hovering(t *testing.T) string {
	t.Helper()
	p, err := drawPicture(plain{colour: color.Gray{200}}, plots.DPI)
	if err != nil {
		t.Fatal(err)
	}
	s := hostileStimuli()
	h := &hover{}
	h.add(p, []plots.Mark{
		{Area: rect(160, 100, 280, 200), Text: hostile[1], Stimuli: s[1:2]},
		{Area: rect(200, 120, 220, 140), Text: "above", Stimuli: s},
	}, []plots.Cells{{Area: rect(0, 96, 120, 216), Rows: s, Columns: s, Value: func(i, j int) string { return fmt.Sprintf("r = %d", max(i, j)*10+min(i, j)) }}})
	return withHover(p.img(), h)
}

func TestHoverInTheBrowser(t *testing.T) {
	p := openOutputs(t, hovering(t), hovering(t)) // the same output twice
	unharmed(t, p, 4)
	// A point of the figure, in points from its upper left; 1 point is 4/3 pixels.
	move := func(figure int, x, y float64) {
		t.Helper()
		var at []float64
		p.Eval(fmt.Sprintf(`(() => { const r = document.querySelectorAll("img")[%d].getBoundingClientRect(); return [r.x, r.y]; })()`, figure), &at)
		p.Move(at[0]+x*4/3, at[1]+y*4/3)
	}
	told := func(figure int) []string {
		t.Helper()
		var lines []string
		p.Eval(fmt.Sprintf(`(() => { const s = document.querySelectorAll("[role=status]")[%d];
			return s.style.display == "none" ? [] : [...s.children].map(c => c.children.length ? c.children.length + " pictures" : c.textContent).filter(s => s); })()`, figure), &lines)
		return lines
	}
	name := func(i int) string {
		r := []rune(hostile[i] + " (" + hostile[0] + ")")
		if len(r) > maxName {
			r = append(r[:maxName-1], '…')
		}
		return string(r)
	}
	for _, c := range []struct {
		what   string
		figure int
		x, y   float64
		want   []string
	}{
		{"the first row, third column", 0, 50, 10, []string{"2 pictures", "r = 20", name(0), name(2)}},
		{"the same of the other figure", 1, 50, 10, []string{"2 pictures", "r = 20", name(0), name(2)}},
		{"the third row, first column", 0, 10, 50, []string{"2 pictures", "r = 20", name(2), name(0)}},
		{"the diagonal", 0, 30, 30, []string{"1 pictures", "r = 11", name(1)}},
		{"no picture", 0, 110, 110, []string{"r = 55", name(5)}},
		{"a mark", 0, 170, 110, []string{"1 pictures", hostile[1]}},
		{"the mark above it", 0, 210, 85, []string{"5 pictures", "above"}},
		{"nothing", 0, 200, 200, nil},
	} {
		move(c.figure, c.x, c.y)
		var diff string
		for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
			if diff = cmp.Diff(c.want, told(c.figure), cmpopts.EquateEmpty()); diff == "" {
				break
			}
		}
		if diff != "" {
			t.Errorf("%s: %s", c.what, diff)
		}
		look(p, "hover-"+strings.ReplaceAll(c.what, " ", "-"))
	}
	p.Eval(`document.querySelector("[role=group]").focus()`, nil)
	for _, c := range []struct{ key, want string }{
		{"ArrowRight", "r = 0"}, {"ArrowRight", "r = 10"}, {"ArrowDown", "r = 11"}, {"ArrowLeft", "r = 10"}, {"ArrowLeft", "r = 10"},
		{"ArrowUp", "r = 0"}, {"ArrowUp", "r = 0"}, {"Escape", ""},
	} {
		p.Key(c.key)
		got := strings.Join(told(0), "|")
		if c.want == "" && got != "" || !strings.Contains(got+"|", c.want+"|") {
			t.Errorf("after %s: %q, want %q", c.key, got, c.want)
		}
	}
	unharmed(t, p, 4)
}

func TestExploreInTheBrowser(t *testing.T) {
	frames := []Frame{
		{Label: "> 3", Figure: plain{colour: color.RGBA{200, 40, 40, 255}}, Note: hostile[1]},
		{Label: hostile[0], Figure: plain{colour: color.RGBA{40, 200, 40, 255}, doubt: " and more"}},
		{Label: "> 7", Note: "no channel passes"},
	}
	start, err := check(frames)
	if err != nil || start != 1 {
		t.Fatalf("start %d, %v", start, err)
	}
	pictures, err := drawFrames(frames)
	if err != nil {
		t.Fatal(err)
	}
	page := exploreHTML("threshold "+hostile[1], frames, pictures, start)
	still := page[:strings.Index(page, "<script")] + "</figure>"
	p := openOutputs(t, page, still)
	unharmed(t, p, 2)
	visible := func() string {
		t.Helper()
		var got string
		p.Eval(`[...document.querySelector("figure").querySelectorAll("[data-frame]")].filter(f => f.style.visibility == "visible").map(f => f.dataset.frame).join()`, &got)
		return got
	}
	if got := visible(); got != "1" {
		t.Errorf("begins with %q", got)
	}
	look(p, "explore")
	p.Click("input[type=range]") // the middle
	p.Key("ArrowRight")
	if got := visible(); got != "2" {
		t.Errorf("after a key: %q", got)
	}
	p.Eval(`document.querySelector("input").value = 0; document.querySelector("input").dispatchEvent(new Event("input"))`, nil)
	if got := visible(); got != "0" {
		t.Errorf("after a move: %q", got)
	}
	look(p, "explore-0")
	var without struct {
		Images, Inputs int
		Open           bool
		Fold           string
	}
	p.Eval(`(() => { const f = document.querySelectorAll("figure")[1];
		return {Images: f.querySelectorAll("img").length, Inputs: f.querySelectorAll("input").length, Open: f.querySelector("details").open, Fold: f.querySelector("summary").textContent}; })()`, &without)
	if without.Images != 2 || without.Inputs != 0 || without.Open || without.Fold != "threshold "+hostile[1]+": > 3, > 7" {
		t.Errorf("without scripts: %+v", without)
	}
	unharmed(t, p, 2)
}

func TestTableInTheBrowser(t *testing.T) {
	rows := [][]any{{hostile[0], "r", "n"}}
	for i, h := range hostile {
		rows = append(rows, []any{h, []any{-.5, .25, "none", nil, 10, -2}[i], -i})
	}
	head, body, err := cells(rows)
	if err != nil {
		t.Fatal(err)
	}
	p := openOutputs(t, scripted("div", tableHTML(head, body), tableScript))
	unharmed(t, p, 1)
	column := func() (out []string) {
		t.Helper()
		p.Eval(`[...document.querySelectorAll("tbody tr")].map(r => r.cells[1].textContent)`, &out)
		return out
	}
	look(p, "table")
	for _, want := range [][]string{
		{"−2", "−0.5", "0.25", "10", "none", ""},
		{"none", "10", "0.25", "−0.5", "−2", ""},
		{"−0.5", "0.25", "none", "", "10", "−2"},
	} {
		p.Click("th:nth-child(2)")
		if diff := cmp.Diff(want, column()); diff != "" {
			t.Error(diff)
		}
	}
	p.Eval(`document.querySelector("th:nth-child(2)").focus()`, nil)
	p.Key("Enter")
	if got := column(); got[0] != "−2" {
		t.Errorf("Enter: %v", got)
	}
	look(p, "table-sorted")
	p.Eval(`Object.defineProperty(navigator, "clipboard", {value: {writeText: t => { window.copied = t; return Promise.resolve(); }}})`, nil)
	p.Click("button")
	var copied string
	p.Eval(`window.copied`, &copied)
	if lines := strings.Split(copied, "\n"); lines[0] != hostile[0]+",r,n" || lines[1] != "'=HYPERLINK(1),-2,-5" || len(lines) != len(rows)+1 {
		t.Errorf("copied %q", copied)
	}
	p.Wait(time.Second, `document.querySelector("button").textContent == "Copied"`)
	unharmed(t, p, 1)
}

// TestScriptsOfOtherPages: VS Code takes the scripts out of an output and runs
// them at its end; the classic notebook runs them before the output is in the
// page. Both find their figure, and a part that is shown in a second view does.
func TestScriptsOfOtherPages(t *testing.T) {
	p := openOutputs(t, `<div id="page"></div>`)
	page, err := json.Marshal(hovering(t))
	if err != nil {
		t.Fatal(err)
	}
	p.Eval(`window.output = `+string(page)+`; window.run = (script, into) => {
		const s = document.createElement("script");
		s.text = script.text;
		s.type = script.type;
		into.appendChild(s).remove();
	}; 0`, nil)
	alive := func() (n int) {
		t.Helper()
		p.Eval(`document.querySelectorAll("figure [role=group]").length`, &n)
		return n
	}
	// VS Code.
	p.Eval(`(() => { const d = document.createElement("div"); d.innerHTML = output; document.querySelector("#page").appendChild(d); d.querySelectorAll("script").forEach(s => run(s, d)); })()`, nil)
	if n := alive(); n != 1 {
		t.Errorf("%d figures live in VS Code", n)
	}
	// The classic notebook.
	p.Eval(`(() => { const d = document.createElement("div"); d.innerHTML = output; document.querySelector("#page").replaceChildren();
		d.querySelectorAll("script").forEach(s => run(s, document.head)); setTimeout(() => document.querySelector("#page").appendChild(d), 250); })()`, nil)
	p.Wait(5*time.Second, `document.querySelectorAll("figure [role=group]").length == 1`)
	// A second view of the same output.
	p.Eval(`(() => { const d = document.createElement("div"); d.innerHTML = output; document.querySelector("#page").appendChild(d); d.querySelectorAll("script").forEach(s => run(s, document.head)); })()`, nil)
	if n := alive(); n != 2 {
		t.Errorf("%d of two views live", n)
	}
}
