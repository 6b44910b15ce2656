package kernel

import (
	"regexp"
	"strings"
)

// escape matches the control sequences with which terminals are coloured.
var escape = regexp.MustCompile(`\x1b(\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[@-Z\\-_])`)

// cellLine matches how GoNB marks a line of the program that it made of the
// cells, before the path of that program.
var cellLine = regexp.MustCompile(`[ \t]*\[\[ Cell \[(\d+)\] Line (\d+) \]\] \S*main\.go:\d+`)

// plain returns text as a reader sees it: without escape sequences, without
// what a carriage return wiped out, and with places as "cell 2, line 8".
func plain(s string) string {
	s = strings.ReplaceAll(escape.ReplaceAllString(s, ""), "\r\n", "\n")
	s = cellLine.ReplaceAllString(s, " cell $1, line $2")
	if !strings.Contains(s, "\r") {
		return s
	}
	all := strings.Split(s, "\n")
	for i, line := range all {
		line = strings.TrimRight(line, "\r")
		all[i] = line[strings.LastIndex(line, "\r")+1:]
	}
	return strings.Join(all, "\n")
}
