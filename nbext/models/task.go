package models

import (
	"errors"
	"fmt"
	"image"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
)

// A Task scores what a network makes of the images of one category, by what it
// puts out for them. A higher score means that it does better.
type Task struct {
	Name string
	Cite string

	// Views are changed versions of every image that the network is shown
	// beside the image itself.
	Views []View

	// Chance is the score of a network that knows nothing, of so many images
	// and outputs; nil where there is no such number.
	Chance func(images, outputs int) float64

	// Score fails if the answers do not suit the task.
	Score func(Answers) (float64, error)
}

// Answers are what a network puts out for n images of one category: n×outputs
// for the images as they are, and after that for each view of the task.
type Answers struct {
	Category string
	Intact   []*mat.Dense // before the lesion
	Now      []*mat.Dense // with it; the same as Intact where there is none
}

// A View changes an image as an observer's eye would change it: what it shows
// stays. Chance has the same draws for an image every time.
type View struct {
	Name   string
	Change func(img image.Image, rng *rand.Rand) image.Image
}

// SameTop is the share of images whose largest output is where it was before
// the lesion. It needs no labels: the intact network's answer counts as right.
// 0 to 1; the intact network has 1.
var SameTop = &Task{
	Name:   "same answer",
	Chance: func(_, outputs int) float64 { return 1 / float64(outputs) },
	Score: func(a Answers) (float64, error) {
		n, _ := a.Now[0].Dims()
		same := 0.
		for i := range n {
			if top(a.Now[0].RawRowView(i)) == top(a.Intact[0].RawRowView(i)) {
				same++
			}
		}
		return same / float64(n), nil
	},
}

// TopResponse is the mean over images of the output that was the largest
// before the lesion: the drop of the intact network's logit, or probability.
// In the unit of the output.
var TopResponse = &Task{
	Name: "response of the answer",
	Score: func(a Answers) (float64, error) {
		n, _ := a.Now[0].Dims()
		sum := 0.
		for i := range n {
			sum += a.Now[0].At(i, top(a.Intact[0].RawRowView(i)))
		}
		return sum / float64(n), nil
	},
}

// Resemblance is the mean over images of the cosine between the output with
// the lesion and before it: how much of all that the network says is left.
// −1 to 1; the intact network has 1, and an output of zeros 0.
var Resemblance = &Task{
	Name: "resemblance of the output",
	Score: func(a Answers) (float64, error) {
		n, _ := a.Now[0].Dims()
		sum := 0.
		for i := range n {
			x, y := a.Intact[0].RawRowView(i), a.Now[0].RawRowView(i)
			xy, xx, yy := 0., 0., 0.
			for k, v := range x {
				xy, xx, yy = xy+v*y[k], xx+v*v, yy+y[k]*y[k]
			}
			if xx > 0 && yy > 0 {
				sum += xy / math.Sqrt(xx*yy)
			}
		}
		return sum / float64(n), nil
	},
}

// Accuracy is the share of images whose largest output is that of their own
// category, for a network whose outputs are categories of the stimuli, in the
// order given: drawnet's are face, body, scene, object, scrambled. It fails on
// images of another category, and if there are more or fewer outputs.
func Accuracy(outputs ...string) *Task {
	return &Task{
		Name:   "accuracy",
		Chance: func(_, n int) float64 { return 1 / float64(n) },
		Score: func(a Answers) (float64, error) {
			n, units := a.Now[0].Dims()
			want := slices.Index(outputs, a.Category)
			switch {
			case units != len(outputs):
				return 0, fmt.Errorf("%d categories for %d outputs", len(outputs), units)
			case want < 0:
				return 0, fmt.Errorf("the images are of the category %q, the outputs of %s", a.Category, analysis.Few(outputs, 8))
			}
			right := 0.
			for i := range n {
				if top(a.Now[0].RawRowView(i)) == want {
					right++
				}
			}
			return right / float64(n), nil
		},
	}
}

// Identify is the task of a network that describes an image by a vector (a
// face descriptor): each view of each image is matched with the image whose
// vector is nearest to its own (Euclidean), among all images of its category.
// The score is the share of views that find their own image, 0 to 1; of k
// images equally near, one counts 1/k. Chance is 1/n for n images; the score
// falls with n, so compare categories of equal size, or each with itself.
//
// It asks for the same picture under another view, which every image can be
// asked for. It is easier than the same person in another picture, for which
// the stimuli would have to say who they show.
var Identify = &Task{
	Name:   "identification",
	Views:  Views,
	Chance: func(images, _ int) float64 { return 1 / float64(images) },
	Score: func(a Answers) (float64, error) {
		if len(a.Now) < 2 {
			return 0, errors.New("identification needs views")
		}
		n, _ := a.Now[0].Dims()
		found := 0.
		for _, view := range a.Now[1:] {
			for i := range n {
				found += nearestIs(view.RawRowView(i), a.Now[0], i)
			}
		}
		return found / float64(n*(len(a.Now)-1)), nil
	},
}

// nearestIs is 1 if row own of the gallery is the nearest to x, 1/k if k rows
// are equally near, 0 if another is nearer.
func nearestIs(x []float64, gallery *mat.Dense, own int) float64 {
	n, _ := gallery.Dims()
	least, ties, mine := math.Inf(1), 0., false
	for j := range n {
		d := 0.
		for k, v := range gallery.RawRowView(j) {
			e := v - x[k]
			d += e * e
		}
		switch {
		case d < least:
			least, ties, mine = d, 1, j == own
		case d == least:
			ties, mine = ties+1, mine || j == own
		}
	}
	if !mine {
		return 0
	}
	return 1 / ties
}

// top is the position of the largest value, the first of several.
func top(x []float64) int { return slices.Index(x, slices.Max(x)) }
