package models

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/draw"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"fusiform/analysis"
	"fusiform/internal/simd"
	"fusiform/nbext/catalog"
)

// The sums of a layer are kept in a file of their own:
//
//	magic | length of header, uint32 | header, JSON | per cell that was begun
//	c (float32), Σ(x−c), Σ(x−c)² (float64) | CRC-32C of all before
//
// in the order of bytes that the machine has; another kind of machine does not
// find them. Its name is the hash of all that decides the sums. It is written
// beside its place and renamed, so that processes do not disturb each other and
// a killed one leaves nothing half-written.
const (
	sumsMagic  = "FUSIFORM-SUMS/1\n"
	sumsSuffix = ".sums"
	sumsTemp   = ".sums.tmp"
)

// sumsVersion is part of every key. Raise it when sums would differ although
// nothing else in the key does.
const sumsVersion = 1

type sumsHeader struct {
	Order  uint16 `json:"order"` // of bytes
	Layer  string `json:"layer"`
	Units  int    `json:"units"`
	Next   int    `json:"next"`   // batches that were added
	Images []int  `json:"images"` // per cell
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func byteOrder() uint16 { return binary.NativeEndian.Uint16([]byte{1, 2}) }

// open finds what an earlier scan kept.
func (p *scanPass) open(sc Scan) error {
	p.folder, p.save = sc.Folder, sc.Save
	if p.save == 0 {
		p.save = time.Minute
	}
	if p.folder == "" {
		dir, err := catalog.CacheDir()
		if err != nil {
			p.warn(err)
			p.unsaved.Store(true)
			return nil
		}
		p.folder = filepath.Join(dir, "scans")
	}
	h := sha256.New()
	fmt.Fprintf(h, "fusiform scan %d %d %s %d %d\n", sumsVersion, codeVersion, p.m.Key(), p.net.batch, p.stimuli.Len())
	digests, err := stimulusDigests(p.stimuli)
	if err != nil {
		return err
	}
	for k, b := range p.batches {
		fmt.Fprintf(h, "%d %d %d\n", k, b.n, b.cell)
		for i := b.from; i < b.from+b.n; i++ {
			h.Write(digests[i][:])
		}
	}
	base := h.Sum(nil)
	for _, s := range p.sums {
		key := sha256.Sum256(fmt.Appendf(base[:len(base):len(base)], "%q %d %s", s.layer, s.units, s.layout))
		s.key = hex.EncodeToString(key[:])
	}
	p.each(func(s *slotSums) {
		if err := p.read(s); err != nil && !errors.Is(err, os.ErrNotExist) {
			p.warn(fmt.Errorf("what was kept of layer %q cannot be used and is computed again: %w", s.layer, err))
			s.cell, s.next = make([]cellSum, len(s.cell)), 0
		}
	})
	return nil
}

// each calls f for each slot, several at once.
func (p *scanPass) each(f func(s *slotSums)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(len(p.sums), runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(p.sums); i = int(next.Add(1)) - 1 {
				f(p.sums[i])
			}
		})
	}
	wg.Wait()
}

func (p *scanPass) path(s *slotSums) string {
	return filepath.Join(p.folder, s.key[:2], s.key+sumsSuffix)
}

// keep writes the sums of a layer, unless that failed before. A failure is a
// warning, once.
func (p *scanPass) keep(s *slotSums, next int) {
	s.saved = time.Now()
	if p.unsaved.Load() || next == 0 || !s.fresh {
		return
	}
	s.fresh = false
	if err := p.write(s, next); err != nil && !p.unsaved.Swap(true) {
		p.warn(fmt.Errorf("sums cannot be kept in %s, so that this scan cannot be resumed: %w", p.folder, err))
	}
}

func (p *scanPass) write(s *slotSums, next int) (err error) {
	path := p.path(s)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "*"+sumsTemp)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	head := sumsHeader{Order: byteOrder(), Layer: s.layer, Units: s.units, Next: next}
	for _, c := range s.cell {
		head.Images = append(head.Images, c.n)
	}
	js, err := json.Marshal(head)
	if err != nil {
		return err
	}
	crc := crc32.New(castagnoli)
	w := io.MultiWriter(f, crc)
	parts := [][]byte{[]byte(sumsMagic), binary.LittleEndian.AppendUint32(nil, uint32(len(js))), js}
	for _, c := range s.cell {
		if c.n > 0 {
			parts = append(parts, bytesOf(c.centre), bytesOf(c.sum), bytesOf(c.sq))
		}
	}
	for _, b := range parts {
		if _, err := w.Write(b); err != nil {
			return err
		}
	}
	if _, err := f.Write(crc.Sum(nil)); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// errSums reports a file that is not what was written.
var errSums = errors.New("damaged file of sums")

// read takes up the sums of a layer.
func (p *scanPass) read(s *slotSums) error {
	f, err := os.Open(p.path(s))
	if err != nil {
		return os.ErrNotExist // or as good as that
	}
	defer f.Close()
	crc := crc32.New(castagnoli)
	r := io.TeeReader(f, crc)
	fixed := make([]byte, len(sumsMagic)+4)
	if _, err := io.ReadFull(r, fixed); err != nil || !bytes.HasPrefix(fixed, []byte(sumsMagic)) {
		return fmt.Errorf("%w %s", errSums, f.Name())
	}
	size := binary.LittleEndian.Uint32(fixed[len(sumsMagic):])
	if size > 1<<20 {
		return fmt.Errorf("%w %s", errSums, f.Name())
	}
	js := make([]byte, size)
	var head sumsHeader
	if _, err := io.ReadFull(r, js); err != nil || json.Unmarshal(js, &head) != nil {
		return fmt.Errorf("%w %s", errSums, f.Name())
	}
	if head.Order != byteOrder() || head.Units != s.units || head.Next < 0 || head.Next > len(p.batches) || len(head.Images) != len(s.cell) {
		return fmt.Errorf("%w %s", errSums, f.Name())
	}
	want := make([]int, len(s.cell))
	for _, b := range p.batches[:head.Next] {
		want[b.cell] += b.n
	}
	for k := range s.cell {
		if head.Images[k] != want[k] {
			return fmt.Errorf("%w %s", errSums, f.Name())
		}
		if want[k] == 0 {
			continue
		}
		c := &s.cell[k]
		*c = cellSum{n: want[k], centre: make([]float32, s.units), sum: simd.Large[float64](s.units), sq: simd.Large[float64](s.units)}
		for _, b := range [][]byte{bytesOf(c.centre), bytesOf(c.sum), bytesOf(c.sq)} {
			if _, err := io.ReadFull(r, b); err != nil {
				return fmt.Errorf("%w %s: %w", errSums, f.Name(), err)
			}
		}
	}
	sum := crc.Sum(nil)
	end := make([]byte, len(sum)+1)
	if n, _ := io.ReadFull(f, end); n != len(sum) || !bytes.Equal(end[:n], sum) {
		return fmt.Errorf("%w %s: wrong checksum", errSums, f.Name())
	}
	s.next = head.Next
	return nil
}

// interrupted keeps all sums and says so.
func (p *scanPass) interrupted(shown int, cause error) error {
	if p.take != nil {
		return fmt.Errorf("stopped after %d of %d stimuli: %w", shown, p.stimuli.Len(), cause)
	}
	p.each(func(s *slotSums) { p.keep(s, s.next) })
	note := fmt.Sprintf("the next scan goes on from there, by what is kept in %s", p.folder)
	if p.unsaved.Load() {
		note = "nothing could be kept"
		for _, w := range p.warnings {
			note += ": " + w.Error()
		}
	}
	return fmt.Errorf("stopped after %d of %d images (%s): %w", shown, p.stimuli.Len(), note, cause)
}

// close keeps the sums of a complete scan, if that is asked for, or removes
// what was kept of it on the way; and what killed scans left a day ago.
func (p *scanPass) close(sc Scan) {
	if p.unsaved.Load() {
		return
	}
	p.each(func(s *slotSums) {
		if sc.Keep {
			p.keep(s, s.next)
			return
		}
		os.Remove(p.path(s))
	})
	left, _ := filepath.Glob(filepath.Join(p.folder, "*", "*"+sumsTemp))
	for _, f := range left {
		if st, err := os.Stat(f); err == nil && time.Since(st.ModTime()) > 24*time.Hour {
			os.Remove(f)
		}
	}
}

// stimulusDigests returns a hash of each image: its own, or of its pixels.
func stimulusDigests(s analysis.Stimuli) ([][32]byte, error) {
	out, errs := make([][32]byte, s.Len()), make([]error, s.Len())
	simd.Parallel(s.Len(), 1, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			out[i], errs[i] = stimulusDigest(s.At(i))
		}
	})
	return out, firstOf(errs)
}

func stimulusDigest(s analysis.Stimulus) (d [32]byte, err error) {
	if s.Digest != nil {
		if d, err = s.Digest(); err != nil {
			err = fmt.Errorf("stimulus %q: %w", s.ID, err)
		}
		return d, err
	}
	if s.Image == nil {
		return d, fmt.Errorf("stimulus %q has no image, only its responses are known", s.ID)
	}
	err = guard(func() error {
		img, err := s.Image()
		if err != nil {
			return err
		}
		if img == nil {
			return errors.New("the image is nil")
		}
		b := img.Bounds()
		px := image.NewNRGBA64(image.Rect(0, 0, b.Dx(), b.Dy()))
		draw.Draw(px, px.Rect, img, b.Min, draw.Src)
		h := sha256.New()
		fmt.Fprintf(h, "pixels %d %d\n", b.Dx(), b.Dy())
		h.Write(px.Pix)
		h.Sum(d[:0])
		return nil
	})
	if err != nil {
		err = fmt.Errorf("stimulus %q: %w", s.ID, err)
	}
	return d, err
}
