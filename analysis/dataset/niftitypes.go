package dataset

type niftiType struct {
	name  string
	bytes int
	why   string // why it is refused; empty if it is read
}

// niftiTypes are the element types by their code.
var niftiTypes = map[int16]niftiType{
	2:    {name: "uint8", bytes: 1},
	4:    {name: "int16", bytes: 2},
	8:    {name: "int32", bytes: 4},
	16:   {name: "float32", bytes: 4},
	64:   {name: "float64", bytes: 8},
	256:  {name: "int8", bytes: 1},
	512:  {name: "uint16", bytes: 2},
	768:  {name: "uint32", bytes: 4},
	1024: {name: "int64", bytes: 8},
	1280: {name: "uint64", bytes: 8},
	0:    {why: "the type is unknown; write the image again with a type, float32 say"},
	1:    {why: "single bits; write the image as uint8"},
	32:   {why: "complex values; save their magnitude (or the real part) as float32"},
	1792: {why: "complex values; save their magnitude (or the real part) as float64"},
	2048: {why: "complex values; save their magnitude (or the real part) as float64"},
	128:  {why: "RGB colours; save one channel, or the grey level, as uint8"},
	2304: {why: "RGBA colours; save one channel, or the grey level, as uint8"},
	1536: {why: "128-bit floats; save the image as float64"},
}
