// Package catalog knows data sets and networks by name: where their files
// belong, what they are, whom to cite, and under which licence they come.
//
// Nothing is fetched. Data sets of photographs and the networks trained on
// photographs lie in one local folder, DataDir; where one is absent, the error
// is a *MissingError that says what to put where. The drawn data sets and
// the network drawnet need no files and are always there.
//
// A data set is one row in a table of this package, and so is a network.
package catalog
