package browser

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// A Page is an open page.
type Page struct {
	*Browser
	session string

	mu       sync.Mutex
	requests []string
	faults   []string
}

// hear keeps what a page asks for, and what it complains of.
func (p *Page) hear(e event) {
	if e.Session != p.session {
		return
	}
	var a struct {
		Request struct {
			URL string `json:"url"`
		} `json:"request"`
		Exception struct {
			Text      string `json:"text"`
			Exception struct {
				Description string `json:"description"`
			} `json:"exception"`
		} `json:"exceptionDetails"`
	}
	if json.Unmarshal(e.Params, &a) != nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e.Method {
	case "Network.requestWillBeSent":
		if !strings.HasPrefix(a.Request.URL, "data:") {
			p.requests = append(p.requests, a.Request.URL)
		}
	case "Runtime.exceptionThrown":
		p.faults = append(p.faults, a.Exception.Text+" "+a.Exception.Exception.Description)
	}
}

// Requests returns the addresses that the page has asked for, data: aside.
func (p *Page) Requests() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string{}, p.requests...)
}

// Faults returns the errors of scripts in the page that none caught.
func (p *Page) Faults() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string{}, p.faults...)
}

func (p *Page) call(method string, params, result any) {
	p.t.Helper()
	p.must(p.pipe.call(p.session, method, params, result))
}

// Resize gives the page a size in points.
func (p *Page) Resize(width, height int) {
	p.t.Helper()
	p.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false}, nil)
}

// Dark says whether the reader likes pages dark (prefers-color-scheme).
func (p *Page) Dark(dark bool) {
	p.t.Helper()
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	p.call("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}}}, nil)
}

// evaluate runs JavaScript and stores its value in result.
func (p *Page) evaluate(script string, result any) error {
	var got struct {
		Result struct {
			Value json.RawMessage `json:"value"`
		} `json:"result"`
		Exception *struct {
			Text      string `json:"text"`
			Exception struct {
				Description string `json:"description"`
				Value       any    `json:"value"`
			} `json:"exception"`
		} `json:"exceptionDetails"`
	}
	if err := p.pipe.call(p.session, "Runtime.evaluate", map[string]any{"expression": script, "returnByValue": true, "awaitPromise": true, "userGesture": true}, &got); err != nil {
		return err
	}
	if e := got.Exception; e != nil {
		return fmt.Errorf("browser: %s %s %v in %s", e.Text, e.Exception.Description, e.Exception.Value, script)
	}
	if result == nil || got.Result.Value == nil {
		return nil
	}
	return json.Unmarshal(got.Result.Value, result)
}

// Eval runs JavaScript and stores its value, as JSON has it, in result, if
// that is not nil. A promise is waited for.
func (p *Page) Eval(script string, result any) {
	p.t.Helper()
	p.must(p.evaluate(script, result))
}

// Wait waits until a JavaScript expression holds; it may throw before.
func (p *Page) Wait(limit time.Duration, condition string) {
	p.t.Helper()
	var last error
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		var holds bool
		if last = p.evaluate("!!("+condition+")", &holds); last == nil && holds {
			return
		}
	}
	shot := filepath.Join(os.TempDir(), "fusiform-browser-timeout.png")
	p.Screenshot(shot)
	p.t.Fatalf("browser: not so after %v: %s (%v); see %s", limit, condition, last, shot)
}

// point returns where the middle of the first element that a selector fits
// is, after scrolling to it.
func (p *Page) point(selector string) (x, y float64) {
	p.t.Helper()
	var at []float64
	p.Eval(fmt.Sprintf(`(() => {
		const e = document.querySelector(%q);
		if (!e) return null;
		e.scrollIntoView({block: "center", behavior: "instant"});
		const r = e.getBoundingClientRect();
		return [r.x + r.width / 2, r.y + r.height / 2];
	})()`, selector), &at)
	if len(at) != 2 {
		p.t.Fatalf("browser: the page has no %s", selector)
	}
	return at[0], at[1]
}

// Hover moves the mouse to the middle of the first element that a selector
// fits.
func (p *Page) Hover(selector string) {
	p.t.Helper()
	x, y := p.point(selector)
	p.Move(x, y)
}

// Move moves the mouse to a point of the window, in points from its upper
// left.
func (p *Page) Move(x, y float64) {
	p.t.Helper()
	p.call("Input.dispatchMouseEvent", map[string]any{"type": "mouseMoved", "x": x, "y": y}, nil)
}

// Click clicks the middle of the first element that a selector fits.
func (p *Page) Click(selector string) {
	p.t.Helper()
	x, y := p.point(selector)
	for _, what := range []string{"mouseMoved", "mousePressed", "mouseReleased"} {
		p.call("Input.dispatchMouseEvent", map[string]any{"type": what, "x": x, "y": y, "button": "left", "clickCount": 1}, nil)
	}
}

// Type types text where the cursor is.
func (p *Page) Type(text string) {
	p.t.Helper()
	p.call("Input.insertText", map[string]any{"text": text}, nil)
}

// Key presses a key by its name in the DOM ("Tab", "Enter", "ArrowRight").
func (p *Page) Key(name string) {
	p.t.Helper()
	codes := map[string]int{"Tab": 9, "Enter": 13, "Escape": 27, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40}
	for _, what := range []string{"rawKeyDown", "keyUp"} {
		p.call("Input.dispatchKeyEvent", map[string]any{"type": what, "key": name, "code": name, "windowsVirtualKeyCode": codes[name]}, nil)
	}
}

// Screenshot writes what is in the window as a PNG.
func (p *Page) Screenshot(path string) {
	p.t.Helper()
	p.shoot(path, map[string]any{"format": "png"})
}

// ScreenshotOf writes the first element that a selector fits as a PNG, with
// what lies beyond the window.
func (p *Page) ScreenshotOf(selector, path string) {
	p.t.Helper()
	p.point(selector)
	var r []float64
	p.Eval(fmt.Sprintf(`(() => {
		const r = document.querySelector(%q).getBoundingClientRect();
		return [r.x + window.scrollX, r.y + window.scrollY, r.width, r.height];
	})()`, selector), &r)
	p.shoot(path, map[string]any{"format": "png", "captureBeyondViewport": true,
		"clip": map[string]any{"x": r[0], "y": r[1], "width": r[2], "height": r[3], "scale": 1}})
}

func (p *Page) shoot(path string, params map[string]any) {
	p.t.Helper()
	var shot struct {
		Data []byte `json:"data"`
	}
	p.call("Page.captureScreenshot", params, &shot)
	if err := os.WriteFile(path, shot.Data, 0o644); err != nil {
		p.t.Fatalf("browser: %v", err)
	}
}
