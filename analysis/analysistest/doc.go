// Package analysistest holds the laws that things of one kind must keep,
// whoever writes them: whatever selects channels is tested with Localizer and
// Stricter. As testing/fstest does for file systems, it lets the author of a
// new localizer write one line of test and learn which law it breaks.
package analysistest
