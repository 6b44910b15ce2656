// Package catalog knows data sets and networks by name: where their files
// belong, what they are, whom to cite, and under which licence they come.
//
// Data sets and networks lie in one local folder, DataDir, or a data set
// wherever datasets.json says; where one is absent, the error is a
// *MissingError that says what to put where. The drawn data sets and the
// network drawnet need no files and are always there.
//
// Nothing is fetched by itself. Who asks for it (`fusiform fetch NAME`) gets
// networks and data sets from the addresses of their rows by a Fetcher: whole
// and of the SHA-256 that the catalog promises, or not at all. Where a data set
// has terms, its folder opens when somebody has accepted them (*TermsError).
//
// A lab adds its own networks and data sets, addresses of those that are known
// here, and the folders that it has elsewhere, in the files networks.json and
// datasets.json (LocalModels, LocalData). Files are data; nothing in them is
// run.
//
// A data set is one row in a table of this package, and so is a network.
package catalog
