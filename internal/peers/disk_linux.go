package main

import "syscall"

// freeGB is the free space where a folder is, in GB; false if it is not known.
func freeGB(dir string) (float64, bool) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, false
	}
	return float64(s.Bavail) * float64(s.Bsize) / 1e9, true
}
