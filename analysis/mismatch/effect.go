package mismatch

import (
	"fmt"
	"math"
)

// An Effect is how much more group A is answered than group B.
type Effect struct {
	Value float64 `json:"value"` // mean of A − mean of B, in standard deviations over all stimuli
	Lo    float64 `json:"lo"`    // 95 % interval
	Hi    float64 `json:"hi"`
	SE    float64 `json:"se"`
	DF    float64 `json:"df"` // of t, by Satterthwaite
	P     float64 `json:"p"`  // two-sided t, that the effect is 0 for all such stimuli and people
	D     float64 `json:"d"`  // Value in standard deviations within the groups (Cohen's d, pooled); 0 where these are 0
}

func (e Effect) String() string { return fmt.Sprintf("%+.2f [%+.2f, %+.2f]", e.Value, e.Lo, e.Hi) }

// level returns, per stimulus, the mean z over sources on the corrected scale.
func (s side) level() (z []float64, agreed float64) {
	agreed = 1
	if s.corrected {
		agreed, _ = agreement(s.z)
	}
	z = meanRow(s.z)
	for i := range z {
		z[i] /= math.Sqrt(agreed)
	}
	return z, agreed
}

// residual returns e per stimulus.
func (t *table) residual() []float64 {
	e, _ := t.brain.level()
	if len(t.model.z) == 0 {
		return e
	}
	m, _ := t.model.level()
	for i := range e {
		e[i] = m[i] - e[i]
	}
	return e
}

// fill computes the effects from the variances.
func (r *Result) fill(t *table, v variances) {
	brain, agreed := t.brain.level()
	r.Agreement = agreed
	r.Sources = &Sources{}
	levels, sides := [][]float64{brain}, []side{t.brain}
	if len(t.model.z) > 0 {
		m, _ := t.model.level()
		levels, sides = append(levels, m, t.residual()), append(sides, t.model)
	}
	var own, dof [2]float64 // variance of each side's mean over sources
	for k, s := range sides {
		_, agreed := s.level()
		d := make([]float64, len(s.z))
		for j, z := range s.z {
			d[j] = t.difference(z) / math.Sqrt(agreed)
		}
		own[k], dof[k] = variance(d)/float64(len(d)), float64(len(d)-1)
		if k == ofBrain {
			r.Sources.People, r.Spread = s.given(d), spread(d)
		} else {
			r.Sources.Models = s.given(d)
		}
	}
	for number, x := range levels {
		var terms, df []float64
		if number != ofModel {
			terms, df = append(terms, own[0]), append(df, dof[0])
		}
		if number != ofBrain {
			terms, df = append(terms, own[1]), append(df, dof[1])
		}
		sum := own[0] + own[1]
		if number != ofMismatch {
			sum = own[number]
		}
		*[]*Effect{&r.Brain, &r.Model, &r.Mismatch}[number] = t.effect(x, number, v, satterthwaite(sum, terms, df))
	}
}

// effect sums up one number; x are its values per stimulus and sourceDF the
// degrees of freedom of its variance over sources.
func (t *table) effect(x []float64, number int, v variances, sourceDF float64) Effect {
	e := Effect{Value: t.difference(x)}
	va, vb := variance(pick(x, t.a)), variance(pick(x, t.b))
	na, nb := float64(len(t.a)), float64(len(t.b))
	if within := ((na-1)*va + (nb-1)*vb) / math.Max(1, na+nb-2); within > 0 {
		e.D = e.Value / math.Sqrt(within)
	}
	stimulusDF := satterthwaite(va/na+vb/nb, []float64{va / na, vb / nb}, []float64{na - 1, nb - 1})
	total, interaction := v.total(number)
	e.SE = math.Sqrt(total)
	e.DF = satterthwaite(total, []float64{v.stimuli[number], v.sources[number], interaction}, []float64{stimulusDF, sourceDF, stimulusDF * sourceDF})
	switch {
	case e.SE > 1e-12:
		e.interval(t.most(x, number))
	case math.Abs(e.Value) < 1e-12:
		e.Lo, e.Hi, e.P = e.Value, e.Value, 1
	default:
		e.Lo, e.Hi = e.Value, e.Value
	}
	return e
}

// most is the largest effect that values x could have, were they in another
// order of the stimuli, and more: √(Σx²·(1/n_a + 1/n_b)), by Cauchy and
// Schwarz. 0 stands for no limit: a mismatch has none of its own.
func (t *table) most(x []float64, number int) float64 {
	if number == ofMismatch {
		return 0
	}
	m, ss := mean(x), 0.0
	for _, v := range x {
		ss += (v - m) * (v - m)
	}
	return math.Sqrt(ss * (1/float64(len(t.a)) + 1/float64(len(t.b))))
}

// interval sets Lo, Hi and P from Value, SE and DF. A difference in a z-scored
// profile is a correlation with the groups times the most that it can be, so
// as for correlations the interval is ± t·SE on the scale of atanh(Value/most).
func (e *Effect) interval(most float64) {
	t := t975(e.DF)
	f := e.Value / most
	if most == 0 || f*f > 1-1e-9 {
		e.Lo, e.Hi, e.P = e.Value-t*e.SE, e.Value+t*e.SE, twoSided(e.Value/e.SE, e.DF)
		return
	}
	z, se := math.Atanh(f), e.SE/most/(1-f*f)
	e.Lo, e.Hi, e.P = most*math.Tanh(z-t*se), most*math.Tanh(z+t*se), twoSided(z/se, e.DF)
}

func pick(x []float64, at []int) []float64 {
	out := make([]float64, len(at))
	for k, i := range at {
		out[k] = x[i]
	}
	return out
}

// spread is the root mean square of d[k] less the mean of the others.
func spread(d []float64) float64 {
	if len(d) < 2 {
		return 0
	}
	k := float64(len(d))
	return math.Sqrt(variance(d) * k / (k - 1))
}
