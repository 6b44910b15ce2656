// Peers times this project and the Python that a scientist would use instead,
// side by side, and prints a table:
//
//	go run ./internal/peers [-only REGEXP] [-threads N[,N…]] [-json]
//
// The Python peers are those of requirements.txt, exact versions, in an
// environment that the command makes once in the cache folder
// (catalog.CacheDir); -python names an interpreter that has them already.
//
// Both sides do the same work on the same numbers (Uniform here, uniform in
// py/common.py) with the same number of threads, each in a process of its own,
// never at once, in turns: ours, the peer, ours, the peer. The best time of all
// turns counts, so that a disturbance of the machine has to hit every turn of
// one side to be seen. A first run is not counted: it compiles, packs and warms
// up. Peak memory is that of the whole process, interpreter and program
// included. The answers are compared, too: fast and wrong is no benchmark.
//
// A task is a value (Task) in the list that one function in a file of its own
// returns, and a script in py/ that does the same. To add some, write these two
// files and one line in tasks.go.
package main
