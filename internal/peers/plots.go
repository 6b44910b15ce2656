package main

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"fusiform/analysis"
	"fusiform/analysis/rsa"
	"fusiform/plots"
)

// plotTasks draw a similarity matrix of 185 stimuli of four categories, with
// separators, names, strips of colours and a colour bar, as large in pixels on
// both sides. Pictures are no numbers: the answers are not compared.
func plotTasks() []Task {
	matplotlib := Peer{Name: "matplotlib", Script: "plots"}
	return []Task{
		picture("png", []Peer{matplotlib}, plots.Print{}.PNG),
		picture("svg", []Peer{matplotlib}, plots.Print{}.SVG),
		picture("pdf", []Peer{matplotlib}, plots.Print{}.PDF),
	}
}

// picture is the rendering of the matrix in one format.
func picture(format string, peers []Peer, render func(plots.Figure) ([]byte, error)) Task {
	counts, names := []int{50, 25, 60, 50}, []string{"body", "face", "object", "scene"}
	n := 0
	for _, k := range counts {
		n += k
	}
	task := Task{
		Name: fmt.Sprintf("plot/rsm/%s/%dx%d", format, n, n), Peers: peers,
		Args: map[string]any{"format": format, "counts": counts, "names": names},
	}
	task.Prepare = func() (func() error, func() []float64, error) {
		var items []analysis.Stimulus
		for k, c := range counts {
			for i := range c {
				items = append(items, analysis.Stimulus{ID: fmt.Sprintf("%s-%03d", names[k], i), Category: names[k]})
			}
		}
		s, err := analysis.NewStimuli(items)
		if err != nil {
			return nil, nil, err
		}
		v := mat.NewSymDense(n, nil)
		x := uniform[float64](1, n*n)
		for i := range n {
			v.SetSym(i, i, 1)
			for j := i + 1; j < n; j++ {
				v.SetSym(i, j, x[i*n+j])
			}
		}
		m, err := rsa.FromSimilarity("network/layer", s, v, analysis.Pearson)
		if err != nil {
			return nil, nil, err
		}
		return func() error {
			_, err := render(plots.RSM{Matrix: m})
			return err
		}, nil, nil
	}
	return task
}
