package kernel_test

import (
	"context"
	"fmt"
	"os"

	"fusiform/nbext/kernel"
)

// A notebook is executed without a browser. The first time this takes
// minutes, since the lab is made.
func ExampleLab_Run() {
	lab := kernel.Lab{Out: os.Stderr}
	done, err := lab.Run(context.Background(), []string{"notebooks/00-quickstart.ipynb"}, "executed")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, nb := range done {
		fmt.Println(nb.Page, len(nb.Figures))
	}
}
