package analysis

// A LesionEffect is the score of one task with the images of one category
// without some of a layer's units, beside what the loss of other units, drawn
// at random, leaves of it. It is a row of a table, and a point of a curve where
// there are several of one category, task and control.
type LesionEffect struct {
	Task, Category string
	Images         int     // scored
	Units, Of      int     // lesioned, of so many in the layer
	Chance         float64 // of the score; 0 where the task knows none
	Intact         float64
	Lesioned       float64
	Control        string  // what the random lesions have in common with the lesion
	Random         float64 // mean over the draws
	RandomLo       float64 // the 2.5th percentile of the draws
	RandomHi       float64 // and the 97.5th

	// P is the share of random lesions that leave as little, (1 + c)/(1 + n)
	// for c of n draws with a score of at most Lesioned. Phipson & Smyth
	// (2010), doi:10.2202/1544-6115.1585.
	P float64

	// Q is P adjusted for the categories of this task and control (Benjamini
	// & Hochberg 1995). The comparison of categories stands by itself: there
	// it is P.
	Q float64

	// Contrast says that this is no category's score but a difference of
	// scores: that of the contrast's own categories less that of the rest.
	Contrast bool
}
