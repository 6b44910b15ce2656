package simulate

import (
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"math/cmplx"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fusiform/analysis"
)

var sheetFile = flag.String("sheet", "", "write a contact sheet of the drawings to this PNG file, to look at")

// contactSheet shows each category of each set in rows of its own, every
// pixel enlarged.
func contactSheet(t *testing.T, columns, rows, zoom int, sets ...Drawings) *image.Gray {
	t.Helper()
	const cell = Side + 2
	var all [][]analysis.Stimulus
	for _, d := range sets {
		d.PerCategory = columns * rows
		s, err := d.Stimuli()
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < s.Len(); i += columns {
			var row []analysis.Stimulus
			for j := i; j < i+columns; j++ {
				row = append(row, s.At(j))
			}
			all = append(all, row)
		}
	}
	sheet := image.NewGray(image.Rect(0, 0, columns*cell*zoom, len(all)*cell*zoom))
	for i := range sheet.Pix {
		sheet.Pix[i] = 255
	}
	for y, row := range all {
		for x, s := range row {
			m, err := s.Image()
			if err != nil {
				t.Fatal(err)
			}
			for py := range Side * zoom {
				for px := range Side * zoom {
					v := color.GrayModel.Convert(m.At(px/zoom, py/zoom)).(color.Gray)
					sheet.SetGray((x*cell+1)*zoom+px, (y*cell+1)*zoom+py, v)
				}
			}
		}
	}
	return sheet
}

func TestContactSheet(t *testing.T) {
	if *sheetFile == "" {
		t.Skip("pass -sheet FILE to write the pictures and look at them")
	}
	sheet := contactSheet(t, 16, 1, 3,
		Drawings{Style: Outline, Seed: 101, Raw: true}, Drawings{Style: Shaded, Seed: 202, Raw: true},
		Drawings{Style: Outline, Seed: 101}, Drawings{Style: Shaded, Seed: 202},
		Drawings{Style: Outline, Seed: 101, PhaseScrambled: true})
	f, err := os.Create(*sheetFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(f, sheet); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func mustStimuli(t testing.TB, d Drawings) analysis.Stimuli {
	t.Helper()
	s, err := d.Stimuli()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func pixels(t testing.TB, s analysis.Stimulus) []uint8 {
	t.Helper()
	m, err := s.Image()
	if err != nil {
		t.Fatal(err)
	}
	g, ok := m.(*image.Gray)
	if !ok || g.Rect != image.Rect(0, 0, Side, Side) {
		t.Fatalf("%s is a %T of %v", s.ID, m, m.Bounds())
	}
	return g.Pix
}

func TestDrawingsSet(t *testing.T) {
	s := mustStimuli(t, Drawings{Name: "new", PerCategory: 4})
	var got []string
	for i := range s.Len() {
		got = append(got, strings.TrimSpace(s.At(i).ID+" "+s.At(i).Category+" "+s.At(i).Subcategory))
	}
	want := strings.Split(`new/face-001 face adult
new/face-002 face child
new/face-003 face adult
new/face-004 face child
new/body-001 body body
new/body-002 body limb
new/body-003 body body
new/body-004 body limb
new/scene-001 scene corridor
new/scene-002 scene house
new/scene-003 scene landscape
new/scene-004 scene corridor
new/object-001 object car
new/object-002 object instrument
new/object-003 object furniture
new/object-004 object vessel
new/scrambled-001 scrambled
new/scrambled-002 scrambled
new/scrambled-003 scrambled
new/scrambled-004 scrambled`, "\n")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if s := mustStimuli(t, Drawings{}); s.Len() != 500 || s.At(99).ID != "drawn/face-100" {
		t.Errorf("the zero value has %d stimuli, number 99 is %s", s.Len(), s.At(99).ID)
	}
}

func TestDrawingsErrors(t *testing.T) {
	for want, d := range map[string]Drawings{
		`simulate: drawings "x": unknown style Style(2); use Outline or Shaded`: {Name: "x", Style: 2},
		`simulate: drawings "x": -1 pictures per category`:                      {Name: "x", PerCategory: -1},
	} {
		if _, err := d.Stimuli(); err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

// A picture depends on nothing but Seed, Style, category, number and control,
// and its digest says so.
func TestDrawingsAreIndependent(t *testing.T) {
	few, many := mustStimuli(t, Drawings{Seed: 5, PerCategory: 2}), mustStimuli(t, Drawings{Seed: 5, PerCategory: 30, Name: "other"})
	for i := range few.Len() {
		j, _ := many.Index(strings.Replace(few.At(i).ID, "drawn", "other", 1))
		a, _ := few.At(i).Digest()
		b, _ := many.At(j).Digest()
		if !slices.Equal(pixels(t, few.At(i)), pixels(t, many.At(j))) || a != b {
			t.Errorf("%s depends on the set that it is in", few.At(i).ID)
		}
	}
	digests, pictures := map[[32]byte]string{}, map[string]string{}
	for _, d := range []Drawings{{Seed: 5}, {Seed: 6}, {Seed: 5, Style: Shaded}, {Seed: 5, Raw: true}, {Seed: 5, PhaseScrambled: true}, {Seed: 5, Raw: true, PhaseScrambled: true}} {
		d.PerCategory = 3
		s := mustStimuli(t, d)
		for i := range s.Len() {
			what := fmt.Sprintf("%+v %s", d, s.At(i).ID)
			sum, err := s.At(i).Digest()
			if err != nil {
				t.Fatal(err)
			}
			if other, dup := digests[sum]; dup {
				t.Errorf("%s and %s have one digest", what, other)
			}
			p := string(pixels(t, s.At(i)))
			if other, dup := pictures[p]; dup {
				t.Errorf("%s and %s are one picture", what, other)
			}
			digests[sum], pictures[p] = what, what
		}
	}
}

// amplitude is the Fourier amplitude at (u, v) by its definition, the slow
// way, of pixels in units of the control.
func amplitude(p []uint8, u, v int) float64 {
	sum := 0i
	for i, x := range p {
		sum += complex((float64(x)-127.5)/24, 0) * cmplx.Rect(1, -2*math.Pi*float64(u*(i%Side)+v*(i/Side))/Side)
	}
	return cmplx.Abs(sum)
}

func meanAndSD(p []uint8) (mean, sd float64) {
	for _, x := range p {
		mean += float64(x) / float64(len(p))
	}
	for _, x := range p {
		sd += (float64(x) - mean) * (float64(x) - mean) / float64(len(p))
	}
	return mean, math.Sqrt(sd)
}

func TestControl(t *testing.T) {
	// Σ f^−2.4 over the 1023 frequencies, by numpy 2.4.0:
	//	k = np.fft.fftfreq(32, 1/32)
	//	f = np.hypot(*np.meshgrid(k, k)).ravel()[1:]
	//	(f**-2.4).sum()
	const power = 13.399311200534793
	unit := Side * Side / math.Sqrt(power)
	for _, style := range []Style{Outline, Shaded} {
		for _, scrambled := range []bool{false, true} {
			s := mustStimuli(t, Drawings{Style: style, Seed: 101, PerCategory: 12, PhaseScrambled: scrambled})
			for i := range s.Len() {
				p := pixels(t, s.At(i))
				// What lies beyond 0–255 is cut; it must be next to nothing.
				if m, sd := meanAndSD(p); math.Abs(m-127.5) > .3 || sd < 23.6 || sd > 24.1 {
					t.Errorf("%v %s: mean %.2f, SD %.2f; want 127.5, 24", style, s.At(i).ID, m, sd)
				}
				for _, f := range [][2]int{{1, 0}, {0, 1}, {2, 1}, {3, 3}, {0, 5}, {4, 0}, {6, 2}} {
					want := unit * math.Pow(math.Hypot(float64(f[0]), float64(f[1])), -1.2)
					if got := amplitude(p, f[0], f[1]); math.Abs(got/want-1) > .07 {
						t.Errorf("%v %s: amplitude %.1f at %v; want %.1f", style, s.At(i).ID, got, f, want)
					}
				}
			}
		}
	}
}

// The control keeps what is depicted; phase scrambling does not.
func TestControlKeepsThePicture(t *testing.T) {
	set := func(raw, scrambled bool) analysis.Stimuli {
		return mustStimuli(t, Drawings{Style: Shaded, Seed: 3, PerCategory: 20, Raw: raw, PhaseScrambled: scrambled})
	}
	raw, kept, lost := set(true, false), set(false, false), set(false, true)
	mean := func(a, b analysis.Stimuli) (r float64) {
		for i := range a.Len() {
			x, y := make([]float64, Side*Side), make([]float64, Side*Side)
			for j, v := range pixels(t, a.At(i)) {
				x[j] = float64(v)
			}
			for j, v := range pixels(t, b.At(i)) {
				y[j] = float64(v)
			}
			r += analysis.Pearson.Func(x, y) / float64(a.Len())
		}
		return r
	}
	if r := mean(raw, kept); r < .7 {
		t.Errorf("controlled pictures correlate %.2f with the raw ones", r)
	}
	if r := mean(kept, lost); math.Abs(r) > .1 {
		t.Errorf("phase-scrambled pictures correlate %.2f with the unscrambled ones", r)
	}
}

// The exponent of the control is what the drawings themselves have on
// average: the slope of log amplitude over log frequency up to 16 cycles,
// each octave weighted alike.
func TestControlPower(t *testing.T) {
	var mean [Side * Side]float64
	for _, style := range []Style{Outline, Shaded} {
		d := Drawings{Style: style, Seed: 99, Raw: true}
		for category := range 4 {
			for k := range 60 {
				var c canvas
				for i, v := range d.image(category, k).Pix {
					c[i] = float64(v)
				}
				s, power := c.spectrum(), 0.
				for _, a := range s[1:] {
					power += real(a)*real(a) + imag(a)*imag(a)
				}
				for i, a := range s {
					mean[i] += cmplx.Abs(a) / math.Sqrt(power)
				}
			}
		}
	}
	var w, sx, sy, sxx, sxy float64
	for i := 1; i < len(mean); i++ {
		f := frequency(i)
		if f > Side/2 {
			continue
		}
		x, y := math.Log(f), math.Log(mean[i])
		w, sx, sy, sxx, sxy = w+1/f, sx+x/f, sy+y/f, sxx+x*x/f, sxy+x*y/f
	}
	if slope := (sxy - sx*sy/w) / (sxx - sx*sx/w); math.Abs(slope+controlPower) > .05 {
		t.Errorf("the drawings' amplitude falls as f^%.3f, the control's as f^%.1f", slope, -controlPower)
	}
}

// Without this, a change of a drawing would go unnoticed by every cache. If
// the change is meant, raise drawingVersion, put the new sum here, and train
// drawnet again.
func TestDrawingVersion(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("reason: processors with fused multiply-add round some pixels differently")
	}
	sum := sha256.New()
	for _, d := range []Drawings{{}, {Style: Shaded}, {Raw: true}, {Style: Shaded, Raw: true}, {PhaseScrambled: true}} {
		d.PerCategory = 12
		s := mustStimuli(t, d)
		for i := range s.Len() {
			sum.Write(pixels(t, s.At(i)))
		}
	}
	const version, want = 1, "166b6f015e40ad7b"
	if got := hex.EncodeToString(sum.Sum(nil))[:16]; got != want || drawingVersion != version {
		t.Errorf("the pictures of version %d have the sum %s; version %d has %s", drawingVersion, got, version, want)
	}
}

func BenchmarkDrawings(b *testing.B) {
	for _, style := range []Style{Outline, Shaded} {
		s := mustStimuli(b, Drawings{Style: style})
		b.Run(style.String(), func(b *testing.B) {
			for i := range b.N {
				pixels(b, s.At(i*101%s.Len()))
			}
		})
	}
}
