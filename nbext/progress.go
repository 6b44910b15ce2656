package nbext

import (
	"fmt"
	"html"
	"io"
	"os"
	"sync"
	"time"

	"github.com/janpfeifer/gonb/gonbui"
)

// Progress returns a function that shows how far long work is: a bar that
// moves in the cell, or plain lines in a terminal. Call it with the items done
// and their total; when done reaches total, the bar gives way to one line with
// the time it took. Work that ends within half a second shows nothing.
//
// The function may be called from several goroutines.
func Progress(label string) func(done, total int) {
	b := &bar{label: label, start: time.Now(), now: time.Now, out: os.Stderr}
	if gonbui.IsNotebook {
		id := "progress_" + gonbui.UniqueId()
		b.html = func(s string) { gonbui.UpdateHTML(id, s); gonbui.Sync() }
	}
	return b.report
}

// A bar decides when to speak and what to say.
type bar struct {
	mu     sync.Mutex
	label  string
	start  time.Time
	last   time.Time // when it last spoke
	spoken bool
	ended  bool
	now    func() time.Time
	out    io.Writer         // lines, where html is nil
	html   func(html string) // replaces what stands in the cell
}

const quiet = 500 * time.Millisecond

func (b *bar) report(done, total int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	took := now.Sub(b.start)
	if b.ended || total <= 0 || took < quiet {
		b.ended = b.ended || (total > 0 && done >= total)
		return
	}
	every := 5 * time.Second
	if b.html != nil {
		every = 200 * time.Millisecond
	}
	b.ended = done >= total
	if !b.ended && b.spoken && now.Sub(b.last) < every {
		return
	}
	b.last, b.spoken = now, true

	line := fmt.Sprintf("%s: %d of %d", b.label, done, total)
	switch {
	case b.ended:
		line = fmt.Sprintf("%s: %d in %s", b.label, total, took.Round(100*time.Millisecond))
	case done > 0:
		left := time.Duration(float64(took) * float64(total-done) / float64(done))
		line += fmt.Sprintf(", %s left", left.Round(time.Second))
	}
	switch {
	case b.html == nil:
		fmt.Fprintln(b.out, line)
	case b.ended:
		b.html(`<small>` + html.EscapeString(line) + `</small>`)
	default:
		b.html(fmt.Sprintf(`<progress value="%d" max="%d"></progress> <small>%s</small>`, done, total, html.EscapeString(line)))
	}
}
