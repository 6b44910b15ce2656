package catalog

import (
	"context"
	"fmt"
	"io"
	"time"
)

// connect waits until a connection may be opened.
func (c *crew) connect(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	select {
	case c.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (c *crew) disconnect() { <-c.slots }

// A flow is an answer that is being read. It ends with its context, and when
// the server falls silent.
type flow struct {
	Source
	buf    []byte
	stall  time.Duration
	watch  *time.Timer
	ctx    context.Context
	cancel context.CancelCauseFunc
}

// open asks an address for bytes of an item.
func (c *crew) open(ctx context.Context, url string, from, to int64, it item) (*flow, error) {
	w := &flow{stall: c.Stall}
	w.ctx, w.cancel = context.WithCancelCause(ctx)
	w.watch = time.AfterFunc(c.Stall, func() { w.cancel(errStalled) })
	var err error
	if w.Source, err = c.Get.Get(w.ctx, url, from, to); err != nil {
		err = w.cause(err)
		w.close()
		return nil, err
	}
	if w.Size >= 0 && w.Size != it.size {
		w.close()
		return nil, fmt.Errorf("has %d bytes, expected %d: %w", w.Size, it.size, ErrRefused)
	}
	w.buf = make([]byte, 1<<18)
	return w, nil
}

// next returns the next bytes, which hold until it is called again, and
// io.EOF, with or after the last.
func (w *flow) next() ([]byte, error) {
	n, err := w.Body.Read(w.buf)
	if n > 0 {
		w.watch.Reset(w.stall)
	}
	if err != nil && err != io.EOF {
		err = w.cause(err)
	}
	return w.buf[:n], err
}

// cause is err, or why the flow was ended.
func (w *flow) cause(err error) error {
	switch cause := context.Cause(w.ctx); {
	case cause == errStalled:
		return fmt.Errorf("%w for %v", errStalled, w.stall)
	case cause != nil:
		return cause
	}
	return err
}

func (w *flow) close() {
	w.watch.Stop()
	w.cancel(nil)
	if w.Body != nil {
		w.Body.Close()
	}
}
