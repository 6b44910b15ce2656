package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"gonum.org/v1/gonum/blas/blas64"

	"fusiform/nbext/catalog"
	"fusiform/nbext/kernel"
	"fusiform/nbext/models"
)

const doctorUsage = `usage: fusiform doctor

Says what is in use and what is missing, each with what to do about it: Go, Python, JupyterLab,
kernel, what runs networks, how fast this machine computes, BLAS, data sets and networks, cache.
Changes nothing. If the lab is prepared, it runs a cell in the kernel. The status is 1 if something
is missing without which nothing works.

`

func doctor(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	rest, err := parse(flag.NewFlagSet("doctor", flag.ContinueOnError), doctorUsage, args, stderr)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return &usageError{fmt.Sprintf("doctor: unexpected argument %q", rest[0])}
	}
	facts, err := kernel.Lab{}.Doctor(ctx)
	if err != nil {
		return err
	}
	facts = append(facts, engine(), speed(), blas())
	facts = append(facts, data()...)
	bad := 0
	for _, f := range facts {
		fmt.Fprintln(stdout, line(f))
		if f.Missing && f.Essential {
			bad++
		}
	}
	if bad > 0 {
		return fmt.Errorf("doctor: %d of these must be there before anything works", bad)
	}
	return nil
}

// line shows a fact: a mark, what, its value, and what to do.
func line(f kernel.Fact) string {
	mark, value := "ok", f.Value
	switch {
	case f.Missing && f.Essential:
		mark, value = "MISSING", strings.TrimSpace(f.Value+" "+f.Do)
	case f.Missing:
		mark, value = "missing", strings.TrimSpace(f.Value+" "+f.Do)
	}
	return fmt.Sprintf("%-8s %-16s %s", mark, f.What, strings.ReplaceAll(value, "\n", "\n"+strings.Repeat(" ", 26)))
}

// engine says what runs networks in this program, which may not be what runs
// them in cells.
func engine() kernel.Fact {
	e, err := models.Backend()
	if err != nil {
		return kernel.Fact{What: "networks here", Missing: true, Do: err.Error()}
	}
	s := e.String()
	for _, w := range e.Warnings {
		s += "\n" + w.Error()
	}
	return kernel.Fact{What: "networks here", Value: s}
}

// blas says what does linear algebra.
func blas() kernel.Fact {
	t := reflect.TypeOf(blas64.Implementation())
	name := t.String()
	switch t.PkgPath() {
	case "fusiform/internal/blas":
		name = "internal/simd over gonum"
	case "gonum.org/v1/gonum/blas/gonum":
		name = "gonum"
	}
	return kernel.Fact{What: "BLAS", Value: name}
}

// data says which data sets, tables and networks of the catalog are on this
// machine.
func data() []kernel.Fact {
	dir := catalog.DataDir()
	if abs, err := filepath.Abs(dir); err == nil {
		dir = abs
	}
	folder := kernel.Fact{What: "data folder", Value: dir}
	if st, err := os.Stat(dir); err != nil || !st.IsDir() {
		folder.Missing, folder.Do = true, "is not there; set FUSIFORM_DATA to the folder of your data, or use the drawn images, which need none"
	}
	facts := []kernel.Fact{folder}
	for _, rows := range []struct {
		what string
		rows []catalog.DataRow
	}{{"data sets", catalog.DataSets()}, {"tables", catalog.Tables()}} {
		var have, lack []string
		for _, r := range rows.rows {
			var terms *catalog.TermsError
			switch _, err := r.Dir(); {
			case r.Folder == "", err == nil:
				have = append(have, r.Name)
			case errors.As(err, &terms):
				have = append(have, r.Name+" (terms to be accepted: fusiform fetch "+r.Name+")")
			case !r.Unchecked: // nobody misses all the data that there are in the world
				lack = append(lack, r.Name)
			}
		}
		facts = append(facts, presence(rows.what, have, lack)...)
	}
	var have, lack []string
	for _, r := range catalog.Models() {
		switch _, err := r.Path(); {
		case err == nil, r.File == "":
			have = append(have, r.Name)
		default:
			var missing *catalog.MissingError
			if errors.As(err, &missing) {
				lack = append(lack, r.Name)
			} else {
				lack = append(lack, r.Name+" ("+err.Error()+")")
			}
		}
	}
	facts = append(facts, presence("networks", have, lack)...)
	if _, err := catalog.LocalModels(); err != nil {
		facts = append(facts, kernel.Fact{What: "networks of yours", Missing: true, Do: err.Error()})
	}
	if _, err := catalog.LocalData(); err != nil {
		facts = append(facts, kernel.Fact{What: "data of yours", Missing: true, Do: err.Error()})
	}
	return facts
}

func presence(what string, have, lack []string) []kernel.Fact {
	var facts []kernel.Fact
	if len(have) > 0 {
		facts = append(facts, kernel.Fact{What: what, Value: strings.Join(have, ", ")})
	}
	if len(lack) > 0 {
		facts = append(facts, kernel.Fact{What: what, Missing: true, Value: strings.Join(lack, ", "), Do: "(fusiform fetch NAME says what to put where)"})
	}
	return facts
}
