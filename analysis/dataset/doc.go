// Package dataset reads what was measured elsewhere: folders of images
// (Images), response tables (CSV, NPY), tables of RDMs (UpperRDMs), the human
// tables that ship beside Fusiform (VPNLProfiles, VPNLBetas, VPNLRSMs) and the
// tables that the paper published (Paper). Arrays of any shape come out of
// NumPy's, MATLAB's and HDF5 files (ReadNPY, ReadNPZ, ReadMAT, OpenHDF5) and
// become responses or RDMs by saying which axis the stimuli are. What a scanner gave is read run by
// run: images (OpenNIfTI, ReadMask), what was projected onto the cortical surface
// (OpenSurface, ReadParcellation), events (ReadEvents) and Confounds, which
// package glm makes responses of; t-maps and fROIs are written over their voxels
// or vertices for a viewer (NIfTIHeader.WriteMap, SurfaceHeader.WriteMap). Betas of single trials (OpenBetas,
// NSD, GLMsingle, with ReadTrials for what was shown) become responses per repeat or
// session (Betas). Inspect says what a file holds and which line
// loads it. What came of several people is written into one folder and read
// back (WriteCohort, ReadCohort).
//
// Files come from anywhere, so every reader is strict. It never guesses a
// missing value, never aligns by position what carries a name, checks sizes
// before it allocates, and says in its error which file, which line and which
// column is at fault and what to do. Faults of tables are *ParseError,
// those of images *FieldError, and what of HDF5 is not read *HDF5Error.
package dataset
