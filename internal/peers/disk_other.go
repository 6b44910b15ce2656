//go:build !linux

package main

// freeGB is the free space where a folder is, in GB; false if it is not known.
func freeGB(string) (float64, bool) { return 0, false }
