package analysis

// drawnItems are those of x and y that stand somewhere, ranked, and how often.
type drawnItems struct {
	rx, ry  *Ranking
	w       []float64
	buffers [3]*[]float64
}

// takeDrawn leaves out items that stand nowhere; in a draw of pairs of stimuli
// that is more than half. giveBack when done.
func takeDrawn(x, y, w []float64) drawnItems {
	d := drawnItems{rx: rankings.Get().(*Ranking), ry: rankings.Get().(*Ranking)}
	for k := range d.buffers {
		d.buffers[k] = borrow(len(w))
	}
	bx, by, bw := *d.buffers[0], *d.buffers[1], *d.buffers[2]
	n := 0
	for i, c := range w {
		bx[n], by[n], bw[n] = x[i], y[i], c
		if c != 0 {
			n++
		}
	}
	d.w = bw[:n]
	d.rx.Reset(bx[:n])
	d.ry.Reset(by[:n])
	return d
}

func (d drawnItems) giveBack() {
	rankings.Put(d.rx)
	rankings.Put(d.ry)
	for _, b := range d.buffers {
		giveBack(b)
	}
}
