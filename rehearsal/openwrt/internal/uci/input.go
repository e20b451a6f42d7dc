package uci

import (
	"bufio"
	"bytes"
	"io"
)

// Input is a stream that is read by lines, as the C library's fgets does.
type Input struct {
	source *bufio.Reader
	ended  bool
}

// NewInput reads from any stream.
func NewInput(source io.Reader) *Input { return &Input{source: bufio.NewReaderSize(source, 65536)} }

// Ended says whether reading has met the end; a last line with its line feed does not yet.
func (in *Input) Ended() bool { return in.ended }

// take reads to the next line feed, `limit` bytes at most.
func (in *Input) take(limit int) []byte {
	var line []byte
	for len(line) < limit {
		c, err := in.source.ReadByte()
		if err != nil {
			in.ended = true
			break
		}
		line = append(line, c)
		if c == '\n' {
			break
		}
	}
	return line
}

// reader is a line that is being parsed. Parsing happens in place, as in the original: arguments are written over what they came
// from and end with a zero byte, and several traps (what follows a semicolon, a quote that never ends) come from just that.
type reader struct {
	input  *Input
	text   []byte
	room   int
	filled int
	pos    int

	line    int
	errorAt int
	reason  string

	name    string
	pkg     *Package
	section *Section
	merging bool
}

// startLine reads a line to the position; what was there and after it is lost.
func (r *reader) startLine(position int) {
	if r.room == 0 {
		r.room = 32
	}
	if position >= r.room-1 {
		r.room *= 2
	}
	for {
		r.cut(position)
		chunk := r.input.take(r.room - position - 1)
		if zero := bytes.IndexByte(chunk, 0); zero >= 0 {
			chunk = chunk[:zero]
		}
		if len(chunk) == 0 {
			return
		}
		r.text = append(r.text, chunk...)
		position += len(chunk)
		r.filled = position
		if chunk[len(chunk)-1] == '\n' {
			r.line++
			return
		}
		r.room *= 2
	}
}

func (r *reader) cut(position int) {
	if position < len(r.text) {
		r.text = r.text[:position]
	}
}

// at is the byte at a position; zero at the end.
func (r *reader) at(position int) byte {
	if position < len(r.text) {
		return r.text[position]
	}
	return 0
}

func (r *reader) current() byte { return r.at(r.pos) }

func (r *reader) set(position int, c byte) {
	if position < len(r.text) {
		r.text[position] = c
	}
}

// stringAt is the text from a position to the next zero byte.
func (r *reader) stringAt(position int) string {
	if position >= len(r.text) {
		return ""
	}
	rest := r.text[position:]
	if zero := bytes.IndexByte(rest, 0); zero >= 0 {
		rest = rest[:zero]
	}
	return string(rest)
}

func (r *reader) fail(reason string) error {
	r.reason = reason
	r.errorAt = r.pos
	return Parse
}

func (r *reader) skipSpace() {
	for isSpace(r.current()) {
		r.pos++
	}
}
