package kernel

import (
	"regexp"
	"strings"
)

// escape matches the control sequences with which terminals are coloured.
var escape = regexp.MustCompile(`\x1b(\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[@-Z\\-_])`)

// plain returns text as a reader sees it: without escape sequences, and
// without what a carriage return wiped out.
func plain(s string) string {
	s = strings.ReplaceAll(escape.ReplaceAllString(s, ""), "\r\n", "\n")
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
