package uci

// What an argument has to be.
type argument struct {
	required bool
	valid    func(string) bool
}

var (
	anyArgument      = argument{}
	requiredArgument = argument{required: true}
	nameArgument     = argument{valid: isName}
	requiredName     = argument{required: true, valid: isName}
	packageArgument  = argument{required: true, valid: isPackageLine}
)

// next parses an argument and gives its position, where stringAt finds it until the line is read anew.
func (r *reader) next(want argument) (int, error) {
	r.skipSpace()
	start := r.pos
	if r.current() == ';' {
		r.set(r.pos, 0)
		r.pos++
	} else if err := r.unquote(start); err != nil {
		return start, err
	}
	if r.at(start) == 0 {
		if want.required {
			return start, r.fail("insufficient arguments")
		}
		return start, nil
	}
	if want.valid != nil && !want.valid(r.stringAt(start)) {
		return start, r.fail("invalid character in name field")
	}
	return start, nil
}

// unquote parses one argument in any mixture of quotes and writes it to the target.
func (r *reader) unquote(target int) error {
	atSemicolon := false
argument:
	for first := true; first || r.current() != 0 && !isSpace(r.current()); first = false {
		switch r.current() {
		case '\'', '"':
			if err := r.unquoteQuoted(&target, r.current()); err != nil {
				return err
			}
		case '#':
			r.set(r.pos, 0)
			break argument
		case 0:
			break argument
		case ';':
			atSemicolon = true
			break argument
		case '\\':
			if r.escape() {
				r.move(&target)
			}
		default:
			r.move(&target)
		}
	}
	// An unquoted argument's end is written over the space after it, so that has to be passed first.
	if r.current() != 0 && !atSemicolon {
		r.pos++
	}
	r.set(target, 0)
	return nil
}

func (r *reader) unquoteQuoted(target *int, quote byte) error {
	r.pos++
	for {
		c := r.current()
		switch {
		case c == quote:
			r.pos++
			return nil
		case c == 0:
			r.startLine(r.pos)
			if r.current() == 0 {
				return r.fail("EOF with unterminated " + string(quote))
			}
		case c == '\\' && quote == '"':
			if r.escape() {
				r.move(target)
			}
		default:
			r.move(target)
		}
	}
}

// escape passes a backslash; at the end of a line it joins the next one. Says whether a character follows that stands for itself.
func (r *reader) escape() bool {
	r.pos++
	c := r.current()
	if c == 0 || c == '\n' || c == '\r' && r.at(r.pos+1) == '\n' && r.at(r.pos+2) == 0 {
		r.startLine(r.pos)
		return false
	}
	return true
}

func (r *reader) move(target *int) {
	r.set(*target, r.current())
	*target++
	r.pos++
}

// end makes sure that nothing follows on the line.
func (r *reader) end(strict bool) error {
	r.skipSpace()
	rest, err := r.next(anyArgument)
	if err != nil {
		return err
	}
	if r.at(rest) != 0 && strict {
		return r.fail("too many arguments")
	}
	return nil
}

// word takes the first word of what is left of the line, without regard to quotes; "" at its end.
func (r *reader) word() string {
	start := r.pos
	for r.at(start) == ' ' || r.at(start) == '\t' {
		start++
	}
	end := start
	for r.at(end) != 0 && r.at(end) != ' ' && r.at(end) != '\t' {
		end++
	}
	word := r.stringAt(start)[:end-start]
	r.set(end, 0)
	return word
}

// passWord moves on from a word to what follows it.
func (r *reader) passWord(keyword string) error {
	step := len(r.stringAt(r.pos)) + 1
	if r.pos+step > r.filled {
		return r.fail(keyword + " without name")
	}
	r.pos += step
	return nil
}
