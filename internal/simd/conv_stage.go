package simd

import "sync"

// stageFloats is how much of the images is copied at once: 1 MiB.
const stageFloats = 1 << 18

// A stage holds copies of images with zeros left and right of each row.
type stage struct{ x []float32 }

var stages sync.Pool

// takeStage returns a stage of n elements or more.
func takeStage(n int) *stage {
	s, _ := stages.Get().(*stage)
	if s == nil {
		s = &stage{}
	}
	if cap(s.x) < n {
		s.x = make([]float32, n)
	}
	return s
}

func (s *stage) giveBack() { stages.Put(s) }

// pad returns rows of src with zeros before and after each.
func (s *stage) pad(src []float32, row, before, after int) []float32 {
	wide, rows := before+row+after, len(src)/row
	x := s.x[:cap(s.x)][:rows*wide]
	Parallel(rows, Grain(wide), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			to := x[i*wide:][:wide]
			clear(to[:before])
			copy(to[before:], src[i*row:][:row])
			clear(to[before+row:])
		}
	})
	return x
}
