package fastgo

import "golang.org/x/sys/unix"

// memory returns how many bytes of memory the machine has.
func memory() float64 {
	var s unix.Sysinfo_t
	if unix.Sysinfo(&s) != nil {
		return maxBytes
	}
	return float64(s.Totalram) * float64(s.Unit)
}
