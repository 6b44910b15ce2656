// Package nbext is what a notebook cell imports: it runs networks through a
// cache that outlives the cell, shows figures and tables in it, reports
// progress, finds data by name, and turns errors into one readable line.
//
//	import nb "fusiform/nbext"
//
//	net  := nb.Must(models.Open("drawnet"))
//	imgs := nb.Must(nb.Data("drawn"))
//	resp := nb.Must(nb.Run(net, "relu_fc1", imgs))
//
// GoNB compiles every cell and runs it as a new process: declarations persist,
// values do not. Run therefore keeps what a network answered in a cache whose
// key is content (weights, layer, pre-processing, pixels, code), so that the
// next cell reads it in milliseconds and a changed pixel is never missed.
//
// What a cell shows stands on its own in the notebook: a figure is a picture
// with its words, and where scripts run it says what is pointed at (Show);
// thresholds can be gone through without a kernel (Explore); tables sort
// (Table). Nothing is fetched from anywhere, and where scripts do not run the
// picture, the frames and the rows are there all the same. Each picture carries
// what it was made of: networks, stimuli, data and code, by their hashes (Made).
//
// Outside a notebook the same program works too: figures become files in
// figures/, tables and progress become plain text.
package nbext
