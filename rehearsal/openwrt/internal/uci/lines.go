package uci

// NextLine reads a line of commands and gives its arguments, one a call; "" at the end, and for an empty argument too. A quote may
// go over several lines.
func (c *Context) NextLine(input *Input) func() (string, error) {
	if c.reader == nil || c.reader.input != input {
		c.reader = &reader{input: input}
	}
	r := c.reader
	r.pos = 0
	r.startLine(0)
	return func() (string, error) {
		word := ""
		err := c.attempt(func() error {
			at, err := r.next(anyArgument)
			if err == nil {
				word = r.stringAt(at)
			}
			return err
		})
		return word, err
	}
}
