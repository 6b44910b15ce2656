// Package rsa holds representational geometry: which stimuli a region answers
// alike (RSM) and unlike (RDM), whatever its channels are.
//
// New makes the similarity matrix of the stimuli of one source, FromSimilarity
// takes one that was published. Similarities are for looking at; RDM turns
// them into dissimilarities, and only those are averaged and compared, so a
// sign cannot be mixed up. Euclidean, Mahalanobis and Crossnobis make RDMs of
// distances instead, in units of the noise that a Covariance estimates; an RDM
// says what its cells are (Kind), and different kinds have no mean. CKA and
// UnbiasedCKA compare two sources without an RDM.
//
// Comparisons read the cells off the diagonal and align stimuli by ID. Compare(m)
// and Pool(m), the mean over people that suits the measure, are made to be handed
// to package ceiling; CompareAll holds one RDM against many. Any measure of
// package analysis will do, and WhitenedCosine and WhitenedPearson, which know
// that cells which share a stimulus vary together. MDS makes a map of an RDM,
// for looking at. Kriegeskorte, Mur &
// Bandettini (2008), doi:10.3389/neuro.06.004.2008.
package rsa
