package catalog

import (
	"strings"

	"fusiform/analysis"
	"fusiform/analysis/dataset"
	"fusiform/analysis/simulate"
)

const noLicence = "no licence file; research use with citation only"

// drawings are drawn by this program, and need no files.
var drawings = []DataRow{
	drawing("drawn", "drawings in outline, 100 of each of face, body, scene, object and scrambled; contrast and Fourier amplitude equal in all",
		simulate.Drawings{Style: simulate.Outline, PerCategory: 100, Seed: 101}),
	drawing("drawn2", "the same categories in another style, shaded; an independent second localizer",
		simulate.Drawings{Style: simulate.Shaded, PerCategory: 100, Seed: 202}),
	drawing("drawn-test", "new drawings in both styles, 20 of each category and style: what to measure on",
		simulate.Drawings{Style: simulate.Outline, PerCategory: 20, Seed: 303},
		simulate.Drawings{Style: simulate.Shaded, PerCategory: 20, Seed: 404}),
	drawing("drawn-raw", "the drawings of drawn without equal contrast and amplitude: the cautionary case, in which untrained networks look selective",
		simulate.Drawings{Style: simulate.Outline, PerCategory: 100, Seed: 101, Raw: true}),
	drawing("drawn-phase", "the drawings of drawn with their Fourier phases scrambled: the negative control",
		simulate.Drawings{Style: simulate.Outline, PerCategory: 100, Seed: 101, PhaseScrambled: true}),
}

// imageRows are photographs. A new set is a row here and its manifest
// (internal/reference/manifests.py).
var imageRows = []DataRow{
	{
		Name: "floc", Folder: "images/floc",
		About:  "the fLoc localizer: 96 grey photographs of each of adult, child, body, limb, corridor, house, car, instrument, number, word and scrambled",
		What:   "the fLoc images (a folder for each of the 11 subcategories, or an index.csv beside them)",
		Cite:   "Stigliani, Weiner & Grill-Spector (2015), doi:10.1523/JNEUROSCI.4822-14.2015",
		Source: "VPNL/fLoc @ de6a26cc", License: noLicence,
		Get:  "The files whose checksums are known are copies of 224 pixels of 96 of the 144 images of each subcategory, made from the folder stimuli of github.com/VPNL/fLoc. Other copies serve as well, in a folder for each subcategory; `fusiform fetch -check floc` then says that they differ.",
		load: dataset.Images,
	},
	{
		Name: "murty185", Folder: "images/murty185",
		About:  "185 colour photographs: 50 bodies, 25 faces, 60 objects, 50 scenes",
		What:   "the 185 images and their index.csv",
		Cite:   "Ratan Murty et al. (2021), doi:10.1038/s41467-021-25409-6",
		Source: "TimManiquet/RT_exp @ c867fe45", License: noLicence,
		Get:  "The files whose checksums are known were prepared from github.com/TimManiquet/RT_exp.",
		load: dataset.Images,
	},
	{
		Name: "kriegeskorte92", Folder: "images/kriegeskorte92",
		About:  "92 colour images of objects on grey: 24 faces, 24 body parts, 44 others; subcategories are the six classes of the source",
		What:   "the 92 images and their index.csv",
		Cite:   "Kriegeskorte et al. (2008), doi:10.1016/j.neuron.2008.10.043",
		Source: "rsagroup/rsatoolbox", License: "MIT",
		Get:  "The files whose checksums are known were prepared from github.com/rsagroup/rsatoolbox, folder demos/92imageData.",
		load: kriegeskorte,
	},
}

// tableRows are what people did, and what was published.
var tableRows = []DataRow{
	{
		Name: "vpnl_toonCat_floc_profiles", Folder: "brain/vpnl_toonCat_floc_profiles",
		About:  "mean t of category-selective regions for each of the ten conditions of fLoc, 34 people",
		What:   "floc_roi_mean_t.csv",
		Cite:   "Yao et al. (2025), as the source names it",
		Source: "VPNL/toonCat @ 7fe3ccca", License: noLicence,
		Get: "The table whose checksum is known was prepared from github.com/VPNL/toonCat.",
		Go:  `dataset.VPNLProfiles(nb.Must(nb.Folder("vpnl_toonCat_floc_profiles")))`,
	},
	{
		Name: "vpnl_floc_rsms", Folder: "brain/vpnl_floc_rsms",
		About:  "10×10 RSMs of the conditions of fLoc in ventral temporal cortex, 29 children over years",
		What:   "the tables floc_rsm_*.csv",
		Cite:   "Nordt et al. (2023), doi:10.1038/s41467-023-43146-w",
		Source: "VPNL/distributedVTCDevelopment @ dbc91063", License: noLicence,
		Get: "The tables whose checksums are known were prepared from github.com/VPNL/distributedVTCDevelopment.",
		Go:  `dataset.VPNLRSMs(nb.Must(nb.Folder("vpnl_floc_rsms")) + "/floc_rsm_allvoxels.csv")`,
	},
	{
		Name: "vpnl_floc_roi_betas", Folder: "brain/vpnl_floc_roi_betas",
		About:  "mean beta of category-selective regions for each of the ten conditions of fLoc, 29 children over years",
		What:   "floc_roi_betas.csv",
		Cite:   "Nordt et al. (2021), doi:10.1038/s41562-021-01141-5",
		Source: "VPNL/corticalRecycling @ c5a42623", License: noLicence,
		Get: "The table whose checksum is known was prepared from github.com/VPNL/corticalRecycling.",
		Go:  `dataset.VPNLBetas(nb.Must(nb.Folder("vpnl_floc_roi_betas")))`,
	},
	{
		Name: "haxby2001_sub001_1slice", Folder: "brain/haxby2001_sub001_1slice",
		About:  "raw BOLD of a block localizer of one person: 12 runs of one slice, 8 categories, TR 2.5 s",
		What:   "run01_bold.nii.gz to run12_bold.nii.gz, each with its events.tsv",
		Cite:   "Haxby et al. (2001), doi:10.1126/science.1063736",
		Source: "PyMVPA", License: "CC BY-SA 3.0",
		Get: "One slice of the first person of Haxby et al. (2001), prepared from the data that come with PyMVPA; haxby2001 is the whole.",
		Go:  `nb.Runs(nb.Must(nb.Folder("haxby2001_sub001_1slice")) + "/*_bold.nii.gz")`,
	},
	{
		Name: "roi81_single_subject", Folder: "brain/roi81_single_subject",
		About:  "one person's betas of 696 voxels in seven regions for 81 categories of objects, with components of AlexNet and word2vec",
		What:   "betas_81x696.csv, alexnet_pcs.csv and word2vec_pcs.csv",
		Cite:   "the source, QuantumMatter/cracking-the-code-dw1; which paper the data belong to is not known here",
		Source: "QuantumMatter/cracking-the-code-dw1 @ 68f7c3b6", License: noLicence,
		Get: "The tables whose checksums are known were prepared from github.com/QuantumMatter/cracking-the-code-dw1.",
		Go:  `dataset.ROI81(nb.Must(nb.Folder("roi81_single_subject")))`,
	},
	{
		Name: "kriegeskorte2008_hIT_92", Folder: "brain/kriegeskorte2008_hIT_92",
		About:  "RDMs of the 92 images of kriegeskorte92: human IT of 4 people in 2 sessions each, monkey IT, 16 judgements of similarity, 8 models",
		What:   "hit_rdms_upper.csv, behaviour_rdms_upper.csv, model_rdms_upper.csv and 92_brainRDMs.mat",
		Cite:   "Kriegeskorte et al. (2008), doi:10.1016/j.neuron.2008.10.043",
		Source: "rsagroup/rsatoolbox", License: "MIT",
		Get: "The files whose checksums are known were prepared from github.com/rsagroup/rsatoolbox, folder demos/92imageData.",
		Go:  `dataset.UpperRDMs(nb.Must(nb.Folder("kriegeskorte2008_hIT_92")) + "/hit_rdms_upper.csv", images)`,
	},
	{
		Name: "paper", Folder: "paper",
		About:  "similarities of all people and networks, human–human ceilings and the layers read, as published",
		What:   "all_pairs_matrix_L1_t7.json, human_human_ceiling.json and models.csv",
		Cite:   "Dipani & Ratan Murty (2026), doi:10.64898/2026.05.29.728609",
		Source: "the project page of the paper", License: "CC BY 4.0",
		Go: `dataset.Paper(nb.Must(nb.Folder("paper")))`,
	},
}

// drawing is the row of a set of drawings of one or more kinds. Where there
// is more than one, the IDs carry the style too.
func drawing(name, about string, kinds ...simulate.Drawings) DataRow {
	return DataRow{
		Name: name, About: about,
		Cite: "Fusiform", Source: "drawn by this program", License: "MIT",
		load: func(string) (analysis.Stimuli, error) {
			var items []analysis.Stimulus
			for _, d := range kinds {
				d.Name = name
				if len(kinds) > 1 {
					d.Name = name + "/" + d.Style.String()
				}
				s, err := d.Stimuli()
				if err != nil {
					return analysis.Stimuli{}, err
				}
				for i := range s.Len() {
					items = append(items, s.At(i))
				}
			}
			return analysis.NewStimuli(items)
		},
	}
}

// kriegeskorte reads the 92 images under the categories that contrasts name;
// the class of the source ("human face") becomes the subcategory.
func kriegeskorte(dir string) (analysis.Stimuli, error) {
	s, err := dataset.Images(dir)
	if err != nil {
		return analysis.Stimuli{}, err
	}
	items := make([]analysis.Stimulus, s.Len())
	for i := range items {
		items[i] = s.At(i)
		items[i].Subcategory = items[i].Category
		switch class := items[i].Category; {
		case strings.HasSuffix(class, " face"):
			items[i].Category = "face"
		case strings.HasSuffix(class, " bodypart"):
			items[i].Category = "body"
		default:
			items[i].Category = "object"
		}
	}
	return analysis.NewStimuli(items)
}
