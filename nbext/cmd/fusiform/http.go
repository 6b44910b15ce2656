package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"fusiform/nbext/catalog"
)

// web gets files of the catalog over HTTP.
type web struct{ client *http.Client }

func newWeb() web {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.DisableCompression = true // sizes and ranges are those of the file
	t.Protocols = new(http.Protocols)
	t.Protocols.SetHTTP1(true) // parts have connections of their own
	t.MaxIdleConnsPerHost = 16
	return web{&http.Client{Transport: t, CheckRedirect: redirect}}
}

const maxRedirects = 5

// redirect follows a redirect that stays on its host, or that leads to
// another one over https; never from https to http, and never to anything
// else, such as a file of this machine. What the address was that redirects
// (it may hold a key) is told to nobody, and no name or password is taken on.
func redirect(to *http.Request, via []*http.Request) error {
	from := via[len(via)-1].URL
	switch {
	case len(via) > maxRedirects:
		return fmt.Errorf("redirects more than %d times: %w", maxRedirects, catalog.ErrRefused)
	case to.URL.Scheme != "https" && to.URL.Scheme != "http":
		return fmt.Errorf("redirects to %s:, which is not the web: %w", to.URL.Scheme, catalog.ErrRefused)
	case to.URL.Scheme == "http" && from.Scheme == "https":
		return fmt.Errorf("redirects from https to http: %w", catalog.ErrRefused)
	case to.URL.Scheme == "http" && to.URL.Host != from.Host:
		return fmt.Errorf("redirects to another host, %s, without https: %w", to.URL.Host, catalog.ErrRefused)
	case to.URL.User != nil:
		return fmt.Errorf("redirects to an address at %s with a name or a password: %w", to.URL.Host, catalog.ErrRefused)
	}
	to.Header.Del("Referer")
	return nil
}

// Get implements catalog.Getter. A server that cannot send a part, or sends
// another than it was asked for, is asked for the whole.
func (w web) Get(ctx context.Context, addr string, from, to int64) (catalog.Source, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, addr, nil)
	if err != nil {
		return catalog.Source{}, fmt.Errorf("%w: %w", err, catalog.ErrRefused)
	}
	req.Header.Set("User-Agent", "fusiform")
	req.Header.Set("Accept-Encoding", "identity")
	switch {
	case to > 0:
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", from, to-1))
	case from > 0:
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", from))
	}
	resp, err := w.client.Do(req)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err // the address stands before it already
		}
		return catalog.Source{}, err
	}
	src, err := source(resp, from, to)
	if err == nil {
		return src, nil
	}
	resp.Body.Close()
	if errors.Is(err, errWhole) {
		return w.Get(ctx, addr, 0, 0)
	}
	return catalog.Source{}, err
}

// errWhole reports a server to be asked for the whole.
var errWhole = errors.New("cannot send that part")

// source reads the head of an answer.
func source(resp *http.Response, from, to int64) (catalog.Source, error) {
	src := catalog.Source{Body: resp.Body, To: -1, Size: -1, Version: fileVersion(resp.Header)}
	if e := resp.Header.Get("Content-Encoding"); e != "" && e != "identity" {
		return src, fmt.Errorf("sends the file encoded as %q: %w", e, catalog.ErrRefused)
	}
	part := from > 0 || to > 0 // was asked for
	switch code := resp.StatusCode; {
	case code == http.StatusOK:
		src.To, src.Size = resp.ContentLength, resp.ContentLength
		return src, nil
	case code == http.StatusPartialContent && part:
		first, last, size, ok := contentRange(resp.Header.Get("Content-Range"), resp.ContentLength)
		if !ok || first != from || to > 0 && last != to-1 || to == 0 && size >= 0 && last != size-1 {
			return src, errWhole
		}
		src.From, src.To, src.Size = first, last+1, size
		return src, nil
	case code == http.StatusRequestedRangeNotSatisfiable && part:
		return src, errWhole
	case code >= 500, code == http.StatusRequestTimeout, code == http.StatusTooManyRequests:
		err := fmt.Errorf("answers %s", resp.Status)
		if after := retryAfter(resp.Header.Get("Retry-After")); after > 0 {
			err = &catalog.BusyError{After: after, Err: err}
		}
		return src, err
	default:
		return src, fmt.Errorf("answers %s: %w", resp.Status, catalog.ErrRefused)
	}
}

// fileVersion tells one version of a file from another, if the server does.
func fileVersion(h http.Header) string {
	if tag := h.Get("ETag"); tag != "" {
		return tag
	}
	return h.Get("Last-Modified")
}

// retryAfter reads when a server wants to be asked again: in how many seconds,
// or from when on. 0: it does not say.
func retryAfter(s string) time.Duration {
	if n, err := strconv.ParseUint(s, 10, 31); err == nil {
		return time.Duration(n) * time.Second
	}
	if at, err := http.ParseTime(s); err == nil {
		return max(0, time.Until(at))
	}
	return 0
}

// contentRange reads "bytes 100-199/200": the first byte, the last, and the
// size of the whole, −1 if it is not told. It is not ok if the numbers do not
// fit each other or the length of the body (−1: not known).
func contentRange(s string, length int64) (first, last, size int64, ok bool) {
	s, found := strings.CutPrefix(s, "bytes ")
	span, whole, cut := strings.Cut(s, "/")
	a, b, dash := strings.Cut(span, "-")
	if !found || !cut || !dash {
		return 0, 0, 0, false
	}
	first, err := strconv.ParseInt(a, 10, 64)
	last, err2 := strconv.ParseInt(b, 10, 64)
	size = -1
	var err3 error
	if whole != "*" {
		size, err3 = strconv.ParseInt(whole, 10, 64)
	}
	if err != nil || err2 != nil || err3 != nil || first < 0 || last < first || size >= 0 && last >= size || length >= 0 && length != last-first+1 {
		return 0, 0, 0, false
	}
	return first, last, size, true
}
