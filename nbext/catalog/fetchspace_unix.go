//go:build darwin || dragonfly || freebsd || linux

package catalog

import "golang.org/x/sys/unix"

// free returns how many bytes can be written in a folder.
func free(dir string) (int64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, err
	}
	return int64(uint64(st.Bavail) * uint64(st.Bsize)), nil
}
