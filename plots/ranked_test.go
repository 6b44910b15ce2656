package plots_test

import (
	"fmt"
	"log"
	"math"
	"path/filepath"
	"strings"
	"testing"

	drawing "fusiform/analysis/simulate"
	"fusiform/analysis/tuning"
	"fusiform/internal/golden"
	"fusiform/plots"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot/vg"
)

// graded has responses 0.1, 0.2, … in the order of the stimuli.
func graded(kinds ...kind) *tuning.Profile {
	s := withPictures(stimuli(kinds...))
	p := &tuning.Profile{Source: "S1 FFA", Stimuli: s, Channels: 7}
	for i := range s.Len() {
		p.Values = append(p.Values, float64(i+1)/10)
	}
	return p
}

func TestRanked(t *testing.T) {
	p := graded(kind{"body", 10}, kind{"face", 12})
	f := plots.Ranked{Profile: p, Pictures: 3}
	ss := shapes(t, f, 0, 0)

	// Bars: a face for the 12 strongest, left, and a body for the 10 others,
	// falling, each as wide as any.
	bars := append(filled(ss, faceFill), filled(ss, bodyFill)...)
	if len(bars) != 22 {
		t.Fatalf("%d bars, want 22", len(bars))
	}
	x0, y0, _, _ := bars[0].bounds()
	at := axis(t, ss, true, [2]float64{x0, 0})
	last := math.Inf(-1)
	for i, b := range bars {
		left, low, _, high := b.bounds()
		if !near(low, y0) || !near(high, at(2.2-.1*float64(i))) || left <= last {
			t.Errorf("bar %d stands at %v from %v to %v, want %v", i, left, low, high, at(2.2-.1*float64(i)))
		}
		last = left
	}
	// Pictures of the three strongest, left to right, and of the three weakest.
	var pictures [][4]float64
	for _, s := range ss {
		if s.kind == "image" {
			a, b, c, d := s.bounds()
			pictures = append(pictures, [4]float64{a, b, c, d})
		}
	}
	if len(pictures) != 6 {
		t.Fatalf("%d pictures, want 6", len(pictures))
	}
	for _, r := range pictures {
		if w, h := r[2]-r[0], r[3]-r[1]; math.Abs(w-2*h) > .05*w { // 32 × 16 pixels
			t.Errorf("a picture of %v × %v", w, h)
		}
	}
	marks, _, err := plots.Marks(f, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]int{}
	for _, m := range marks {
		told[m.Text]++
		if len(m.Stimuli) != 1 || !strings.HasPrefix(m.Text, m.Stimuli[0].ID) {
			t.Errorf("mark %q of %d stimuli", m.Text, len(m.Stimuli))
		}
	}
	for text, want := range map[string]int{
		"set/face-012.png (face): 2.2, rank 1 of 22": 2, "set/face-010.png (face): 2, rank 3 of 22": 2, "set/face-009.png (face): 1.9, rank 4 of 22": 1,
		"set/body-001.png (body): 0.1, rank 22 of 22": 2, "set/body-004.png (body): 0.4, rank 19 of 22": 1,
	} {
		if told[text] != want {
			t.Errorf("%q is told %d times, want %d: %v", text, told[text], want, told)
		}
	}
	// Of the picture marks, the strongest is the leftmost and the weakest the
	// rightmost.
	pics := marks[22:]
	for i, id := range []string{"face-012", "face-011", "face-010", "body-001", "body-002", "body-003"} {
		if !strings.Contains(pics[i].Text, id) {
			t.Errorf("picture %d is %q, want %s", i, pics[i].Text, id)
		}
	}
	if !(pics[0].Area.Min.X < pics[1].Area.Min.X && pics[2].Area.Max.X < pics[5].Area.Min.X && pics[5].Area.Min.X < pics[3].Area.Min.X) {
		t.Error("pictures stand in another order than their bars")
	}
	all := strings.Join(texts(ss), "|")
	for _, want := range []string{"S1 FFA", "22 stimuli by response of 7 channels", "coloured by category; pictures: answered most and least", "response (own unit)", "stimuli, strongest response first", "face", "body"} {
		if !strings.Contains(all, want) {
			t.Errorf("the figure does not say %q: %s", want, all)
		}
	}
	if alt := f.Alt(); !strings.HasPrefix(alt, "22 stimuli ranked by the response of S1 FFA (own unit), from 2.2 to 0.1. Answered most: set/face-012.png (2.2), set/face-011.png (2.1), set/face-010.png (2). "+
		"Answered least: set/body-003.png (0.3), set/body-002.png (0.2), set/body-001.png (0.1). Median rank: body 17.5, face 6.5.") {
		t.Errorf("Alt says %q", alt)
	}
}

func TestRankedEdges(t *testing.T) {
	two := graded(kind{"face", 1}, kind{"body", 1})
	tied := graded(kind{"face", 6})
	for i := range tied.Values {
		tied.Values[i] = 1
	}
	plain := graded(kind{"", 5})
	below := graded(kind{"face", 4})
	for i := range below.Values {
		below.Values[i] -= 3
	}
	for name, c := range map[string]struct {
		f     plots.Ranked
		w     vg.Length
		marks int
	}{
		"two":            {plots.Ranked{Profile: two}, 0, 4},
		"ties":           {plots.Ranked{Profile: tied}, 0, 12},
		"no category":    {plots.Ranked{Profile: plain}, 0, 9},
		"no pictures":    {plots.Ranked{Profile: tied, Pictures: -1}, 0, 6},
		"all below 0":    {plots.Ranked{Profile: below}, 0, 8},
		"a column":       {plots.Ranked{Profile: graded(kind{"face", 40})}, plots.Column, 40 + 8},
		"more than half": {plots.Ranked{Profile: below, Pictures: 50}, 0, 8},
	} {
		marks, _, err := plots.Marks(c.f, c.w, 0)
		if err != nil || len(marks) != c.marks {
			t.Errorf("%s: %d marks (%v), want %d", name, len(marks), err, c.marks)
		}
		if _, err := plots.PNG(c.f, c.w, 0); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if marks, _, _ := plots.Marks(plots.Ranked{Profile: tied, Pictures: -1}, 0, 0); !strings.Contains(marks[0].Text, "face-001") || !strings.Contains(marks[5].Text, "face-006") {
		t.Errorf("ties are out of order: %q … %q", marks[0].Text, marks[5].Text)
	}
	bad := graded(kind{"face", 4})
	bad.Values[2] = math.NaN()
	for name, p := range map[string]*tuning.Profile{"nil": nil, "empty": {}, "NaN": bad} {
		f := plots.Ranked{Profile: p}
		if _, err := plots.PNG(f, 0, 0); err == nil || !strings.HasPrefix(f.Alt(), "Empty figure") {
			t.Errorf("%s: %v, Alt %q", name, err, f.Alt())
		}
		if p == nil && f.Doubts() != nil {
			t.Error("doubts of nothing")
		}
	}
}

// drawings are of the package's own making, not photographs.
func drawings(perCategory int) drawing.Drawings {
	return drawing.Drawings{Name: "drawn", PerCategory: perCategory, Seed: 5}
}

func TestRankedGolden(t *testing.T) {
	p := must(tuning.New(simulate("drawnet/relu_fc faces", must(drawings(12).Stimuli()), 42, "face", 3)))
	golden.PNG(t, "ranked.png", must(plots.PNG(plots.Ranked{Profile: p}, 0, 0)))
}

// Which images do face units answer most, and which least?
func ExampleRanked() {
	dir, remove := folder()
	defer remove()
	images, err := drawing.Drawings{Name: "drawn", PerCategory: 12, Seed: 5}.Stimuli()
	if err != nil {
		log.Fatal(err)
	}
	profile, err := tuning.New(simulate("drawnet/relu_fc faces", images, 42, "face", 3))
	if err != nil {
		log.Fatal(err)
	}
	figure := plots.Ranked{Profile: profile, Pictures: 3}
	if err := plots.Save(figure, filepath.Join(dir, "ranked.png"), 0, 0); err != nil {
		log.Fatal(err)
	}
	fmt.Println(figure.Alt())
	// Output:
	// 60 stimuli ranked by the response of drawnet/relu_fc faces (own unit), from 3.34 to −0.0758. Answered most: drawn/face-005 (3.34), drawn/face-002 (2.621), drawn/face-007 (2.458). Answered least: drawn/body-009 (0.08005), drawn/face-011 (0.01591), drawn/scene-011 (−0.0758). Median rank: face 6.5, body 40, scene 45.5, object 23, scrambled 30.5.
}

// A raw signal of ten thousands keeps its digits: on the axis, in words and for
// who points at it.
func TestRankedRawSignal(t *testing.T) {
	f := plots.Ranked{Profile: profile("S1 FFA", stimuli(kind{"face", 1}, kind{"body", 1}), 12034, 12036)}
	marks, _, err := plots.Marks(f, 0, 0)
	if err != nil || !strings.Contains(marks[0].Text, "12036, rank 1 of 2") || !strings.Contains(f.Alt(), "from 12036 to 12034") {
		t.Errorf("%v, %v, %s", marks, err, f.Alt())
	}
	for _, from := range []float64{120000, 1e8} {
		e := plots.Encoding{Result: result()}
		for i := range e.Result.Stimuli.Len() {
			for _, m := range [2]*mat.Dense{e.Result.Predicted, e.Result.Observed} {
				r := m.RawRowView(i)
				for j := range r {
					r[j] += from
				}
			}
		}
		seen := map[string]int{}
		for _, s := range texts(shapes(t, e, 0, 0)) {
			if seen[s]++; seen[s] > 2 && s != "" && strings.ContainsAny(s[:1], "0123456789") {
				t.Errorf("from %v: %q stands %d times", from, s, seen[s])
			}
		}
	}
}
