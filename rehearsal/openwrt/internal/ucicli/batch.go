package ucicli

import "strings"

// maxWords is how many words a line of a batch may have; one more is an error.
const maxWords = 4

// batch runs the commands of stdin, one a line. Whatever becomes of them, the outcome is success.
func (p *program) batch() int {
	p.inBatch = true
	for !p.input.Ended() {
		switch p.batchLine() {
		case endOfBatch:
			return 0
		case wrongCommand:
			p.complain("Unknown command\n")
		}
		for _, pkg := range p.context.Loaded() {
			p.context.Unload(pkg)
		}
	}
	p.inBatch = false
	return 0
}

// batchLine runs the first command of the next line; what follows a semicolon is lost.
func (p *program) batchLine() int {
	line := p.context.NextLine(p.input)
	var words []string
	for {
		if len(words) == maxWords {
			p.complain("Too many arguments\n")
			return failed
		}
		word, err := line()
		if err != nil {
			p.complainOf()
			return 0
		}
		if word == "" {
			break
		}
		words = append(words, word)
	}
	if len(words) == 0 {
		return 0
	}
	if strings.EqualFold(words[0], "exit") {
		return endOfBatch
	}
	return p.command(words)
}
