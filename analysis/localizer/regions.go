package localizer

import (
	"errors"
	"fmt"

	"fusiform/analysis"
)

// Regions are the same region in several people, or in several networks: the
// fROI of contrast c in each source by its responses in define, read in its
// responses in measure, source by source in the same order:
//
//	measure[k].Within(l.Localize(define[k], c))
//
// A source in which no channel passes is Absent, as in the paper's people
// without a region at high thresholds; it is not an error. The method Regions
// of a localizer fails if the lists differ in length or order, if measure
// holds stimuli that defined the region (analysis.ErrCircular), if the region
// is absent in all, and like Localize.
type Regions struct {
	Found  []*analysis.Responses // the region's channels of each source that has it
	FROIs  []*analysis.FROI      // of every source, in order, empty ones too
	Absent []string              // the sources in which no channel passed
}

func regions(l Localizer, c analysis.Contrast, define, measure []*analysis.Responses) (*Regions, error) {
	if len(define) == 0 || len(define) != len(measure) {
		return nil, &analysis.AlignmentError{What: fmt.Sprintf("localizer: %d sources to define %q in and %d to measure it in", len(define), c.Name, len(measure))}
	}
	out := &Regions{}
	var last error
	for k, d := range define {
		f, err := l.Localize(d, c)
		if err != nil {
			return nil, err
		}
		out.FROIs = append(out.FROIs, f)
		r, err := measure[k].Within(f)
		switch {
		case errors.Is(err, analysis.ErrEmpty):
			out.Absent = append(out.Absent, d.Source())
			last = err
		case err != nil:
			return nil, err
		default:
			out.Found = append(out.Found, r)
		}
	}
	if len(out.Found) == 0 {
		return nil, fmt.Errorf("localizer: none of the %d sources has %q; the last: %w", len(define), c.Name, last)
	}
	return out, nil
}
