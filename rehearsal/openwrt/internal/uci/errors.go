package uci

import "fmt"

// Code is the outcome of an operation; the numbers are the exit codes of `uci add`.
type Code int

// The outcomes that there are.
const (
	OK Code = iota
	OutOfMemory
	Invalid
	NotFound
	IO
	Parse
	Duplicate
	Unknown
)

var descriptions = map[Code]string{
	OK: "Success", OutOfMemory: "Out of memory", Invalid: "Invalid argument", NotFound: "Entry not found",
	IO: "I/O error", Parse: "Parse error", Duplicate: "Duplicate entry", Unknown: "Unknown error",
}

func (c Code) Error() string { return descriptions[c] }

func codeOf(err error) Code {
	if err == nil {
		return OK
	}
	if code, ok := err.(Code); ok {
		return code
	}
	return Unknown
}

// attempt runs a public operation: its outcome is what Err says afterwards.
func (c *Context) attempt(operation func() error) error {
	c.Err = OK
	if err := operation(); err != nil {
		c.Err = codeOf(err)
		return c.Err
	}
	return nil
}

// Complaint is the message of the last error. Where parsing stopped belongs to it; the original keeps that text in a buffer of
// its own, appends a line feed at every message, and prints it again with every later error, of whichever kind.
func (c *Context) Complaint(prefix string) string {
	if c.reader != nil && c.Err == Parse {
		reason := c.reader.reason
		if reason == "" {
			reason = "unknown"
		}
		c.detail = fmt.Sprintf(" (%s) at line %d, byte %d", reason, c.reader.line, c.reader.errorAt)
	}
	c.detail += "\n"
	if prefix != "" {
		prefix += ": "
	}
	return prefix + c.Err.Error() + c.detail
}
