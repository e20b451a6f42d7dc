package nodehost

import (
	"bytes"
	"io"
	"strings"
)

// withoutFirstLine passes on what is written, but for the first line: that goes to a function.
type withoutFirstLine struct {
	first func(line string)
	rest  io.Writer
	// The beginning of the first line while it is not complete.
	line  []byte
	found bool
}

func (w *withoutFirstLine) Write(written []byte) (int, error) {
	left := written
	if !w.found {
		begin, after, complete := bytes.Cut(written, []byte("\n"))
		w.line = append(w.line, begin...)
		if !complete {
			return len(written), nil
		}
		w.found, left = true, after
		w.first(strings.TrimSpace(string(w.line)))
	}
	if len(left) > 0 {
		if _, err := w.rest.Write(left); err != nil {
			return 0, err
		}
	}
	return len(written), nil
}
