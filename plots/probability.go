package plots

import "fmt"

// probability writes a p or q for a reader: "p = 0.03", "p < 0.001".
func probability(name string, p float64) string {
	switch {
	case p < 0.001:
		return name + " < 0.001"
	case p < 0.0995:
		return fmt.Sprintf("%s = %.2g", name, p)
	case p > 0.995:
		return name + " = 1"
	}
	return fmt.Sprintf("%s = %.2f", name, p)
}
