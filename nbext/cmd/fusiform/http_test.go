package main

import "testing"

func TestContentRange(t *testing.T) {
	for _, c := range []struct {
		s                 string
		length            int64
		first, last, size int64
		ok                bool
	}{
		{"bytes 5-9/10", 5, 5, 9, 10, true}, {"bytes 5-9/10", -1, 5, 9, 10, true}, {"bytes 5-9/*", 5, 5, 9, -1, true}, {"bytes 5-8/10", 4, 5, 8, 10, true},
		{"bytes 5-8/10", 5, 0, 0, 0, false}, {"bytes 5-9/10", 6, 0, 0, 0, false}, {"5-9/10", 5, 0, 0, 0, false}, {"bytes */10", 5, 0, 0, 0, false},
		{"bytes 9-5/6", -1, 0, 0, 0, false}, {"bytes -5-9/10", -1, 0, 0, 0, false}, {"bytes 5-9", -1, 0, 0, 0, false}, {"bytes 5-9/9", -1, 0, 0, 0, false},
		{"bytes 5-99999999999999999999/10", -1, 0, 0, 0, false},
	} {
		if first, last, size, ok := contentRange(c.s, c.length); first != c.first || last != c.last || size != c.size || ok != c.ok {
			t.Errorf("%q, %d: %d, %d, %d, %v", c.s, c.length, first, last, size, ok)
		}
	}
}
