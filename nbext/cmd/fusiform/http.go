package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"fusiform/nbext/catalog"
)

// web gets files of the catalog over HTTP.
type web struct{ client *http.Client }

func newWeb() web {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.DisableCompression = true // sizes and ranges are those of the file
	return web{&http.Client{Transport: t, CheckRedirect: redirect}}
}

const maxRedirects = 5

// redirect follows a redirect that stays on its host, or that leads to
// another one over https; never from https to http, and never to anything
// else, such as a file of this machine.
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
	}
	return nil
}

// Get implements catalog.Getter. A server that cannot send a part, or sends
// another than it was asked for, is asked for the whole.
func (w web) Get(ctx context.Context, addr string, from int64) (catalog.Source, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, addr, nil)
	if err != nil {
		return catalog.Source{}, fmt.Errorf("%w: %w", err, catalog.ErrRefused)
	}
	req.Header.Set("User-Agent", "fusiform")
	req.Header.Set("Accept-Encoding", "identity")
	if from > 0 {
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
	src, err := source(resp, from)
	if err == nil {
		return src, nil
	}
	resp.Body.Close()
	if errors.Is(err, errWhole) {
		return w.Get(ctx, addr, 0)
	}
	return catalog.Source{}, err
}

// errWhole reports a server to be asked for the whole.
var errWhole = errors.New("cannot send that part")

// source reads the head of an answer.
func source(resp *http.Response, from int64) (catalog.Source, error) {
	src := catalog.Source{Body: resp.Body, Size: -1}
	if e := resp.Header.Get("Content-Encoding"); e != "" && e != "identity" {
		return src, fmt.Errorf("sends the file encoded as %q: %w", e, catalog.ErrRefused)
	}
	switch code := resp.StatusCode; {
	case code == http.StatusOK:
		src.Size = resp.ContentLength
		return src, nil
	case code == http.StatusPartialContent && from > 0:
		first, size, ok := contentRange(resp.Header.Get("Content-Range"), resp.ContentLength)
		if !ok || first != from {
			return src, errWhole
		}
		src.From, src.Size = first, size
		return src, nil
	case code == http.StatusRequestedRangeNotSatisfiable && from > 0:
		return src, errWhole
	case code >= 500, code == http.StatusRequestTimeout, code == http.StatusTooManyRequests:
		return src, fmt.Errorf("answers %s", resp.Status)
	default:
		return src, fmt.Errorf("answers %s: %w", resp.Status, catalog.ErrRefused)
	}
}

// contentRange reads "bytes 100-199/200": the first byte and the size of the
// whole, −1 if it is not told. It is not ok if the numbers do not fit each
// other or the length of the body (−1: not known), or leave out the end.
func contentRange(s string, length int64) (first, size int64, ok bool) {
	s, found := strings.CutPrefix(s, "bytes ")
	span, whole, cut := strings.Cut(s, "/")
	a, b, dash := strings.Cut(span, "-")
	if !found || !cut || !dash {
		return 0, 0, false
	}
	first, err := strconv.ParseInt(a, 10, 64)
	last, err2 := strconv.ParseInt(b, 10, 64)
	size = -1
	var err3 error
	if whole != "*" {
		size, err3 = strconv.ParseInt(whole, 10, 64)
	}
	if err != nil || err2 != nil || err3 != nil || first < 0 || last < first || size >= 0 && last != size-1 || length >= 0 && length != last-first+1 {
		return 0, 0, false
	}
	return first, size, true
}
