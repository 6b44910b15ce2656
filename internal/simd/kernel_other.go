//go:build !amd64

package simd

func run32(_ Level, t *tileOp32) { t.portable() }
func run64(_ Level, t *tileOp64) { t.portable() }
