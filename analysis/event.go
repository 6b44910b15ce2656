package analysis

// An Event is something that was shown, or done, while a run was measured:
// a block of faces, one picture, a key.
type Event struct {
	Onset    float64 // from the first volume on, in seconds
	Duration float64 // in seconds; 0 is a moment
	Type     string  // what it was: "face", "house" …

	// Modulation is how strong it was, in proportion to others of its type.
	// 0 stands for 1: an event of strength 0 is none, and is left out.
	Modulation float64
}
