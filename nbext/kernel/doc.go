// Package kernel prepares and drives the notebook kernel "Go (Fusiform)": a
// private JupyterLab, the Go kernel GoNB, and a kernel spec whose cells see a
// checkout of Fusiform without any set-up cell.
//
// A Lab is all there is to know. Prepare makes what is missing and takes a
// second look in milliseconds; Jupyter opens the notebooks in JupyterLab; Run
// executes notebooks without a browser, with Parameters if there are any, and
// writes the executed notebook, an HTML page and its figures; Register lets
// other programs find the kernel; Doctor says what is there and what is not.
// NewNotebook writes a notebook to begin with.
//
// Everything lies in one folder, lab/ in Fusiform's cache folder
// (FUSIFORM_CACHE), in parts whose names carry the hash of what decides them,
// so that two checkouts, or two versions of one, do not disturb each other.
// Deleting the folder costs only the time to make it again.
//
// This package runs GoNB's program and imports none of its code.
package kernel
