package dataset

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fusiform/analysis"
	"fusiform/internal/realdata"
)

func TestROI81(t *testing.T) {
	p, err := ROI81(realdata.Folder(t, "brain/roi81_single_subject"))
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, r := range p.Regions {
		count[r]++
	}
	n, c := p.Voxels.Dims()
	_, a := p.AlexNet.Dims()
	_, w := p.Words.Dims()
	if n != 81 || c != 696 || a != 20 || w != 30 || len(p.Regions) != 696 || len(count) != 7 {
		t.Errorf("%d×%d voxels, %d and %d components, regions %v", n, c, a, w, count)
	}
}

func TestROI81Tables(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("betas_81x696.csv", "category,FFA_v0,EVC_v0\nboat,1,2\ncat,3,5\n")
	write("alexnet_pcs.csv", "category,pc01\ncat,7\nboat,6\n")
	write("word2vec_pcs.csv", "category,pc01\nboat,8\ncat,9\n")
	p, err := ROI81(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"FFA", "EVC"}, p.Regions); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"boat", "cat"}, p.AlexNet.Stimuli().IDs()); diff != "" || p.AlexNet.Row(0)[0] != 6 {
		t.Errorf("not aligned: %v %s", p.AlexNet.Row(0), diff)
	}
	write("alexnet_pcs.csv", "category,pc01\ncat,7\nbus,6\n")
	var align *analysis.AlignmentError
	if _, err := ROI81(dir); !errors.As(err, &align) {
		t.Errorf("other stimuli: %v", err)
	}
	write("betas_81x696.csv", "category,FFA\nboat,1\ncat,3\n")
	write("alexnet_pcs.csv", "category,pc01\ncat,7\nboat,6\n")
	var parse *ParseError
	if _, err := ROI81(dir); !errors.As(err, &parse) || parse.Column != 2 {
		t.Errorf("a voxel without a region: %v", err)
	}
}
