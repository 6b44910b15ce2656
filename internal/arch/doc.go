// Package arch holds a test and nothing else: it reads the imports of every
// package of the module and fails when one runs against the design, which the
// tables in rules_test.go spell out.
package arch
