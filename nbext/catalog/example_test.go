package catalog_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

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

// A lab shares its networks by a file in the data folder.
func ExampleLocalModels() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	os.Setenv("FUSIFORM_DATA", dir)
	defer os.Unsetenv("FUSIFORM_DATA")
	row := `{"networks": [
  {"name": "our_vgg", "file": "models/our_vgg.onnx", "size": 553437328,
   "sha256": "` + strings.Repeat("0a", 32) + `",
   "urls": ["https://example.org/our_vgg.onnx"],
   "input": {"width": 224, "height": 224, "channels": 3,
             "mean": [123.675, 116.28, 103.53], "std": [58.395, 57.12, 57.375]},
   "layers": ["features.30"], "about": "VGG-16 trained on our faces",
   "cite": "Us et al. (2026)", "source": "our lab", "license": "CC BY 4.0"}
]}`
	if err := os.WriteFile(filepath.Join(dir, "networks.json"), []byte(row), 0o666); err != nil {
		panic(err)
	}
	m, err := catalog.Model("our_vgg")
	fmt.Println(m, err)
	_, err = m.Path()
	fmt.Println(strings.Contains(err.Error(), "fusiform fetch our_vgg"))
	// Output:
	// our_vgg: VGG-16 trained on our faces
	//   input: 224×224×3, layer: features.30
	//   source: our lab
	//   licence: CC BY 4.0
	//   cite: Us et al. (2026) <nil>
	// true
}

// A data set whose folder lies elsewhere is named in the data folder, and opens
// once its terms are accepted.
func ExampleLocalData() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	os.Setenv("FUSIFORM_DATA", dir)
	defer os.Unsetenv("FUSIFORM_DATA")
	rows := fmt.Sprintf(`{"datasets": [{"name": "nsd", "at": %q}]}`, dir)
	if err := os.WriteFile(filepath.Join(dir, "datasets.json"), []byte(rows), 0o666); err != nil {
		panic(err)
	}
	_, err = catalog.Folder("nsd")
	fmt.Println(strings.Contains(err.Error(), "Accept them with: fusiform fetch nsd"))
	row, err := catalog.Data("nsd")
	if err != nil {
		panic(err)
	}
	if err := row.Accept(); err != nil { // as `fusiform fetch nsd` does when its name is typed
		panic(err)
	}
	at, err := catalog.Folder("nsd")
	fmt.Println(at == dir, err)
	// Output:
	// true
	// true <nil>
}
