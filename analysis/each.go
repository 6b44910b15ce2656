package analysis

// Each returns what of makes of the responses of every source, in order: the
// profiles, or the RDMs, of several people or networks.
//
//	analysis.Each(people, tuning.New)
//	analysis.Each(people, rsa.Euclidean)
//
// It fails with the first error of of.
func Each[T any](rs []*Responses, of func(*Responses) (T, error)) ([]T, error) {
	out := make([]T, len(rs))
	for i, r := range rs {
		var err error
		if out[i], err = of(r); err != nil {
			return nil, err
		}
	}
	return out, nil
}
