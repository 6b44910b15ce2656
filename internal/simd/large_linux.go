package simd

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// hugePage is the size of the pages that Linux calls huge, on amd64 and on
// arm64 with pages of 4 KiB.
const hugePage = 2 << 20

// Large returns n numbers, all 0, for what is gone through again and again:
// where the system gives huge pages on demand, the processor then looks up
// addresses less often. Linux alone is asked for them, and may decline.
func Large[T Float](n int) []T {
	x := make([]T, n)
	if len(x) == 0 {
		return x
	}
	b := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(x))), n*int(unsafe.Sizeof(x[0])))
	if skip := -int(uintptr(unsafe.Pointer(unsafe.SliceData(b))) % hugePage); len(b) >= 2*hugePage {
		if skip < 0 {
			skip += hugePage
		}
		whole := (len(b) - skip) / hugePage * hugePage
		unix.Madvise(b[skip:skip+whole], unix.MADV_HUGEPAGE) // advice: nothing depends on it
	}
	return x
}
