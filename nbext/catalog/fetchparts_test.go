package catalog

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"fusiform/analysis"
)

// large is a file of ten parts of 100 000 bytes.
var large = func() []byte {
	b := make([]byte, 1_000_000)
	for i := range b {
		b[i] = byte(i*i>>9 ^ i>>3)
	}
	return b
}()

var largeRow = ModelRow{Name: "net", File: "models/net.onnx", SHA256: hexSum(large), Size: int64(len(large)), URLs: []string{"https://a/", "https://b/"}}

const partOf = 100_000

type getter = func(ctx context.Context, from, to int64) (Source, error)

// A farm answers for addresses, and notes what it was asked.
type farm struct {
	mu    sync.Mutex
	get   map[string]getter
	asked map[string]int   // requests
	sent  map[string]int64 // bytes read from it
}

func newFarm(get map[string]getter) *farm {
	return &farm{get: get, asked: map[string]int{}, sent: map[string]int64{}}
}

func (f *farm) Get(ctx context.Context, url string, from, to int64) (Source, error) {
	f.mu.Lock()
	f.asked[url]++
	get := f.get[url]
	f.mu.Unlock()
	src, err := get(ctx, from, to)
	if err == nil {
		body := src.Body
		src.Body = struct {
			io.Reader
			io.Closer
		}{readFunc(func(b []byte) (int, error) {
			n, err := body.Read(b)
			f.mu.Lock()
			f.sent[url] += int64(n)
			f.mu.Unlock()
			return n, err
		}), body}
	}
	return src, err
}

// give sends what it is asked for.
func give(b []byte) getter {
	return func(_ context.Context, from, to int64) (Source, error) {
		if to == 0 {
			to = int64(len(b))
		}
		return Source{From: from, To: to, Size: int64(len(b)), Version: "1", Body: io.NopCloser(bytes.NewReader(b[from:to]))}, nil
	}
}

// whole sends all of it, whatever it is asked for.
func whole(b []byte) getter {
	return func(ctx context.Context, from, to int64) (Source, error) { return give(b)(ctx, 0, 0) }
}

// alter changes what give sends.
func alter(b []byte, change func(s *Source, n int, from, to int64)) getter {
	var mu sync.Mutex
	n := 0
	return func(ctx context.Context, from, to int64) (Source, error) {
		s, err := give(b)(ctx, from, to)
		mu.Lock()
		defer mu.Unlock()
		n++
		change(&s, n, from, to)
		return s, err
	}
}

// body makes the bytes of a source others.
func sends(s *Source, b []byte) { s.Body = io.NopCloser(bytes.NewReader(b)) }

func fails(err error) getter {
	return func(context.Context, int64, int64) (Source, error) { return Source{}, err }
}

// slowly sends n bytes every pause.
func slowly(b []byte, n int, pause time.Duration) getter {
	return func(ctx context.Context, from, to int64) (Source, error) {
		s, err := give(b)(ctx, from, to)
		body := s.Body
		s.Body = io.NopCloser(readFunc(func(b []byte) (int, error) {
			if err := sleep(ctx, pause); err != nil {
				return 0, err
			}
			return body.Read(b[:min(n, len(b))])
		}))
		return s, err
	}
}

// Whatever the servers of the parts do, the file is whole and verified, or
// absent.
func TestFetchParts(t *testing.T) {
	wrong := bytes.Clone(large)
	for i := range wrong {
		wrong[i] ^= 0x55
	}
	almost := bytes.Clone(large)
	almost[len(almost)-1] ^= 1
	refused := fails(fmt.Errorf("answers 404: %w", ErrRefused))
	errs := errors.New("answers 500")
	stuck := func(ctx context.Context, from, to int64) (Source, error) {
		s, err := give(large)(ctx, from, to)
		s.Body = io.NopCloser(readFunc(func([]byte) (int, error) { <-ctx.Done(); return 0, ctx.Err() }))
		return s, err
	}
	for _, c := range []struct {
		name   string
		a, b   getter
		err    string // part of it; empty: the file is there
		left   string // what stays for the next call
		told   string // part of what Notify was told
		bytesA int64  // sent by a, and by b; 0: not compared
		bytesB int64
		least  int // requests of a, at least
		stall  time.Duration
	}{
		{name: "good", a: slowly(large, 50_000, time.Millisecond), b: slowly(large, 50_000, time.Millisecond), least: 2},
		{name: "one of them", a: slowly(large, 50_000, 5*time.Millisecond), b: refused, bytesA: 1e6, least: 10, told: "https://b/ answers 404"},
		{name: "the other", a: refused, b: give(large), bytesB: 1e6, told: "https://a/ answers 404"},
		{name: "nobody", a: refused, b: refused, err: "no address gave it: https://a/ answers 404: refused; https://b/ answers 404: refused"},
		{name: "lasting faults", a: fails(errs), b: give(large), bytesB: 1e6},
		{name: "lasting faults of all", a: fails(errs), b: fails(errs), err: "https://a/ answers 500 (tried 4 times); https://b/ answers 500 (tried 4 times)"},
		{name: "passing faults", a: func() getter {
			good, n, mu := give(large), 0, sync.Mutex{}
			return func(ctx context.Context, from, to int64) (Source, error) {
				mu.Lock()
				n++
				bad := n%3 == 0
				mu.Unlock()
				if bad {
					return Source{}, errs
				}
				return good(ctx, from, to)
			}
		}(), b: refused, told: "answers 500; trying again"},
		{name: "busy", a: func() getter {
			var once sync.Once
			return func(ctx context.Context, from, to int64) (s Source, err error) {
				once.Do(func() { err = &BusyError{After: 30 * time.Millisecond, Err: errs} })
				if err == nil {
					return give(large)(ctx, from, to)
				}
				return s, err
			}
		}(), b: refused, told: "answers 500, and asks to come back in 30ms; trying again"},
		{name: "busy for an hour", a: fails(&BusyError{After: time.Hour, Err: errs}), b: give(large), bytesB: 1e6},
		{name: "busy for an hour, all", a: fails(&BusyError{After: time.Hour, Err: errs}), b: refused, err: "https://a/ answers 500, and asks to come back in 1h0m0s;"},
		{name: "cut in every part", a: alter(large, func(s *Source, n int, from, to int64) {
			if to-from > 20_000 {
				s.Body = io.NopCloser(io.MultiReader(bytes.NewReader(large[from:(from+to)/2]), failing{}))
			}
		}), b: refused, told: "broke off after 50000 bytes of a part of 100000", bytesA: 1e6},
		{name: "ends early in every part", a: alter(large, func(s *Source, n int, from, to int64) {
			if to-from > 20_000 {
				sends(s, large[from:(from+to)/2])
			}
		}), b: refused, told: "ended after 50000 bytes of a part of 100000", bytesA: 1e6},
		{name: "silent", a: stuck, b: give(large), bytesB: 1e6},
		{name: "silent, all", a: stuck, b: stuck, err: "has fallen silent for 20ms", stall: 20 * time.Millisecond},
		{name: "slow", a: slowly(large, 500, 10*time.Millisecond), b: slowly(large, 25_000, 10*time.Millisecond), told: "https://a/ is far slower than another address"},
		{name: "wrong bytes", a: give(wrong), b: give(large), told: "https://a/ gives other bytes than the catalog's file has"},
		{name: "wrong bytes in the other", a: slowly(large, 50_000, 5*time.Millisecond), b: give(wrong), told: "https://b/ gives other bytes than the catalog's file has"},
		{name: "wrong bytes everywhere", a: give(wrong), b: give(almost), err: "https://a/ gives another file: its SHA-256 is " + hexSum(wrong)},
		{name: "no parts", a: whole(large), b: refused, told: "https://a/ cannot send parts"},
		{name: "no parts, but the other", a: whole(large), b: give(large), told: "https://a/ cannot send parts", bytesB: 1e6},
		{name: "no parts, wrong bytes", a: whole(wrong), b: give(large), told: "https://a/ cannot send parts", bytesB: 1e6},
		{name: "another part", a: alter(large, func(s *Source, n int, from, to int64) { s.From += 7; s.To += 7 }), b: refused, err: "sends from byte 7 on, asked for 0"},
		{name: "a shorter part", a: alter(large, func(s *Source, n int, from, to int64) {
			if to > 0 {
				s.To = to - 10
				sends(s, large[from:to-10])
			}
		}), b: refused},
		{name: "a longer part", a: alter(large, func(s *Source, n int, from, to int64) {
			if to > 0 && to < 1e6 {
				sends(s, large[from:to+10])
			}
		}), b: refused, told: "sends more than it was asked for"},
		{name: "a part of another place", a: alter(large, func(s *Source, n int, from, to int64) {
			if from > 0 {
				sends(s, large[from-1:to-1])
			}
		}), b: refused, told: "the pieces do not make the file; asking one address at a time"},
		{name: "longer than promised", a: alter(large, func(s *Source, n int, from, to int64) {
			if to == 0 || to == 1e6 {
				sends(s, append(bytes.Clone(large[from:]), 1))
			}
		}), b: refused, err: "sends more than the 1000000 bytes expected"},
		{name: "size not told", a: alter(large, func(s *Source, n int, from, to int64) { s.Size = -1 }), b: refused, told: "cannot send parts"},
		{name: "size changed", a: alter(large, func(s *Source, n int, from, to int64) {
			if n > 3 {
				s.Size++
			}
		}), b: slowly(large, 10_000, 10*time.Millisecond), told: "https://a/ has 1000001 bytes, expected 1000000"},
		{name: "size changed, nobody else", a: alter(large, func(s *Source, n int, from, to int64) {
			if n > 3 {
				s.Size++
			}
		}), b: refused, err: "https://a/ has 1000001 bytes, expected 1000000", left: "some"},
		{name: "version changed, the bytes not", a: alter(large, func(s *Source, n int, from, to int64) { s.Version = fmt.Sprint(n / 4) }), b: refused, told: "cannot send parts of one file: it was 0 and is 1"},
		{name: "version changed to the right one", a: func() getter {
			old, now, n, mu := give(wrong), give(large), 0, sync.Mutex{}
			return func(ctx context.Context, from, to int64) (Source, error) {
				mu.Lock()
				n++
				first := n < 4
				mu.Unlock()
				if first {
					s, err := old(ctx, from, to)
					s.Version = "0"
					return s, err
				}
				return now(ctx, from, to)
			}
		}(), b: refused, told: "cannot send parts of one file"},
		{name: "version changed to a wrong one", a: func() getter {
			n, mu := 0, sync.Mutex{}
			return func(ctx context.Context, from, to int64) (Source, error) {
				mu.Lock()
				n++
				first := n < 4
				mu.Unlock()
				if first {
					return give(large)(ctx, from, to)
				}
				s, err := give(wrong)(ctx, from, to)
				s.Version = "2"
				return s, err
			}
		}(), b: refused, err: "https://a/ gives another file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			t.Setenv("FUSIFORM_DATA", dir)
			s := newFarm(map[string]getter{"https://a/": c.a, "https://b/": c.b})
			var told strings.Builder
			var mu sync.Mutex
			f := Fetcher{Get: s, PartSize: partOf, Stall: cmp.Or(c.stall, 200*time.Millisecond), Pause: time.Microsecond, Notify: func(s string) {
				mu.Lock()
				defer mu.Unlock()
				fmt.Fprintln(&told, s)
			}}
			path, err := f.Model(t.Context(), largeRow)
			want := "models/net.onnx"
			if c.err != "" {
				if want = ""; c.left != "" {
					want = "models/.net.onnx." + largeRow.SHA256[:12] + ".part models/.net.onnx." + largeRow.SHA256[:12] + ".parts"
				}
				if err == nil || !strings.Contains(err.Error(), c.err) || !strings.HasPrefix(err.Error(), "catalog: fetching net: ") {
					t.Errorf("got %v, want %s", err, c.err)
				}
			} else if got, rerr := os.ReadFile(path); err != nil || rerr != nil || !bytes.Equal(got, large) {
				t.Errorf("%s, %v, %v", path, err, rerr)
			}
			if got := strings.Join(left(t, dir), " "); got != want {
				t.Errorf("in the folder: %s\nwant: %s", got, want)
			}
			if !strings.Contains(told.String(), c.told) {
				t.Errorf("told %s\nwant %s", &told, c.told)
			}
			if c.bytesA > 0 && s.sent["https://a/"] != c.bytesA || c.bytesB > 0 && s.sent["https://b/"] != c.bytesB {
				t.Errorf("a and b sent %v bytes, want %d and %d", s.sent, c.bytesA, c.bytesB)
			}
			if s.asked["https://a/"] < c.least {
				t.Errorf("asked %v", s.asked)
			}
		})
	}
}

// Parts come at once, no more than Parallel, and from every address.
func TestFetchPartsAtOnce(t *testing.T) {
	t.Setenv("FUSIFORM_DATA", t.TempDir())
	var mu sync.Mutex
	now, most := 0, 0
	meet := func(ctx context.Context, from, to int64) (Source, error) {
		s, err := slowly(large, 50_000, 5*time.Millisecond)(ctx, from, to)
		mu.Lock()
		defer mu.Unlock()
		if now++; now > most {
			most = now
		}
		body := s.Body
		s.Body = struct {
			io.Reader
			io.Closer
		}{body, closer(func() error { mu.Lock(); now--; mu.Unlock(); return nil })}
		return s, err
	}
	s := newFarm(map[string]getter{"https://a/": meet, "https://b/": meet})
	if _, err := (Fetcher{Get: s, PartSize: partOf, Parallel: 3}).Model(t.Context(), largeRow); err != nil {
		t.Fatal(err)
	}
	if most != 3 || s.asked["https://a/"]+s.asked["https://b/"] != 10 || s.asked["https://b/"] < 2 {
		t.Errorf("%d at once, asked %v", most, s.asked)
	}
}

type closer func() error

func (f closer) Close() error { return f() }

// One connection asks for no parts, and no small file comes in some.
func TestFetchInOnePiece(t *testing.T) {
	for _, f := range []Fetcher{{Parallel: 1, PartSize: partOf}, {PartSize: 600_000}, {}} {
		t.Setenv("FUSIFORM_DATA", t.TempDir())
		s := newFarm(map[string]getter{"https://a/": give(large)})
		f.Get = s
		if _, err := f.Model(t.Context(), largeRow); err != nil || s.asked["https://a/"] != 1 {
			t.Error(err, s.asked)
		}
	}
}

// The context ends all parts at once; the next call fetches the rest alone.
// Progress never falls and ends at the whole.
func TestFetchPartsInterrupted(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("FUSIFORM_DATA", dir)
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("enough")
	var last int
	watched := analysis.WithProgress(ctx, func(done, total int) {
		if done <= last || total != len(large) {
			t.Errorf("%d of %d after %d", done, total, last)
		}
		if last = done; done > 400_000 {
			cancel(stop)
		}
	})
	f := Fetcher{Get: newFarm(map[string]getter{"https://a/": slowly(large, 10_000, 2*time.Millisecond), "https://b/": give(large)}), PartSize: partOf}
	begun := time.Now()
	_, err := f.Model(watched, largeRow)
	if !errors.Is(err, stop) || !strings.Contains(err.Error(), fmt.Sprintf("stopped after %d of 1000000 bytes", last)) || time.Since(begun) > 2*time.Second {
		t.Fatal(err, last, time.Since(begun))
	}
	s := newFarm(map[string]getter{"https://a/": give(large), "https://b/": give(large)})
	kept := last
	last = 0
	ctx = analysis.WithProgress(t.Context(), func(done, total int) { last = done })
	f.Get = s
	if _, err := f.Model(ctx, largeRow); err != nil || last != len(large) {
		t.Fatal(err, last)
	}
	if got := s.sent["https://a/"] + s.sent["https://b/"]; got != int64(len(large)-kept) {
		t.Errorf("%d bytes were fetched again", int(got)-(len(large)-kept))
	}
	if got := strings.Join(left(t, dir), " "); got != "models/net.onnx" {
		t.Error(got)
	}
}

// journal writes one as a killed process leaves it.
func journal(size, each uint64, done ...uint64) []byte {
	b := []byte(journalHead)
	for _, n := range append([]uint64{size, each}, done...) {
		b = binary.LittleEndian.AppendUint64(b, n)
	}
	return b
}

// What a killed process left is gone on with, and never believed: whatever
// part and journal say, the file is whole and verified.
func TestFetchPartsLeft(t *testing.T) {
	holes := make([]byte, len(large))
	copy(holes[200_000:250_000], large[200_000:])
	copy(holes[900_000:], large[900_000:])
	every := func(n uint64) (all []uint64) {
		for range 10 {
			all = append(all, n)
		}
		return all
	}
	for _, c := range []struct {
		name          string
		part, journal []byte
		sent          int64 // bytes fetched
	}{
		{"two parts", holes, journal(1e6, 1e5, 0, 0, 50_000, 0, 0, 0, 0, 0, 0, 1e5), 850_000},
		{"other parts than now", holes, journal(1e6, 250_000, 0, 0, 0, 250_000), -1}, // wrong: some are fetched twice
		{"other parts, right", large[:500_000], journal(1e6, 250_000, 250_000, 100_000, 0, 0), 650_000},
		{"no journal", large[:123_456], nil, 1e6 - 123_456},
		{"no journal, all there", large, nil, 0},
		{"no journal, holes", holes, nil, 1e6},
		{"all there", large, journal(1e6, 1e5, every(1e5)...), 0},
		{"a journal that lies", holes, journal(1e6, 1e5, every(1e5)...), 1e6},
		{"a part that is shorter than the journal", large[:150_000], journal(1e6, 1e5, every(1e5)...), 850_000},
		{"a journal without a part", nil, journal(1e6, 1e5, every(1e5)...), 1e6},
		{"a part that is too long", append(bytes.Clone(large), 1), journal(1e6, 1e5, every(1e5)...), 1e6},
		{"a journal of another size", holes, journal(2e6, 1e5, every(1e5)...), 1e6},
		{"a journal that is cut", holes, journal(1e6, 1e5, 0, 0)[:40], 1e6},
		{"more than a part holds", holes, journal(1e6, 1e5, every(1e5+1)...), 1e6},
		{"fewer than none", holes, journal(1e6, 1e5, every(1<<63)...), 1e6},
		{"parts of nothing", holes, journal(1e6, 0, every(0)...), 1e6},
		{"parts of 2^63", holes, journal(1e6, 1<<63, 0), 1e6},
		{"no journal's head", holes, bytes.Repeat([]byte{7}, 1000), 1e6},
		{"an empty journal", holes, []byte{}, 1e6},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			t.Setenv("FUSIFORM_DATA", dir)
			os.MkdirAll(filepath.Join(dir, "models"), 0o777)
			base := filepath.Join(dir, "models", ".net.onnx."+largeRow.SHA256[:12])
			if c.part != nil {
				os.WriteFile(base+".part", c.part, 0o666)
			}
			if c.journal != nil {
				os.WriteFile(base+".parts", c.journal, 0o666)
			}
			s := newFarm(map[string]getter{"https://a/": give(large), "https://b/": give(large)})
			path, err := Fetcher{Get: s, PartSize: partOf}.Model(t.Context(), largeRow)
			if got, rerr := os.ReadFile(path); err != nil || rerr != nil || !bytes.Equal(got, large) {
				t.Error(err, rerr)
			}
			if got := strings.Join(left(t, dir), " "); got != "models/net.onnx" {
				t.Error(got)
			}
			if got := s.sent["https://a/"] + s.sent["https://b/"]; got != c.sent && c.sent >= 0 {
				t.Errorf("%d bytes were fetched, want %d", got, c.sent)
			}
		})
	}
}

// A full disk loses nothing of the parts that came, and the error says how
// much room is needed.
func TestFetchPartsOnAFullDisk(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("FUSIFORM_DATA", dir)
	s := newFarm(map[string]getter{"https://a/": give(large), "https://b/": give(large)})
	f := Fetcher{Get: s, PartSize: partOf}
	it := item{name: "net", rel: largeRow.File, sha256: largeRow.SHA256, size: largeRow.Size, urls: largeRow.URLs}
	c := f.crew(t.Context(), it.size)
	p, err := c.claim(t.Context(), it)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	room := 450_000
	p.write = func(b []byte, off int64) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		n := min(room, len(b))
		room -= n
		if n, err := p.file.WriteAt(b[:n], off); err != nil {
			return n, err
		}
		if n < len(b) {
			return n, syscall.ENOSPC
		}
		return n, nil
	}
	err = c.fill(t.Context(), p, it)
	p.close()
	if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "450000 of 1000000 bytes are kept: make room for 550000 more and call again") {
		t.Error(err)
	}
	sent := s.sent["https://a/"] + s.sent["https://b/"]
	if _, err := f.Model(t.Context(), largeRow); err != nil {
		t.Fatal(err)
	}
	if got := s.sent["https://a/"] + s.sent["https://b/"] - sent; got != 550_000 {
		t.Errorf("%d bytes were fetched after, want 550000", got)
	}

	// It is asked before the first byte, too.
	os.Remove(filepath.Join(dir, "models", "net.onnx"))
	f = Fetcher{Get: newFarm(nil), free: func(string) (int64, error) { return 300_000, nil }}
	_, err = f.Model(t.Context(), largeRow)
	if err == nil || !strings.Contains(err.Error(), "net needs 1000000 bytes in "+dir+", where 300000 are free: make room for 700000 more") {
		t.Error(err)
	}
	if got := left(t, dir); got != nil {
		t.Error(got)
	}
	if n, err := free(dir); err == nil && n <= 0 {
		t.Errorf("%d bytes are free in %s", n, dir)
	}
}

// Of many at once, one fetches the parts.
func TestFetchPartsManyAtOnce(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("FUSIFORM_DATA", dir)
	s := newFarm(map[string]getter{"https://a/": slowly(large, 50_000, time.Millisecond), "https://b/": give(large)})
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			if _, err := (Fetcher{Get: s, PartSize: partOf}).Model(t.Context(), largeRow); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := s.sent["https://a/"] + s.sent["https://b/"]; got != int64(len(large)) {
		t.Errorf("%d bytes came", got)
	}
	if got := strings.Join(left(t, dir), " "); got != "models/net.onnx" {
		t.Error(got)
	}
}

// A journal says nothing that its file and the size of the whole do not bear.
func FuzzJournal(f *testing.F) {
	f.Add(journal(1e6, 1e5, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9), int64(1e6))
	f.Add(journal(1<<60, 1, 0), int64(1<<60))
	f.Add(journal(10, 1<<63-1, 10), int64(10))
	f.Add([]byte(journalHead), int64(0))
	f.Fuzz(func(t *testing.T, text []byte, size int64) {
		name := filepath.Join(t.TempDir(), "j")
		if err := os.WriteFile(name, text, 0o666); err != nil {
			t.Fatal(err)
		}
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		done, each, ok := readJournal(file, size)
		if !ok {
			return
		}
		if each < 1 || len(done) == 0 || len(done) > len(text)/8 {
			t.Fatalf("%d parts of %d bytes", len(done), each)
		}
		for i, d := range done {
			if from := int64(i) * each; d < 0 || from+d > size || d > each {
				t.Fatalf("part %d has %d bytes", i, d)
			}
		}
	})
}
