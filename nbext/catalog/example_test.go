package catalog_test

import (
	"fmt"

	"fusiform/nbext/catalog"
)

func ExampleStimuli() {
	s, err := catalog.Stimuli("drawn")
	fmt.Println(s.Len(), s.Categories(), err)
	_, err = catalog.Stimuli("drwan")
	fmt.Println(err.(*catalog.UnknownError).Nearest)
	// Output:
	// 500 [face body scene object scrambled] <nil>
	// [drawn drawn2 drawn-raw]
}

func ExampleModel() {
	m, err := catalog.Model("mobilenet_v2")
	fmt.Println(m, err)
	// Output:
	// mobilenet_v2: MobileNetV2 1.0 trained on ImageNet-1k (1001 classes, 0 = background)
	//   input: 224×224×3, layer: pool62
	//   source: google-coral/test_data
	//   licence: Apache-2.0
	//   cite: Sandler et al. (2018), doi:10.1109/CVPR.2018.00474 <nil>
}
