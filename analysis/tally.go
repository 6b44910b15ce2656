package analysis

import (
	"math/bits"
	"sync"
)

// A tally holds a set of places and says how many of them lie at or beyond
// another. Entering one and asking are some ten operations each, without a
// branch: places are bits of words; 16 words are a shelf, 16 shelves are a
// room, and each word and each shelf knows how many of the set lie beyond it in
// its shelf and in its room, in 16 bits, four to a machine word.
type tally struct {
	words  []uint64
	shelf  [][4]uint64 // per 16 words
	room   [][4]uint64 // per 16 shelves
	beyond []int       // per room, how many lie in later rooms: a Fenwick tree
	count  []int32     // for shared: 0, but while it runs
}

// tallies lends them to those who need one for a moment.
var tallies = sync.Pool{New: func() any { return new(tally) }}

// below[k] has a 1 in each of the first k of 16 lanes.
var below = func() (rows [16][4]uint64) {
	for k := range rows {
		for lane := range k {
			rows[k][lane/4] |= 1 << (lane % 4 * 16)
		}
	}
	return rows
}()

// clear makes t the empty set of places 0 to n.
func (t *tally) clear(n int) {
	t.words = resized(t.words, n>>6+1)
	t.shelf = resized(t.shelf, n>>10+1)
	t.room = resized(t.room, n>>14+1)
	t.beyond = resized(t.beyond, n>>14+1)
	clear(t.words)
	clear(t.shelf)
	clear(t.room)
	clear(t.beyond)
}

// enter adds a place.
func (t *tally) enter(place int32) {
	p := uint32(place)
	t.words[p>>6] |= 1 << (p & 63)
	a, row := &t.shelf[p>>10], &below[p>>6&15]
	a[0] += row[0]
	a[1] += row[1]
	a[2] += row[2]
	a[3] += row[3]
	a, row = &t.room[p>>14], &below[p>>10&15]
	a[0] += row[0]
	a[1] += row[1]
	a[2] += row[2]
	a[3] += row[3]
	for k := p >> 14; k > 0; k &= k - 1 { // counts for all rooms before
		t.beyond[k-1]++
	}
}

// from returns how many places of the set are place or larger.
func (t *tally) from(place int32) int {
	p := uint32(place)
	n := bits.OnesCount64(t.words[p>>6] >> (p & 63))
	n += int(t.shelf[p>>10][p>>8&3] >> (p >> 6 & 3 * 16) & 0xffff)
	n += int(t.room[p>>14][p>>12&3] >> (p >> 10 & 3 * 16) & 0xffff)
	for k := int(p >> 14); k < len(t.beyond); k |= k + 1 {
		n += t.beyond[k]
	}
	return n
}

// enterAll enters the items, each at its place, one after the other, and
// returns how many pairs of an item and one entered before are discordant.
func (t *tally) enterAll(p *places, items []int32) int {
	n := 0
	for _, i := range items {
		n += t.from(p.hi[i])
		t.enter(p.at[i])
	}
	return n
}

// shared returns how many pairs of the items have the same lo.
func (t *tally) shared(lo, items []int32) int {
	t.count = resized(t.count, len(lo))
	n := 0
	for _, i := range items {
		n += int(t.count[lo[i]])
		t.count[lo[i]]++
	}
	for _, i := range items {
		t.count[lo[i]] = 0
	}
	return n
}

// A weightedTally is a tally of places that count several times, as a Fenwick
// tree: Fenwick (1994), doi:10.1002/spe.4380240306.
type weightedTally []float64

func (t weightedTally) enter(place int32, m float64) {
	for k := place + 1; k > 0; k &= k - 1 {
		t[k-1] += m
	}
}

func (t weightedTally) from(place int32) float64 {
	n := 0.0
	for k := place; k < int32(len(t)); k |= k + 1 {
		n += t[k]
	}
	return n
}
