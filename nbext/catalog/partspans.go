package catalog

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// A span is a stretch of a file that is fetched for itself.
type span struct {
	from, to int64
	done     int64    // bytes that are there, from its beginning on
	by       *address // who brought them; nil: an earlier call
}

// several brought the bytes of a span in turn.
var several = new(address)

const maxSpans = 1 << 16

// spanSize returns the length of the spans of a file of that size.
func (f Fetcher) spanSize(size int64) int64 {
	if f.Parallel == 1 || size/2 < f.PartSize {
		return max(size, 1)
	}
	return max(f.PartSize, (size+maxSpans-1)/maxSpans)
}

// load finds out what is there, in spans of each bytes unless a journal is.
func (p *part) load(each int64) error {
	st, err := p.file.Stat()
	if err != nil {
		return err
	}
	length := st.Size()
	journal, err := p.root.OpenFile(p.journalRel(), os.O_RDWR, 0)
	switch {
	case err == nil:
		done, in, ok := readJournal(journal, p.size)
		if named, err := p.root.Lstat(p.journalRel()); err != nil || !named.Mode().IsRegular() {
			journal.Close()
			return fmt.Errorf("%s is not a file: remove it", filepath.Join(p.root.Name(), p.journalRel()))
		}
		if ok && length > 0 && length <= p.size {
			p.divide(in)
			for i := range p.spans {
				p.spans[i].done = max(0, min(done[i], length-p.spans[i].from))
			}
			p.journal = journal
			break
		}
		journal.Close()
		if err := p.root.Remove(p.journalRel()); err != nil {
			return err
		}
		length = p.size + 1 // what is there may have holes
		fallthrough
	case errors.Is(err, fs.ErrNotExist):
		if length > p.size {
			length = 0
			if err := p.file.Truncate(0); err != nil {
				return err
			}
		}
		p.divide(each)
		for i, s := range p.spans {
			p.spans[i].done = max(0, min(s.to, length)-s.from)
		}
	default:
		return err
	}
	if n := p.have(); n > 0 {
		p.pieces = 1
		p.tally.add(n)
	}
	return nil
}

func (p *part) divide(each int64) {
	p.each = each
	for from := int64(0); from < p.size; from += each {
		p.spans = append(p.spans, span{from: from, to: min(from+each, p.size)})
	}
}

// have returns how many bytes are there.
func (p *part) have() (n int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.spans {
		n += s.done
	}
	return n
}

func (p *part) whole() bool { return p.front() == p.size }

// front returns where the first missing byte is.
func (p *part) front() int64 {
	from, _ := p.gap()
	return from
}

// gap returns the first stretch that is missing.
func (p *part) gap() (from, to int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.first < len(p.spans) && p.spans[p.first].missing() == 0 {
		p.first++
	}
	if p.first == len(p.spans) {
		return p.size, p.size
	}
	s := p.spans[p.first]
	to = s.to
	for i := p.first + 1; i < len(p.spans) && p.spans[i].done == 0; i++ {
		to = p.spans[i].to
	}
	return s.from + s.done, to
}

func (s span) missing() int64 { return s.to - s.from - s.done }

// note writes down that bytes from..to have come, where they were missing.
func (p *part) note(from, to int64, by *address) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for from < to {
		i := int(from / p.each)
		s := &p.spans[i]
		end := min(to, s.to)
		if s.done == 0 {
			s.by = by
		} else if s.by != by {
			s.by = several
		}
		s.done = end - s.from
		p.tally.add(end - from)
		if err := p.writeJournal(i); err != nil {
			return err
		}
		from = end
	}
	return nil
}

// begin counts a source that begins to bring bytes.
func (p *part) begin() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pieces++
}

// reset throws away what is there.
func (p *part) reset() error {
	if _, err := p.keep(nil); err != nil {
		return err
	}
	if err := p.file.Truncate(0); err != nil {
		return &diskError{err}
	}
	return nil
}

// keep throws away what others than m brought, and reports whether there was
// any.
func (p *part) keep(m *address) (lost bool, err error) {
	p.sum.mu.Lock()
	defer p.sum.mu.Unlock()
	p.sum.hash, p.sum.upto = nil, 0
	p.mu.Lock()
	defer p.mu.Unlock()
	p.first = 0
	kept := false
	for i := range p.spans {
		switch s := &p.spans[i]; {
		case s.done == 0:
		case m != nil && s.by == m:
			kept = true
		default:
			lost = true
			p.tally.add(-s.done)
			s.done, s.by = 0, nil
			err = errors.Join(err, p.writeJournal(i))
		}
	}
	if !kept {
		p.pieces = 0
	}
	if err != nil {
		err = &diskError{err}
	}
	return lost, err
}

// The journal of a part says how far each of its spans is. What it says is
// believed as far as to fetch the rest: the SHA-256 decides.
//
//	fusiform parts 1\n, the size of the whole, the length of a span, and for each span the bytes that are there
//
// The numbers are of 64 bits, little-endian.
const journalHead = "fusiform parts 1\n"

func (p *part) journalRel() string { return strings.TrimSuffix(p.rel, ".part") + ".parts" }

// readJournal reads the journal of a file of that size.
func readJournal(f *os.File, size int64) (done []int64, each int64, ok bool) {
	text, err := io.ReadAll(io.LimitReader(f, int64(len(journalHead))+8*(2+maxSpans)+1))
	rest, found := bytes.CutPrefix(text, []byte(journalHead))
	if err != nil || !found || len(rest) < 16 || len(rest)%8 != 0 {
		return nil, 0, false
	}
	number := func(i int) int64 { return int64(binary.LittleEndian.Uint64(rest[8*i:])) }
	each = number(1)
	n := len(rest)/8 - 2
	if number(0) != size || each < 1 || n < 1 || int64(n) != (size-1)/each+1 {
		return nil, 0, false
	}
	for i := range n {
		d := number(2 + i)
		if d < 0 || d > min(each, size-int64(i)*each) {
			return nil, 0, false
		}
		done = append(done, d)
	}
	return done, each, true
}

// startJournal begins one, unless there is one.
func (p *part) startJournal() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.journal != nil {
		return nil
	}
	text := []byte(journalHead)
	text = binary.LittleEndian.AppendUint64(text, uint64(p.size))
	text = binary.LittleEndian.AppendUint64(text, uint64(p.each))
	for _, s := range p.spans {
		text = binary.LittleEndian.AppendUint64(text, uint64(s.done))
	}
	f, err := p.root.OpenFile(p.journalRel(), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return &diskError{err}
	}
	if _, err := f.Write(text); err != nil {
		f.Close()
		p.root.Remove(p.journalRel())
		return &diskError{err}
	}
	p.journal = f
	return nil
}

// writeJournal writes down how far a span is.
func (p *part) writeJournal(i int) error {
	if p.journal == nil {
		return nil
	}
	_, err := p.journal.WriteAt(binary.LittleEndian.AppendUint64(nil, uint64(p.spans[i].done)), int64(len(journalHead)+8*(2+i)))
	return err
}

func (p *part) endJournal() {
	if p.journal != nil {
		p.journal.Close()
		p.root.Remove(p.journalRel())
		p.journal = nil
	}
}
