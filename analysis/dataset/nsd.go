package dataset

// An NSD is a folder of the Natural Scenes Dataset, laid out as its data manual
// says (Allen et al. 2022, doi:10.1038/s41593-021-00962-x):
//
//	nsddata/experiments/nsd/nsd_expdesign.mat
//	nsddata_betas/ppdata/subj01/func1pt8mm/betas_fithrf_GLMdenoise_RR/betas_session01.nii.gz (or .hdf5)
//	nsddata/ppdata/subj01/func1pt8mm/roi/floc-faces.nii.gz
//
// Nobody here could run this on the real files, which need a signed agreement:
// it is tested on a generated tree of the same layout.
type NSD struct {
	Dir   string
	Space string // empty means func1pt8mm
	Model string // empty means betas_fithrf_GLMdenoise_RR
}

// Betas opens the betas of a subject, 1 to 8: of the sessions that are named, or
// of all that are in the folder. Trials are those of the design: stimuli are
// called "nsd/00001" to "nsd/73000", counted from 1 as subjectim counts. Close
// what it opened when done.
func (n NSD) Betas(subject int, sessions ...int) (*Betas, func() error, error) {
	panic("dataset: not built yet")
}

// ROI returns the voxels of a region: those of roi/NAME.nii.gz whose label is
// among the labels, or, without any, is above 0.
func (n NSD) ROI(subject int, name string, labels ...int) ([]bool, error) {
	panic("dataset: not built yet")
}
