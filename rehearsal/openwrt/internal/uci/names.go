package uci

func isNameByte(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

func isPrintable(c byte) bool { return c >= 33 && c <= 126 }

func allBytes(text string, allowed func(byte) bool) bool {
	for i := range len(text) {
		if !allowed(text[i]) {
			return false
		}
	}
	return text != ""
}

// isName: sections and options.
func isName(text string) bool { return allBytes(text, isNameByte) }

// isType: types take all that can be printed, quotes and semicolons too; so do names of packages given to a command.
func isType(text string) bool { return allBytes(text, isPrintable) }

// isPackageLine: the name in a `package` line.
func isPackageLine(text string) bool {
	return allBytes(text, func(c byte) bool { return isNameByte(c) || c == '-' })
}

// isText: values, without control characters other than those of white space.
func isText(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < 32 && c != '\t' && c != '\n' && c != '\r' {
			return false
		}
	}
	return true
}

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }
