// Package hdf5 reads HDF5 files: groups, datasets whole or in part, attributes
// and references, over an io.ReaderAt. It knows nothing of what the numbers
// mean.
//
// It reads superblocks of versions 0 to 3 behind a user block of any size;
// old groups and new ones, small or dense; compact, contiguous and chunked
// datasets with every chunk index; deflate, shuffle, fletcher32 and lzf; and
// numbers of all byte orders up to 64 bits, enumerations, text, compounds,
// arrays and object references. What is left out is an *UnsupportedError that
// names it: other filters, external and virtual storage, shared message
// tables, and the rarer types.
//
// Files come from anywhere. Checksums are compared wherever the format has
// them. Every address and length is held against the file's size before
// anything is allocated; no structure is read twice in one traversal, so that
// neither cycles nor blocks that overlap can make it work without end; and
// what a compressed chunk claims to hold is held against what so many bytes can
// become.
//
// The format: The HDF Group, HDF5 File Format Specification, versions 3.0 and
// 4.0.
package hdf5
