package models

import (
	"context"
	"path/filepath"
	"testing"

	"fusiform/internal/realdata"
	"fusiform/nbext/catalog"
)

// BenchmarkResponses is the whole way from decoded images to responses, in
// images per second.
func BenchmarkResponses(b *testing.B) {
	dir := realdata.Folder(b, "models")
	eng, err := Backend()
	if err != nil {
		b.Fatal(err)
	}
	b.Log(eng)
	for _, row := range networks() {
		switch row.Name {
		case "mobilenet_v2", "face_resnet", "cifar10_resnet", "vit_s14_dinov2":
		default:
			continue
		}
		b.Run(row.Name, func(b *testing.B) {
			m, err := Open(filepath.Join(dir, filepath.Base(row.File)))
			if err != nil {
				b.Fatal(err)
			}
			n := 64
			if eng.kind() == "go" {
				n = 8
			}
			s := pictures(b, n, m.Input.Width, m.Input.Height)
			// Once unmeasured: the graph is compiled here.
			if _, err := m.Responses(context.Background(), row.Layers[0], s); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, err := m.Responses(context.Background(), row.Layers[0], s); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "images/s")
		})
	}
}

// BenchmarkPrepare is resizing and scaling one decoded image.
func BenchmarkPrepare(b *testing.B) {
	p := newPreparer(catalog.Input{Width: 224, Height: 224, Channels: 3})
	dst := make([]float32, p.size())
	img := picture(0, 500, 375)
	for b.Loop() {
		if err := p.fill(dst, img); err != nil {
			b.Fatal(err)
		}
	}
}
