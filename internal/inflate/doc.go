// Package inflate unpacks gzip quicker than compress/gzip does, for images of
// hundreds of megabytes that are read from .nii.gz: bits are taken eight bytes
// at a time, most codes are found by one look into a table, and matches are
// copied by words. What it accepts and what it returns is what compress/flate
// and compress/gzip accept and return; a fuzz test compares them.
//
// The formats: RFC 1951 (deflate), RFC 1952 (gzip).
package inflate
