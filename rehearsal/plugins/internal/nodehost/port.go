package nodehost

import (
	"bytes"
	"io"
	"strconv"
	"strings"
)

// withoutPort passes on what is written, but for the first line that is the number of a port: that goes to a function. Lines
// before it are a pack's own, written while it loads.
type withoutPort struct {
	port func(number uint16)
	rest io.Writer
	// The beginning of a line that is not complete yet.
	line  []byte
	found bool
}

func (w *withoutPort) Write(written []byte) (int, error) {
	left := written
	for !w.found {
		begin, after, complete := bytes.Cut(left, []byte("\n"))
		w.line = append(w.line, begin...)
		if !complete {
			return len(written), nil
		}
		left = after
		if err := w.takeLine(); err != nil {
			return 0, err
		}
	}
	if len(left) > 0 {
		if _, err := w.rest.Write(left); err != nil {
			return 0, err
		}
	}
	return len(written), nil
}

func (w *withoutPort) takeLine() error {
	line := w.line
	w.line = nil
	if number, err := strconv.ParseUint(strings.TrimSpace(string(line)), 10, 16); err == nil {
		w.found = true
		w.port(uint16(number))
		return nil
	}
	_, err := w.rest.Write(append(line, '\n'))
	return err
}
