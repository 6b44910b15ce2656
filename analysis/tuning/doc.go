// Package tuning holds response profiles: how strongly a region answers each
// stimulus, averaged over its channels.
//
// A region of a brain and a set of units of a network give the same kind of
// profile, one value per stimulus, so they can be laid side by side: ranked,
// summed up by category, averaged over people, and compared with any measure.
// Compare(m) and Mean are made to be handed to package ceiling, which says how
// well any network could do.
package tuning
