package catalog

// nsdTerms says what the agreement of NSD asks for, in our words; its own are
// at the address.
const nsdTerms = `The Natural Scenes Dataset comes with a data sharing and usage agreement. Read it in full, and send its form,
before you download or use any of the data:
https://cvnlab.slite.page/p/IB6BSeW_7o/Terms-and-Conditions
Who agrees
- uses the data for research and education only, and neither sells them nor earns money with them;
- gives neither the data nor parts of them to anybody else, and sees to it that everybody on the team keeps the agreement;
- keeps the rules of their institution and its review board, and the law;
- does not try to find out who the people are, and tells the principal investigator at once of anything that tells it by accident;
- cites Allen et al. (2022) in every talk and paper, and acknowledges NSF IIS-1822683 and NSF IIS-1822929;
- gets the data as they are, without any warranty, and does not hold those liable who gave them.`

// elsewhere are data sets that nobody could look into here: what stands in
// these rows is what their authors document, the files are taken as they are,
// and none is fetched. A new one is a row here, Unchecked.
var elsewhere = []DataRow{
	{
		Name: "nsd", Folder: "brain/nsd", Unchecked: true,
		About:  "the Natural Scenes Dataset: 7T fMRI of 8 people, each of whom saw 9,000 to 10,000 photographs of COCO up to three times in 30 to 40 sessions; 515 photographs were seen three times by all",
		What:   "what you use of the folders nsddata, nsddata_betas and nsddata_stimuli, laid out as in the source",
		Cite:   "Allen et al. (2022), doi:10.1038/s41593-021-00962-x",
		Source: "naturalscenesdataset.org", License: "a signed agreement",
		Terms: nsdTerms,
		Get:   "Sign the agreement at naturalscenesdataset.org. Then the data come with the client of Amazon S3, for example `aws s3 sync s3://natural-scenes-dataset/nsddata FOLDER/nsddata`; all of it is terabytes, so choose folders, as the data manual explains: https://cvnlab.slite.page/p/dC~rBTjqjb/How-to-get-the-data",
		Go:    `dataset.NSD{Dir: nb.Must(nb.Folder("nsd"))}`,
	},
	{
		Name: "algonauts2023", Folder: "brain/algonauts2023", Unchecked: true,
		About:  "the challenge data of the Algonauts Project 2023: responses of the 8 people of NSD on the cortical surface (fsaverage), for training, with the photographs for training and test",
		What:   "a folder for each person (subj01 to subj08), with training_split, test_split and roi_masks",
		Cite:   "Gifford et al. (2023), arXiv:2301.03198; Allen et al. (2022), doi:10.1038/s41593-021-00962-x",
		Source: "algonautsproject.com/2023", License: "the signed agreement of NSD",
		Terms: "The responses and photographs are a part of the Natural Scenes Dataset, whose agreement holds for them too. Whether the\nchallenge asks for more could not be checked here: read its page, algonautsproject.com/2023.\n\n" + nsdTerms,
		Get:   "Ask for the data as algonautsproject.com/2023 says.",
		Go:    `dataset.ReadNPY(nb.Must(nb.Folder("algonauts2023")) + "/subj01/training_split/training_fmri/lh_training_fmri.npy")`,
	},
	{
		Name: "things_fmri", Folder: "brain/things_fmri", Unchecked: true,
		About:  "THINGS-fMRI: 3 people, 12 sessions each, saw photographs of objects of the THINGS database; responses to single trials, regions of interest, noise ceilings, and a localizer of six categories",
		What:   "the data as their authors lay them out: the BIDS folder of OpenNeuro, or the derivatives of figshare (betas_csv/sub-01_ResponseData.h5 and so on); the photographs are those of the THINGS database, doi:10.1371/journal.pone.0223792",
		Cite:   "Hebart et al. (2023), doi:10.7554/eLife.82580",
		Source: "openneuro.org/datasets/ds004192; doi:10.25452/figshare.plus.c.6161151", License: "CC0",
		Get: "Download what you need from openneuro.org/datasets/ds004192 (raw, BIDS) or from doi:10.25452/figshare.plus.c.6161151 (derivatives). The photographs come apart from them, from the THINGS database.",
	},
	{
		Name: "haxby2001", Folder: "brain/haxby2001", Unchecked: true,
		About:  "the whole of Haxby et al. (2001): 6 people, 12 runs each, blocks of eight categories of grey photographs, whole-brain BOLD with TR 2.5 s",
		What:   "a folder for each person (subj1 to subj6), with bold.nii.gz (all 12 runs in one file), labels.txt, mask*.nii.gz and anat.nii.gz (none for subj6)",
		Cite:   "Haxby et al. (2001), doi:10.1126/science.1063736",
		Source: "pymvpa.org/datadb/haxby2001.html; zenodo.org/record/1203329", License: "CC BY-SA 3.0",
		Get: "pymvpa.org/datadb/haxby2001.html names one archive for each person.",
	},
	{
		Name: "bold5000", Folder: "brain/bold5000", Unchecked: true,
		About:  "BOLD5000: 4 people saw 4,916 photographs of SUN, COCO and ImageNet in a slow design; a localizer of scene-selective cortex; release 2.0 holds betas of single trials (GLMsingle)",
		What:   "the BIDS folder of OpenNeuro, or the betas of release 2.0 (CSI1_GLMbetas-TYPED-FITHRF-GLMDENOISE-RR_ses-01.nii.gz and so on)",
		Cite:   "Chang et al. (2019), doi:10.1038/s41597-019-0052-3",
		Source: "openneuro.org/datasets/ds001499; bold5000-dataset.github.io/website", License: "CC0",
		Get: "bold5000-dataset.github.io/website/download.html says where its parts are; openneuro.org/datasets/ds001499 has the raw data.",
	},
	{
		Name: "nod", Folder: "brain/nod", Unchecked: true,
		About:  "the Natural Object Dataset: fMRI of 30 people, 57,120 photographs of ImageNet and COCO",
		What:   "the BIDS folder of OpenNeuro, with what you use of its derivatives",
		Cite:   "Gong et al. (2023), doi:10.1038/s41597-023-02471-x",
		Source: "openneuro.org/datasets/ds004496", License: "not known here",
		Get: "Download what you need from openneuro.org/datasets/ds004496; its dataset_description.json says under which licence.",
	},
}
