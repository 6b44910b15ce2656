package browser

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"sync"
)

// A message is what goes through the pipe in either direction, ended by a
// zero byte: a call or its answer, which share an ID, or an event, which has
// none.
type message struct {
	ID      int             `json:"id,omitempty"`
	Session string          `json:"sessionId,omitempty"`
	Method  string          `json:"method,omitempty"`
	Params  any             `json:"params,omitempty"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   *struct {
		Message string `json:"message"`
		Data    string `json:"data"`
	} `json:"error,omitempty"`
}

// An event is a message that nobody asked for.
type event struct {
	Session string          `json:"sessionId"`
	Method  string          `json:"method"`
	Params  json.RawMessage `json:"params"`
}

// A pipe is the connection to a browser.
type pipe struct {
	w io.Writer

	mu      sync.Mutex
	last    int
	waiting map[int]chan message
	hear    []func(event)
	ended   error
}

func newPipe(w io.Writer, r io.Reader) *pipe {
	p := &pipe{w: w, waiting: map[int]chan message{}}
	go p.read(bufio.NewReader(r))
	return p
}

// read passes on what comes until the browser is gone.
func (p *pipe) read(r *bufio.Reader) {
	for {
		data, err := r.ReadBytes(0)
		if err != nil {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.ended = fmt.Errorf("browser: the connection has ended: %w", err)
			for _, c := range p.waiting {
				close(c)
			}
			p.waiting = nil
			return
		}
		data = data[:len(data)-1]
		var m message
		if json.Unmarshal(data, &m) != nil {
			continue
		}
		if m.ID == 0 {
			var e event
			if json.Unmarshal(data, &e) == nil {
				p.mu.Lock()
				hear := p.hear
				p.mu.Unlock()
				for _, h := range hear {
					h(e)
				}
			}
			continue
		}
		p.mu.Lock()
		if c := p.waiting[m.ID]; c != nil {
			delete(p.waiting, m.ID)
			c <- m
		}
		p.mu.Unlock()
	}
}

// onEvent has f called with each event, one after the other.
func (p *pipe) onEvent(f func(event)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hear = append(p.hear[:len(p.hear):len(p.hear)], f)
}

// call asks the browser for something and stores the answer in result, if
// that is not nil.
func (p *pipe) call(session, method string, params, result any) error {
	answer := make(chan message, 1)
	p.mu.Lock()
	if p.ended != nil {
		defer p.mu.Unlock()
		return p.ended
	}
	p.last++
	m := message{ID: p.last, Session: session, Method: method, Params: params}
	p.waiting[m.ID] = answer
	data, err := json.Marshal(m)
	if err == nil {
		_, err = p.w.Write(append(data, 0))
	}
	p.mu.Unlock()
	if err != nil {
		return fmt.Errorf("browser: %s: %w", method, err)
	}
	got, ok := <-answer
	switch {
	case !ok:
		return fmt.Errorf("browser: %s: %w", method, p.ended)
	case got.Error != nil:
		return fmt.Errorf("browser: %s: %s %s", method, got.Error.Message, got.Error.Data)
	case result == nil:
		return nil
	}
	if err := json.Unmarshal(got.Result, result); err != nil {
		return fmt.Errorf("browser: answer to %s: %w", method, err)
	}
	return nil
}
