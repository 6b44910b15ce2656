// Package browser drives a headless Chromium in tests: it opens a page, runs
// JavaScript in it, moves the mouse, and takes pictures. It speaks the DevTools
// protocol through a pipe, so it needs no port and no library.
//
//	b := browser.Start(t)               // skips the test where there is no Chromium
//	p := b.Open("http://127.0.0.1:8888/lab?token=…")
//	p.Wait(time.Minute, `document.querySelector(".jp-Notebook")`)
//	p.Hover("figure img")
//	p.Screenshot(filepath.Join(dir, "notebook.png"))
//
// Whatever goes wrong ends the test. The browser ends with the test. It is
// asked for nothing from a network, and told to leave it alone; Page.Requests
// says what a page has asked for.
package browser
