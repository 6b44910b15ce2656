package analysis

import (
	"fmt"
	"strings"
)

// MeanOf names the mean of several sources by the words that their names end
// with in common: the mean of "S1 faces" and "S2 faces" is "faces, mean of 2",
// that of "S1" and "S2" is "mean of 2".
func MeanOf(sources []string) string {
	mean := fmt.Sprintf("mean of %d", len(sources))
	if len(sources) == 0 {
		return mean
	}
	words := strings.Fields(sources[0])
	for _, s := range sources[1:] {
		other := strings.Fields(s)
		n := 0
		for n < len(words) && n < len(other) && words[len(words)-1-n] == other[len(other)-1-n] {
			n++
		}
		words = words[len(words)-n:]
	}
	if len(words) == 0 {
		return mean
	}
	return strings.Join(words, " ") + ", " + mean
}
