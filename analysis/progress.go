package analysis

import "context"

type progressKey struct{}

// WithProgress returns a context through which long work reports how far it
// is: done of total items, done never falling. The function is called from
// the goroutine that works; it should return quickly.
func WithProgress(ctx context.Context, report func(done, total int)) context.Context {
	return context.WithValue(ctx, progressKey{}, report)
}

// ReportProgress tells whoever called WithProgress, if anyone did.
func ReportProgress(ctx context.Context, done, total int) {
	if f, ok := ctx.Value(progressKey{}).(func(done, total int)); ok {
		f(done, total)
	}
}
