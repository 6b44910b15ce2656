package inference

import (
	"context"
	"math"

	"fusiform/analysis"
	"fusiform/internal/simd"
)

// ranked is the route for Spearman's correlation. The values are ordered once,
// so a draw's mid-ranks cost one walk through the order; people's ranks, twice
// as whole numbers, are summed to the pool, which a radix sort ranks again.
// Only cells that a draw holds, two in five of an RDM, are summed and sorted.
type ranked struct {
	*problem
	orders []*analysis.Ranking // of people, then models
}

// newRanked returns nil where twice the ranks of all people would not fit into
// 32 bits.
func newRanked(p *problem) *ranked {
	if n := float64(p.n()); 2*n*n*float64(len(p.people)) > math.MaxUint32/2 {
		return nil
	}
	r := &ranked{problem: p}
	for _, x := range append(append([][]float64(nil), p.people...), p.models...) {
		r.orders = append(r.orders, analysis.NewRanking(x))
	}
	return r
}

func (r *ranked) visit(ctx context.Context, counts [][]float64, visit func(int, view) error) error {
	return inTurn(ctx, len(counts), func() func(int) error {
		v := newRankedView(r)
		return func(k int) error {
			if different(counts[k]) < fewStimuli {
				return visit(k, void{errFew})
			}
			if !v.set(counts[k]) {
				return visit(k, void{errFlat})
			}
			return visit(k, v)
		}
	})
}

// rankedView is a draw as ranks.
type rankedView struct {
	*ranked
	w, rank []float64 // of all cells
	place   []int32   // the cells that stand at all

	// Of these cells alone: their weights; twice the ranks, less the mean, of
	// each person and model; the same of people, times the weights; and the
	// pool of people so far.
	weight  []float64
	twice   []float64
	heavy   []float64
	pool    []float64
	pooled  []float64
	total   float64
	squares []float64 // Σ weight·twice², of each
	values  []float64
	known   bool // values are those of this draw
	narrow  sorter[uint32]
	wide    sorter[uint64]
}

func newRankedView(r *ranked) *rankedView {
	cells, all := r.cells(), len(r.orders)
	return &rankedView{ranked: r, w: make([]float64, cells), rank: make([]float64, cells),
		squares: make([]float64, all), values: make([]float64, len(r.people)*len(r.models))}
}

// set makes v the view of a draw. It returns false where the values of someone
// are constant.
func (v *rankedView) set(counts []float64) bool {
	v.weigh(v.w, counts, 0, len(v.w))
	v.total, v.known = v.ranked.total(counts), false
	v.place = v.place[:0]
	if cap(v.place) < len(v.w) {
		v.place = make([]int32, 0, len(v.w))
	}
	place, n := v.place[:len(v.w)], 0
	for i, w := range v.w {
		place[n] = int32(i)
		if w > 0 {
			n++
		}
	}
	v.place = place[:n]
	all := len(v.orders)
	v.weight, v.twice, v.heavy = room(v.weight, n), room(v.twice, all*n), room(v.heavy, len(v.people)*n)
	v.pool, v.pooled = room(v.pool, n), room(v.pooled, n)
	for i, p := range v.place {
		v.weight[i] = v.w[p]
	}
	middle := v.total + 1 // Σ weight·2·rank = total·(total + 1)
	for k, order := range v.orders {
		order.RanksTo(v.rank, v.w)
		twice := v.twice[k*n : (k+1)*n]
		for i, p := range v.place {
			twice[i] = 2*v.rank[p] - middle
		}
		if k < len(v.people) {
			heavy := v.heavy[k*n : (k+1)*n]
			simd.Binary(simd.Mul, heavy, twice, v.weight)
			v.squares[k] = simd.Dot(heavy, twice)
		} else {
			simd.Binary(simd.Mul, v.pool, twice, v.weight)
			v.squares[k] = simd.Dot(v.pool, twice)
		}
		if v.squares[k] == 0 {
			return false
		}
	}
	return true
}

func room(x []float64, n int) []float64 {
	if cap(x) < n {
		return make([]float64, n, n+n/4)
	}
	return x[:n]
}

func (v *rankedView) scores() []float64 {
	k, j, n := len(v.people), len(v.models), len(v.place)
	if v.known || j == 0 {
		return v.values
	}
	simd.Gemm(false, true, k, j, n, 1, v.heavy, n, v.twice[k*n:], n, 0, v.values, j)
	for a := range k {
		for b := range j {
			v.values[a*j+b] = correlation(v.values[a*j+b], v.squares[a], v.squares[k+b])
		}
	}
	v.known = true
	return v.values
}

func correlation(xy, xx, yy float64) float64 {
	return math.Max(-1, math.Min(1, xy/(math.Sqrt(xx)*math.Sqrt(yy))))
}

func (v *rankedView) ceiling(s []float64) (lo, hi float64, err error) {
	n := len(v.place)
	clear(v.pool)
	var people, unique float64
	for k, c := range s {
		if c > 0 {
			simd.Axpy(v.pool, c, v.twice[k*n:(k+1)*n])
			people, unique = people+c, unique+1
		}
	}
	_, squares := v.again(-1, 0, people)
	if squares == 0 {
		return 0, 0, errFlat
	}
	for k, c := range s {
		if c > 0 {
			hi += correlation(simd.Dot(v.heavy[k*n:(k+1)*n], v.pooled), v.squares[k], squares) / unique
		}
	}
	for k, c := range s {
		if c == 0 {
			continue
		}
		products, squares := v.again(k, c, people-c)
		if squares == 0 {
			return 0, 0, errFlat
		}
		lo += correlation(products, v.squares[k], squares) / unique
	}
	return lo, hi, nil
}

// again ranks the pool less c times what person k has, which holds so many
// people then. With k < 0 it is the pool of all, and twice the ranks, less the
// mean, go to pooled; otherwise it returns the sum of their products with
// those of the person. squares is that of their own squares.
func (v *rankedView) again(k int, c, people float64) (products, squares float64) {
	n := len(v.place)
	var twice, heavy []float64
	if k >= 0 {
		twice, heavy = v.twice[k*n:(k+1)*n], v.heavy[k*n:(k+1)*n]
	}
	// Less the mean, ranks lie within ± total.
	shift := people * v.total
	if v.narrow.fits(n, 2*shift) {
		sorted, low := v.narrow.sort(v.pool, twice, c, shift, 2*shift)
		return rerank(sorted, low, v.weight, heavy, v.pooled, v.total)
	}
	sorted, low := v.wide.sort(v.pool, twice, c, shift, 2*shift)
	return rerank(sorted, low, v.weight, heavy, v.pooled, v.total)
}

// rerank does what again says with sorted keys.
func rerank[K uint32 | uint64](sorted []K, low uint, weight, heavy, pooled []float64, total float64) (products, squares float64) {
	mask := K(1)<<low - 1
	low &= 63
	weight = weight[:len(sorted)]
	if heavy != nil {
		heavy = heavy[:len(sorted)]
	}
	below := -total // twice the weight below, less total + 1, plus 1
	for lo := 0; lo < len(sorted); {
		head := sorted[lo] >> low
		if lo+1 == len(sorted) || sorted[lo+1]>>low != head {
			i := sorted[lo] & mask
			w := weight[i]
			rank := below + w
			below += 2 * w
			squares += w * rank * rank
			if heavy == nil {
				pooled[i] = rank
			} else {
				products += heavy[i] * rank
			}
			lo++
			continue
		}
		hi, tied := lo, 0.0
		for ; hi < len(sorted) && sorted[hi]>>low == head; hi++ {
			tied += weight[sorted[hi]&mask]
		}
		rank := below + tied
		below += 2 * tied
		squares += tied * rank * rank
		for _, k := range sorted[lo:hi] {
			if heavy == nil {
				pooled[k&mask] = rank
			} else {
				products += heavy[k&mask] * rank
			}
		}
		lo = hi
	}
	return products, squares
}
