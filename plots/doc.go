// Package plots draws what the analysis packages found: similarity matrices
// (RSM), response profiles (Tuning), encoding models (Encoding), what becomes
// of them without the selective channels (Subsets), and more. A figure is a
// plain struct whose fields are results; it draws them as they are and never
// computes, sorts or clusters: order the stimuli before the analysis if a
// figure should show them in another order.
//
// Every figure carries what the field expects of it: scores stand beside
// their ceiling, drawn as a grey band; colour ranges, numbers of stimuli and
// units are stated in the figure; categories keep their colour from figure to
// figure and differ in shape too, so that a figure survives a grey printer.
// Every figure also says in words what it shows, numbers included (Alt), and
// SVG carries those words for screen readers.
//
// Several figures are the panels of one in a Grid. PNG, SVG, PDF and Save
// render at the size that the figure suggests; a Print says otherwise, and
// carries in the file what made the figure (MadeOf reads it back). The same
// figure gives the same bytes. Marks and Cells are what a reader who points at
// a part of a figure is told. All figures, with their code: README.md.
package plots
