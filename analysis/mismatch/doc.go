// Package mismatch asks on which stimuli a network and people disagree, which
// property of the stimuli explains it, and whether that holds elsewhere, so
// that the disagreements become tests for better networks.
//
// It works on profiles, one value per stimulus, in standard deviations: the
// residual of a stimulus is e = z(network) − z(brain). Rank orders the stimuli
// by it, New does so for several people and networks, Explain relates it to
// properties. A Contrast of two groups of stimuli (animal against human faces)
// has an effect in people, one in the network, and their difference, the
// mismatch; Test.Compare gives each an interval over stimuli and people and
// the mismatch a permutation p, and Test.Replicate counts on how many people,
// networks and halves of the stimuli it holds. A Battery keeps such contrasts
// with the responses of people in a file, against which any new network gets a
// Report: matches, opposite, too strong, too weak or undecided.
//
// Three things would make findings out of nothing, and are taken care of.
// People are measured with noise and networks are not, so in standard
// deviations a perfect network has larger effects than each person; effects of
// people are therefore divided by √Agreement (see Residuals). People and
// stimuli are both samples; intervals hold over both. And stimuli that were
// picked because a network errs on them for some people prove nothing on the
// same ones: that is analysis.ErrCircular.
package mismatch
