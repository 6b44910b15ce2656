package dataset

import (
	"bytes"
	"fmt"
	"path/filepath"
)

// A ParquetError says that a file is parquet, and how to make a table of it
// that is read.
//
// Parquet itself is not read. The kept library in pure Go,
// github.com/parquet-go/parquet-go v0.26.0 (tried in November 2026), gives the
// values that pyarrow 26.0.1 wrote, in every compression and encoding. But it
// makes every cell that imports package dataset link 170 packages more, 0.4 s
// and 10 MB even where no parquet is read, and it allocates what a file claims:
// 3.6 GB for a damaged one of 14 kB, 256 MB where the length of its footer is
// checked before.
type ParquetError struct{ File string }

func (e *ParquetError) Error() string {
	return fmt.Sprintf("is parquet, which is not read. Two lines of Python make a .csv of it:\n\timport pandas\n\tpandas.read_parquet(%q).to_csv(\"new.csv\", index=False)", filepath.Base(e.File))
}

func isParquet(head []byte) bool { return bytes.HasPrefix(head, []byte("PAR1")) }
