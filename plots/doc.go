// Package plots draws what the analysis packages found: similarity matrices
// (RSM), response profiles (Tuning), encoding models (Encoding) and what
// becomes of them without the selective channels (Subsets). A figure is a
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
// PNG, SVG and Save render at the size that the figure suggests unless told
// otherwise. The same figure gives the same bytes.
package plots
