// Package getopt parses short options as the C library does.
package getopt

import "strings"

// Option is one option that was given; Letter is '?' for one that does not exist or lacks its argument.
type Option struct {
	Letter byte
	Value  string
	// Complaint is what getopt prints about a bad one.
	Complaint string
}

// Parse splits arguments into options and the rest; `letters` as for getopt, a colon after those that take an argument. Options
// end at the first argument that is none.
func Parse(program string, arguments []string, letters string) ([]Option, []string) {
	var options []Option
	for len(arguments) > 0 {
		word := arguments[0]
		if word == "--" {
			return options, arguments[1:]
		}
		if len(word) < 2 || word[0] != '-' {
			break
		}
		arguments = arguments[1:]
		for i := 1; i < len(word); i++ {
			letter := word[i]
			at := strings.IndexByte(letters, letter)
			if at < 0 || letter == ':' {
				options = append(options, Option{'?', "", program + ": invalid option -- '" + string(letter) + "'\n"})
				continue
			}
			if at+1 >= len(letters) || letters[at+1] != ':' {
				options = append(options, Option{Letter: letter})
				continue
			}
			value := word[i+1:]
			if value == "" {
				if len(arguments) == 0 {
					complaint := program + ": option requires an argument -- '" + string(letter) + "'\n"
					return append(options, Option{'?', "", complaint}), nil
				}
				value, arguments = arguments[0], arguments[1:]
			}
			options = append(options, Option{Letter: letter, Value: value})
			break
		}
	}
	return options, arguments
}
