package nbext

import (
	"errors"

	"fusiform/analysis"
)

// RunAll returns what Run returns for each network: the responses of the layer
// of that name. With an empty layer it is the layer before each network's
// read-out, for networks that know theirs (models.Model.ReadOut).
//
// It fails with the error of the first network that has one, if there is no
// network, and with an empty layer if a network does not know its read-out.
func RunAll[N Network](networks []N, layer string, s analysis.Stimuli) ([]*analysis.Responses, error) {
	if len(networks) == 0 {
		return nil, errors.New("nbext: no network to run")
	}
	out := make([]*analysis.Responses, len(networks))
	for i, n := range networks {
		at := layer
		if at == "" {
			knows, ok := any(n).(interface{ ReadOut() (string, error) })
			if !ok {
				return nil, errors.New("nbext: " + n.Name() + " does not say which layer is before its read-out; name one")
			}
			var err error
			if at, err = knows.ReadOut(); err != nil {
				return nil, err
			}
		}
		var err error
		if out[i], err = Run(n, at, s); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// RunLayers returns what Run returns for each of several layers of one network,
// in their order. It fails with the error of the first layer that has one, and
// without layers.
func RunLayers(n Network, layers []string, s analysis.Stimuli) ([]*analysis.Responses, error) {
	if len(layers) == 0 {
		return nil, errors.New("nbext: no layer of " + n.Name() + " to run")
	}
	out := make([]*analysis.Responses, len(layers))
	for i, layer := range layers {
		var err error
		if out[i], err = Run(n, layer, s); err != nil {
			return nil, err
		}
	}
	return out, nil
}
