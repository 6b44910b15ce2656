//go:build linux

package simd

import (
	"syscall"
	"testing"
	"unsafe"
)

// guarded returns n zeros between two pages that must not be touched, right
// before the second or right after the first. They are unmapped when t ends;
// the garbage collector does not see them, so T has no pointers.
func guarded[T any](t testing.TB, n int, atEnd bool) []T {
	t.Helper()
	var zero T
	page := syscall.Getpagesize()
	size := n * int(unsafe.Sizeof(zero))
	body := max(1, (size+page-1)/page) * page
	mem, err := syscall.Mmap(-1, 0, body+2*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Munmap(mem) })
	for _, guard := range [][]byte{mem[:page], mem[page+body:]} {
		if err := syscall.Mprotect(guard, syscall.PROT_NONE); err != nil {
			t.Fatal(err)
		}
	}
	start := page
	if atEnd {
		start += body - size
	}
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(mem[start:]))), n)
}
