package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"fusiform/nbext/models"
)

func TestScan(t *testing.T) {
	t.Setenv("FUSIFORM_CACHE", t.TempDir())
	out := filepath.Join(t.TempDir(), "layers.csv")
	var stdout, stderr bytes.Buffer
	if err := scan(t.Context(), []string{"-model", "drawnet", "-images", "drawn", "-contrast", "faces, scenes", "-t", "5", "-o", out}, &stdout, &stderr); err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	f, err := os.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(stdout.String()), "\n")
	if len(rows) != 19 || len(lines) != 19 || strings.Join(rows[0], ",") != "layer,op,contrast,units,dead,selected,percent,largest t" {
		t.Fatalf("%d rows, %d lines:\n%s", len(rows), len(lines), stdout.String())
	}
	found := false
	for i, r := range rows[1:] {
		n, err := strconv.Atoi(r[5])
		top, err2 := strconv.ParseFloat(r[7], 64)
		if err != nil || err2 != nil || (n > 0) != (top > 5) {
			t.Errorf("row %d: %v", i, r)
		}
		found = found || r[0] == "relu_fc" && r[2] == "faces" && n > 0
	}
	if !found {
		t.Error("no face units in relu_fc")
	}
	if !strings.Contains(stderr.String(), "images") {
		t.Errorf("no progress: %s", stderr.String())
	}
}

func TestScanMistakes(t *testing.T) {
	t.Setenv("FUSIFORM_CACHE", t.TempDir())
	run := func(args ...string) error {
		var b bytes.Buffer
		return scan(t.Context(), args, &b, &b)
	}
	var usage *usageError
	if err := run("-model", "drawnet"); !errors.As(err, &usage) || !strings.Contains(err.Error(), "-images, -contrast") {
		t.Errorf("missing flags: %v", err)
	}
	if err := run("more"); !errors.As(err, &usage) {
		t.Errorf("an argument: %v", err)
	}
	var layer *models.UnknownLayerError
	if err := run("-model", "drawnet", "-images", "drawn", "-contrast", "faces", "-layers", "relu9"); !errors.As(err, &layer) {
		t.Errorf("an unknown layer: %v", err)
	}
	for _, args := range [][]string{{"-contrast", "feces"}, {"-contrast", " , "}} {
		if err := run(append(args, "-model", "drawnet", "-images", "drawn")...); err == nil {
			t.Errorf("%v: no error", args)
		}
	}
}
