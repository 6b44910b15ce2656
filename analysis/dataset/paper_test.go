package dataset_test

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fusiform/analysis/dataset"
	"fusiform/internal/realdata"
)

// smallPaper is a paper of two people, one region and one network.
func smallPaper() map[string]string {
	return map[string]string{
		"all_pairs_matrix_L1_t7.json": `{"labels": ["S1 FFA", "S2 FFA", "net"],
			"blocks": [{"label": "FFA", "start": 0, "end": 2, "type": "brain", "category": "face"},
			           {"label": "ANNs", "start": 2, "end": 3, "type": "model", "category": "face"}],
			"univariate": [[null, 0.9, 0.5], [0.91, null, 0.4], [0.5, 0.4, null]],
			"multivariate": [[null, 1.1, 0.2], [1.1, null, 0.3], [0.2, 0.3, null]]}`,
		"human_human_ceiling.json": `{"FFA": {"11": [{"subject": 2, "normed_pearsonr": null, "normed_rdmr": null}, {"subject": 1, "normed_pearsonr": 0.8, "normed_rdmr": 0.7}],
			"7": [{"subject": 1, "normed_pearsonr": 0.9, "normed_rdmr": 1.1}]}}`,
		"models.csv": "id,display_name,family_or_group,trained_or_untrained,architecture,training,face_layer,body_layer,scene_layer\n" +
			"net,Net,,trained,Net,ImageNet,a.1,b.2,c.3\n",
	}
}

func TestPaper(t *testing.T) {
	p, err := dataset.Paper(write(t, "paper", smallPaper()))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"S1 FFA", "S2 FFA", "net"}, p.Labels); diff != "" {
		t.Error(diff)
	}
	want := []dataset.PaperBlock{{Label: "FFA", Start: 0, End: 2, Kind: "brain", Category: "face"}, {Label: "ANNs", Start: 2, End: 3, Kind: "model", Category: "face"}}
	if diff := cmp.Diff(want, p.Blocks); diff != "" {
		t.Error(diff)
	}
	ceilings := []dataset.PaperCeiling{
		{ROI: "FFA", MinT: 7, Subject: 1, Univariate: .9, Multivariate: 1.1},
		{ROI: "FFA", MinT: 11, Subject: 1, Univariate: .8, Multivariate: .7},
		{ROI: "FFA", MinT: 11, Subject: 2, Absent: true},
	}
	if diff := cmp.Diff(ceilings, p.Ceilings); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]dataset.PaperModel{{ID: "net", Name: "Net", Kind: "trained", Architecture: "Net", Training: "ImageNet", Face: "a.1", Body: "b.2", Scene: "c.3"}}, p.Models); diff != "" {
		t.Error(diff)
	}
	// The triangles stay as they are.
	if u, m, ok := p.Pair(0, 1); u != .9 || m != 1.1 || !ok {
		t.Error(u, m, ok)
	}
	if u, _, ok := p.Pair(1, 0); u != .91 || !ok {
		t.Error(u, ok)
	}
	if u, m, ok := p.Pair(1, 1); u != 0 || m != 0 || ok || p.Univariate.At(1, 1) != 0 {
		t.Error(u, m, ok)
	}
	labels, people, regions := p.Rows()
	if diff := cmp.Diff([][]string{{"S1 FFA", "S2 FFA", "net"}, {"S1", "S2", ""}, {"FFA", "FFA", "ANNs"}}, [][]string{labels, people, regions}); diff != "" {
		t.Error(diff)
	}
	if labels[0] = "changed"; p.Labels[0] != "S1 FFA" {
		t.Error("Rows hands out the labels themselves")
	}
	if b, err := p.Block("ANNs"); err != nil || b.Start != 2 {
		t.Error(b, err)
	}
	if _, err := p.Block("PPA"); err == nil || !strings.Contains(err.Error(), `["FFA" "ANNs"]`) {
		t.Error(err)
	}
	if c, err := p.Ceiling("FFA", 11); err != nil || len(c) != 2 {
		t.Error(c, err)
	}
	if _, err := p.Ceiling("FFA", 5); err == nil || !strings.Contains(err.Error(), "FFA t > 7") {
		t.Error(err)
	}
}

func TestPaperBad(t *testing.T) {
	const matrix, ceiling, models = "all_pairs_matrix_L1_t7.json", "human_human_ceiling.json", "models.csv"
	for name, c := range map[string]struct{ file, old, new, want string }{
		"not JSON":      {matrix, `{"labels"`, `labels`, "invalid character"},
		"cut":           {matrix, `]]}`, ``, "unexpected EOF"},
		"more":          {matrix, `]]}`, `]]} {}`, "something follows"},
		"null":          {matrix, `0.91, null`, `null, null`, "univariate: pair (1, 0) is null"},
		"diagonal":      {matrix, `[[null, 1.1`, `[[1, 1.1`, "multivariate: the diagonal holds 1 at 0"},
		"rows":          {matrix, `, [0.2, 0.3, null]`, ``, "multivariate: 2 rows for 3 labels"},
		"columns":       {matrix, `, [0.2, 0.3, null]`, `, [0.2, 0.3]`, "row 2 has 2 values"},
		"text":          {matrix, `0.91`, `"0.91"`, "cannot unmarshal"},
		"no labels":     {matrix, `"labels"`, `"names"`, "has no labels"},
		"blocks":        {matrix, `"start": 2`, `"start": 1`, `block "ANNs" does not follow`},
		"blocks beyond": {matrix, `"end": 3`, `"end": 4`, `block "ANNs" does not follow`},
		"blocks short":  {matrix, `"end": 2, "type": "brain"`, `"type": "brain"`, `block "FFA" does not follow`},
		"kind":          {matrix, `"type": "model"`, `"type": "Model"`, "neither brain nor model"},
		"threshold":     {ceiling, `"11"`, `"high"`, `"high" is no threshold`},
		"subject":       {ceiling, `"subject": 2`, `"subject": 1`, "subject 1 is not a number from 1, or stands twice"},
		"half":          {ceiling, `0.8`, `null`, "one value of two is null"},
		"no ceilings":   {ceiling, `"7": [{"subject": 1, "normed_pearsonr": 0.9, "normed_rdmr": 1.1}]`, `"7": 3`, "cannot unmarshal"},
		"model column":  {models, "face_layer", "layer", `there is no column "face_layer"`},
		"model kind":    {models, ",trained,", ",frozen,", `"frozen" is neither trained nor untrained`},
		"model ID":      {models, "net,Net", ",Net", "is empty or stands"},
	} {
		files := smallPaper()
		if !strings.Contains(files[c.file], c.old) {
			t.Fatalf("%s: nothing to replace", name)
		}
		files[c.file] = strings.Replace(files[c.file], c.old, c.new, 1)
		dir := write(t, "paper", files)
		if _, err := dataset.Paper(dir); err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "dataset: "+filepath.Join(dir, c.file)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, file := range []string{matrix, ceiling, models} {
		dir := write(t, "paper", smallPaper())
		os.Remove(filepath.Join(dir, file))
		if _, err := dataset.Paper(dir); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("without %s: %v", file, err)
		}
	}
	files := smallPaper()
	files[ceiling] = "{}"
	if _, err := dataset.Paper(write(t, "paper", files)); err == nil || !strings.Contains(err.Error(), "has no ceilings") {
		t.Error(err)
	}
}

func TestRealPaper(t *testing.T) {
	p, err := dataset.Paper(realdata.Folder(t, "paper"))
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	for _, m := range p.Models {
		kinds[m.Kind]++
	}
	if diff := cmp.Diff(map[string]int{"trained": 35, "untrained": 20, "": 4}, kinds); diff != "" {
		t.Error(diff)
	}
	if len(p.Labels) != 153 || len(p.Blocks) != 9 || len(p.Ceilings) != 8*5*8 {
		t.Errorf("%d labels, %d blocks, %d ceilings", len(p.Labels), len(p.Blocks), len(p.Ceilings))
	}
	absent := 0
	for _, c := range p.Ceilings {
		if c.Absent {
			absent++
		}
	}
	if absent != 1 {
		t.Errorf("%d ceilings are absent, want 1: FBA, t > 11, subject 7", absent)
	}
	// In two univariate pairs the triangles differ; nothing is mended.
	var differ [][2]int
	for i := range p.Labels {
		for j := i + 1; j < len(p.Labels); j++ {
			if p.Univariate.At(i, j) != p.Univariate.At(j, i) {
				differ = append(differ, [2]int{i, j})
			}
			if p.Multivariate.At(i, j) != p.Multivariate.At(j, i) {
				t.Errorf("multivariate triangles differ at (%d, %d)", i, j)
			}
		}
	}
	if diff := cmp.Diff([][2]int{{73, 82}, {130, 142}}, differ); diff != "" {
		t.Error(diff)
	}
	// The two files agree: a person's ceiling is the median over the others.
	for _, roi := range []string{"FFA", "OFA", "EBA", "FBA", "PPA", "OPA"} {
		b, err := p.Block(roi)
		if err != nil {
			t.Fatal(err)
		}
		c, err := p.Ceiling(roi, 7)
		if err != nil || len(c) != 8 || b.End-b.Start != 8 || b.Kind != "brain" {
			t.Fatalf("%s: %d ceilings, %+v, %v", roi, len(c), b, err)
		}
		for i, want := range c {
			var uni, multi []float64
			for j := range 8 {
				if u, m, ok := p.Pair(b.Start+i, b.Start+j); ok {
					uni, multi = append(uni, u), append(multi, m)
				}
			}
			slices.Sort(uni)
			slices.Sort(multi)
			if math.Abs(uni[3]-want.Univariate) > 6e-5 || math.Abs(multi[3]-want.Multivariate) > 6e-5 {
				t.Errorf("%s, subject %d: medians %v, %v, published %+v", roi, i+1, uni[3], multi[3], want)
			}
		}
	}
}
