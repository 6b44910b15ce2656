package kernel

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// alive is how often a long step shows that it is.
const alive = 15 * time.Second

// A teller says what is being done, and how long after the start.
type teller struct {
	mu    sync.Mutex
	out   io.Writer
	start time.Time
}

func newTeller(out io.Writer) *teller {
	if out == nil {
		out = io.Discard
	}
	return &teller{out: out, start: time.Now()}
}

func (t *teller) say(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	fmt.Fprintf(t.out, "[%4s] %s\n", seconds(time.Since(t.start)), fmt.Sprintf(format, args...))
}

// seconds shows a duration as short as is useful: "0.4s", "12s", "3m05s".
func seconds(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.1fs", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%.0fs", d.Seconds())
	}
	d = d.Round(time.Second)
	return fmt.Sprintf("%dm%02ds", d/time.Minute, d%time.Minute/time.Second)
}

// step does something that may take long: it says what, that it is alive and
// what came last, and how long it took. do passes news to its argument.
func (t *teller) step(name, doing string, do func(note func(string)) error) error {
	t.say("%s: %s", name, doing)
	start := time.Now()
	var mu sync.Mutex
	var last string
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(alive)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				mu.Lock()
				news := last
				mu.Unlock()
				if news != "" {
					news = ": " + news
				}
				t.say("%s: still %s, %s%s", name, strings.Fields(doing)[0], seconds(time.Since(start)), news)
			}
		}
	}()
	err := do(func(news string) {
		mu.Lock()
		defer mu.Unlock()
		last = shorten(news, 90)
	})
	close(stop)
	<-stopped
	if err == nil {
		t.say("%s: done in %s", name, seconds(time.Since(start)))
	}
	return err
}

// shorten cuts a line to so many characters.
func shorten(s string, n int) string {
	s = strings.TrimSpace(plain(s))
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// A command is a program to be run to its end.
type command struct {
	dir  string
	env  []string
	note func(string) // gets each line that it prints
}

// run runs a program. When ctx ends, the program and those that it started
// are ended. The error holds the end of what it printed.
func (c command) run(ctx context.Context, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = c.dir, c.env
	out := &lines{note: c.note}
	cmd.Stdout, cmd.Stderr = out, out
	alone(cmd)
	err := cmd.Run()
	if ctx.Err() != nil {
		reap(cmd)
		return ctx.Err()
	}
	if err != nil {
		return &CommandError{Program: filepath.Base(name), Err: err, Output: out.tail(30)}
	}
	return nil
}

// A CommandError reports a program that failed.
type CommandError struct {
	Program string
	Output  string // the end of what it printed
	Err     error
}

func (e *CommandError) Error() string {
	s := fmt.Sprintf("%s failed: %v", e.Program, e.Err)
	if errors.Is(e.Err, exec.ErrNotFound) {
		s = fmt.Sprintf("there is no program %s", e.Program)
	}
	if e.Output != "" {
		s += "\n\t" + strings.ReplaceAll(e.Output, "\n", "\n\t")
	}
	return s
}

func (e *CommandError) Unwrap() error { return e.Err }

// lines keeps what is written to it and passes whole lines on.
type lines struct {
	mu   sync.Mutex
	buf  bytes.Buffer
	rest []byte
	note func(string)
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.buf.Write(b)
	l.rest = append(l.rest, b...)
	for {
		i := bytes.IndexAny(l.rest, "\r\n")
		if i < 0 {
			return len(b), nil
		}
		if s := strings.TrimSpace(string(l.rest[:i])); s != "" && l.note != nil {
			l.note(s)
		}
		l.rest = l.rest[i+1:]
	}
}

func (l *lines) tail(n int) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return tail(l.buf.String(), n)
}

// tail returns the last n lines.
func tail(s string, n int) string {
	all := strings.Split(strings.TrimSpace(plain(s)), "\n")
	if len(all) > n {
		all = append([]string{"…"}, all[len(all)-n:]...)
	}
	return strings.Join(all, "\n")
}
