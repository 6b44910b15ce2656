package main

import (
	"embed"
	"os"
	"path/filepath"
)

//go:embed py/*.py
var scripts embed.FS

// writeScripts puts the folder py into dir.
func writeScripts(dir string) error { return os.CopyFS(dir, scripts) }

// script is the path of a script of this run.
func (b *bench) script(name string) string { return filepath.Join(b.dir, "py", name+".py") }
