// Package catalog knows data sets and networks by name: where their files
// belong, what they are, whom to cite, and under which licence they come.
//
// Data sets of photographs and the networks trained on photographs lie in one
// local folder, DataDir; where one is absent, the error is a *MissingError
// that says what to put where. The drawn data sets and the network drawnet
// need no files and are always there.
//
// Nothing is fetched by itself. Who asks for it (`fusiform fetch NAME`) gets a
// network from the addresses of its row by a Fetcher: whole and of the
// SHA-256 that the catalog promises, or not at all. A lab adds its own
// networks, and addresses of those that are known here, in a file
// networks.json (LocalModels). Files are data; nothing in them is run.
//
// A data set is one row in a table of this package, and so is a network.
package catalog
