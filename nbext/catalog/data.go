package catalog

import (
	"fmt"
	"strings"

	"fusiform/analysis"
	"fusiform/analysis/dataset"
	"fusiform/analysis/simulate"
)

// A DataRow is a data set: stimuli, or a table of what people did.
type DataRow struct {
	Name    string
	Folder  string // below DataDir; empty where it is drawn by this program
	About   string // what it is
	What    string // what belongs into the folder
	Cite    string
	Source  string
	License string

	// Files are what belongs into the folder, each with its size and SHA-256;
	// Archives hold those that have no address of their own (Fetcher.Data).
	Files    []File
	Archives []Archive

	load func(dir string) (analysis.Stimuli, error)
}

const noLicence = "no licence file; research use with citation only"

// dataSets are the stimuli. A new one is a row here.
var dataSets = []DataRow{
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
	{
		Name: "floc", Folder: "images/floc",
		About:  "the fLoc localizer: 96 grey photographs of each of adult, child, body, limb, corridor, house, car, instrument, number, word and scrambled",
		What:   "the fLoc images (a folder for each of the 11 subcategories, or an index.csv beside them)",
		Cite:   "Stigliani, Weiner & Grill-Spector (2015), doi:10.1523/JNEUROSCI.4822-14.2015",
		Source: "VPNL/fLoc @ de6a26cc", License: noLicence,
		load: dataset.Images,
	},
	{
		Name: "murty185", Folder: "images/murty185",
		About:  "185 colour photographs: 50 bodies, 25 faces, 60 objects, 50 scenes",
		What:   "the 185 images and their index.csv",
		Cite:   "Ratan Murty et al. (2021), doi:10.1038/s41467-021-25409-6",
		Source: "TimManiquet/RT_exp @ c867fe45", License: noLicence,
		load: dataset.Images,
	},
	{
		Name: "kriegeskorte92", Folder: "images/kriegeskorte92",
		About:  "92 colour images of objects on grey: 24 faces, 24 body parts, 44 others; subcategories are the six classes of the source",
		What:   "the 92 images and their index.csv",
		Cite:   "Kriegeskorte et al. (2008), doi:10.1016/j.neuron.2008.10.043",
		Source: "rsagroup/rsatoolbox", License: "MIT",
		load: kriegeskorte,
	},
}

// tables are what people did, and what was published; they are read from
// Folder by the readers of analysis/dataset.
var tables = []DataRow{
	{
		Name: "vpnl_toonCat_floc_profiles", Folder: "brain/vpnl_toonCat_floc_profiles",
		About:  "mean t of category-selective regions for each of the ten conditions of fLoc, 34 people (dataset.VPNLProfiles)",
		What:   "floc_roi_mean_t.csv",
		Cite:   "Yao et al. (2025), as the source names it",
		Source: "VPNL/toonCat @ 7fe3ccca", License: noLicence,
	},
	{
		Name: "vpnl_floc_rsms", Folder: "brain/vpnl_floc_rsms",
		About:  "10×10 RSMs of the conditions of fLoc in ventral temporal cortex, 29 children over years (dataset.VPNLRSMs)",
		What:   "the tables floc_rsm_*.csv",
		Cite:   "Nordt et al. (2023), doi:10.1038/s41467-023-43146-w",
		Source: "VPNL/distributedVTCDevelopment @ dbc91063", License: noLicence,
	},
	{
		Name: "vpnl_floc_roi_betas", Folder: "brain/vpnl_floc_roi_betas",
		About:  "mean beta of category-selective regions for each of the ten conditions of fLoc, 29 children over years (dataset.VPNLBetas)",
		What:   "floc_roi_betas.csv",
		Cite:   "Nordt et al. (2021), doi:10.1038/s41562-021-01141-5",
		Source: "VPNL/corticalRecycling @ c5a42623", License: noLicence,
	},
	{
		Name: "paper", Folder: "paper",
		About:  "similarities of all people and networks, human–human ceilings and the layers read, as published (dataset.Paper)",
		What:   "all_pairs_matrix_L1_t7.json, human_human_ceiling.json and models.csv",
		Cite:   "Dipani & Ratan Murty (2026), doi:10.64898/2026.05.29.728609",
		Source: "the project page of the paper", License: "CC BY 4.0",
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

// Stimuli returns the stimuli with that name. It fails with an *UnknownError
// if the catalog has none, and with a *MissingError if their files are not on
// this machine.
func Stimuli(name string) (analysis.Stimuli, error) {
	var have []string
	for _, row := range dataSets {
		if row.Name != name {
			have = append(have, row.Name)
			continue
		}
		dir := ""
		if row.Folder != "" {
			var err error
			if dir, err = Folder(row.Folder); err != nil {
				return analysis.Stimuli{}, err
			}
		}
		s, err := row.load(dir)
		if err != nil {
			return analysis.Stimuli{}, fmt.Errorf("catalog: %s: %w", name, err)
		}
		return s, nil
	}
	return analysis.Stimuli{}, &UnknownError{Kind: "data set", Name: name, Nearest: Nearest(name, have, 3), Have: have}
}

// DataSets lists the stimuli of the catalog.
func DataSets() []DataRow { return append([]DataRow(nil), dataSets...) }

// Tables lists the human and published tables that Folder finds; the readers
// are in analysis/dataset.
func Tables() []DataRow { return append([]DataRow(nil), tables...) }

// String describes the data set in a few lines: what it is, where it comes
// from, its licence, and whom to cite.
func (r DataRow) String() string {
	return fmt.Sprintf("%s: %s\n  source: %s\n  licence: %s\n  cite: %s", r.Name, r.About, r.Source, r.License, r.Cite)
}
