package dataset

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fusiform/analysis"
)

// An NSD is the folder of the Natural Scenes Dataset, laid out as its data
// manual says (Allen et al. 2022, doi:10.1038/s41593-021-00962-x;
// https://cvnlab.slite.page/p/M3ZvPmfgU3), as far as it was downloaded:
//
//	nsddata/experiments/nsd/nsd_expdesign.mat
//	nsddata/ppdata/subj01/func1pt8mm/roi/floc-faces.nii.gz
//	nsddata_betas/ppdata/subj01/func1pt8mm/betas_fithrf_GLMdenoise_RR/betas_session01.hdf5 (or .nii.gz)
//	nsddata_betas/ppdata/subj01/func1pt8mm/betas_fithrf_GLMdenoise_RR/ncsnr.nii.gz
//
// Nobody here could run it on the real files, which are had by agreement: it
// follows the manual, and is tested on a small generated tree of that layout.
// Surfaces (fsaverage, nativesurface) are read by OpenBetas, file by file.
type NSD struct {
	Dir   string
	Space string // empty means func1pt8mm
	Model string // empty means betas_fithrf_GLMdenoise_RR
}

// An NSDBetas is the betas of a subject, and their open files.
type NSDBetas struct {
	Betas
	files []*BetaFile
}

// Close closes the files.
func (b *NSDBetas) Close() error {
	var all error
	for _, f := range b.files {
		all = errors.Join(all, f.Close())
	}
	b.files = nil
	return all
}

// nsdSessions is how many sessions the design has, whoever came to all of them.
const nsdSessions = 40

// Betas opens the betas of a subject, counted from 1, of the sessions that are
// named, or of all whose files are there: the .hdf5 where it is, else the
// .nii.gz (which has to be unpacked for every block of voxels but one). The
// trials are those of the design; trial t of subject s showed
//
//	subjectim[s, masterordering[t]]
//
// which is called "nsd/00001" to "nsd/73000", counted from 1 as there. Sessions are
// called "ses-01". Scale is 300, the Source "subj01". Set Within (ROI) and ZScore
// before reading.
//
// It fails on a file that is not there, naming it, and if one does not have a
// fortieth of the design's trials.
func (n NSD) Betas(subject int, sessions ...int) (*NSDBetas, error) {
	person, err := nsdSubject(subject)
	if err != nil {
		return nil, err
	}
	shown, err := n.design(subject)
	if err != nil {
		return nil, err
	}
	folder := filepath.Join(n.Dir, "nsddata_betas", "ppdata", person, n.space(), n.model())
	if len(sessions) == 0 {
		for k := 1; k <= nsdSessions; k++ {
			if _, err := nsdFile(folder, k); err == nil {
				sessions = append(sessions, k)
			}
		}
		if sessions == nil {
			return nil, fmt.Errorf("dataset: NSD: %s has no betas_session01.hdf5 or .nii.gz, nor those of another session; download them (aws s3 cp --no-sign-request, see the manual's \"How to get the data\")", folder)
		}
	}
	out := &NSDBetas{Betas: Betas{Source: person, Scale: 300}}
	each := len(shown) / nsdSessions
	for i, k := range sessions {
		if k < 1 || k > nsdSessions || slices.Contains(sessions[:i], k) {
			return nil, errors.Join(fmt.Errorf("dataset: NSD: session %d is asked for, or asked for twice; sessions are 1 to %d", k, nsdSessions), out.Close())
		}
		path, err := nsdFile(folder, k)
		if err == nil {
			var f *BetaFile
			if f, err = OpenBetas(path, map[bool]string{true: "betas"}[strings.HasSuffix(path, ".hdf5")], each); err == nil {
				out.files, out.Parts = append(out.files, f), append(out.Parts, f)
			}
		}
		if err != nil {
			return nil, errors.Join(err, out.Close())
		}
		for _, id := range shown[(k-1)*each : k*each] {
			out.Trials = append(out.Trials, Trial{Stimulus: analysis.Stimulus{ID: fmt.Sprintf("nsd/%05d", id)}, Session: fmt.Sprintf("ses-%02d", k)})
		}
	}
	return out, nil
}

// ROI returns the voxels of a region, as a mask for Betas.Within: those of
// roi/NAME.nii.gz ("floc-faces", "lh.floc-faces", "nsdgeneral") with one of the
// labels, or with any above 0. What labels mean stands in
// nsddata/freesurfer/subj01/label/NAME.mgz.ctab.
func (n NSD) ROI(subject int, name string, labels ...float64) ([]bool, error) {
	values, err := n.volume(subject, "nsddata", "roi", name)
	if err != nil {
		return nil, err
	}
	mask := make([]bool, len(values))
	for v, x := range values {
		mask[v] = x > 0
		if len(labels) > 0 {
			mask[v] = slices.Contains(labels, x)
		}
	}
	if !slices.Contains(mask, true) {
		return nil, fmt.Errorf("dataset: NSD: no voxel of %q in subject %d has a label of %v; labels are in nsddata/freesurfer/subj%02d/label", name, subject, labels, subject)
	}
	return mask, nil
}

// NCSNR returns the noise-ceiling signal-to-noise ratio of each voxel as it is
// published beside the betas: what ceiling.FromNCSNR takes. It may be NaN
// outside the brain.
func (n NSD) NCSNR(subject int) ([]float64, error) {
	return n.volume(subject, "nsddata_betas", n.model(), "ncsnr")
}

func (n NSD) space() string { return either(n.Space, "func1pt8mm") }
func (n NSD) model() string { return either(n.Model, "betas_fithrf_GLMdenoise_RR") }

func either(s, standard string) string {
	if s == "" {
		return standard
	}
	return s
}

func nsdSubject(subject int) (string, error) {
	if subject < 1 || subject > 8 {
		return "", fmt.Errorf("dataset: NSD: there is no subject %d; subjects are 1 to 8", subject)
	}
	return fmt.Sprintf("subj%02d", subject), nil
}

// nsdFile finds the betas of a session.
func nsdFile(folder string, session int) (string, error) {
	stem := filepath.Join(folder, fmt.Sprintf("betas_session%02d", session))
	for _, ext := range []string{".hdf5", ".nii.gz", ".nii"} {
		if info, err := os.Stat(stem + ext); err == nil && info.Mode().IsRegular() {
			return stem + ext, nil
		}
	}
	return "", fmt.Errorf("dataset: NSD: %s.hdf5 or .nii.gz: %w", stem, fs.ErrNotExist)
}

// volume reads the one volume of NAME.nii.gz in a folder of a subject's space.
func (n NSD) volume(subject int, top, folder, name string) ([]float64, error) {
	person, err := nsdSubject(subject)
	if err != nil {
		return nil, err
	}
	file := name + ".nii.gz"
	if name == "" || strings.ContainsAny(name, "/\\:\x00") || !filepath.IsLocal(file) {
		return nil, fmt.Errorf("dataset: NSD: %q is no name of a file in %s", analysis.Few([]string{name}, 1), folder)
	}
	path := filepath.Join(n.Dir, top, "ppdata", person, n.space(), folder, file)
	image, err := OpenNIfTI(path)
	if err != nil {
		return nil, err
	}
	defer image.Close()
	if image.Shape[3] != 1 {
		return nil, fmt.Errorf("dataset: %s has %d volumes, expected 1", path, image.Shape[3])
	}
	return image.Volume(0, nil)
}

// design returns which image each trial of a subject showed, counted from 1.
func (n NSD) design(subject int) ([]int, error) {
	path := filepath.Join(n.Dir, "nsddata", "experiments", "nsd", "nsd_expdesign.mat")
	f, err := ReadMAT(path)
	if err != nil {
		return nil, err
	}
	order, err := f.Array("masterordering")
	if err != nil {
		return nil, err
	}
	images, err := f.Array("subjectim")
	if err != nil {
		return nil, err
	}
	if len(images.Shape) != 2 || images.Shape[0] < subject || len(order.Values) < nsdSessions {
		return nil, fmt.Errorf("dataset: %s: subjectim is %s and masterordering %s; expected 8×10000 and 1×30000", path, times(images.Shape), times(order.Shape))
	}
	row := images.Values[(subject-1)*images.Shape[1] : subject*images.Shape[1]]
	out := make([]int, len(order.Values))
	for t, k := range order.Values {
		if !(k >= 1) || k > float64(len(row)) || k != float64(int(k)) {
			return nil, fmt.Errorf("dataset: %s: masterordering[%d] is %v, and subjectim has %d columns", path, t, k, len(row))
		}
		id := row[int(k)-1]
		if !(id >= 1) || id > 99999 || id != float64(int(id)) {
			return nil, fmt.Errorf("dataset: %s: subjectim[%d][%d] is %v, which is no number of an image", path, subject-1, int(k)-1, id)
		}
		out[t] = int(id)
	}
	return out, nil
}
