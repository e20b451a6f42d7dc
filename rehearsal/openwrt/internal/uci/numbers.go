package uci

import (
	"math"
	"strconv"
	"strings"
)

func decimal(number int) string { return strconv.Itoa(number) }

// digits splits off what a number at the start of a text is made of.
func digits(text string) (string, bool) {
	text = strings.TrimLeft(text, " \t\n\v\f\r")
	end := 0
	if end < len(text) && (text[end] == '-' || text[end] == '+') {
		end++
	}
	start := end
	for end < len(text) && '0' <= text[end] && text[end] <= '9' {
		end++
	}
	return text[:end], end > start
}

// scanNumber reads a number at the start of a text as scanf does; an empty text counts as read.
func scanNumber(text string) (int, bool) {
	number, ok := digits(text)
	if !ok {
		return 0, strings.TrimLeft(text, " \t\n\v\f\r") == ""
	}
	value, _ := strconv.ParseInt(number, 10, 64)
	return int(int32(value)), true
}

// Position reads a position as strtoul does, cut to an int: what is no number is 0, and -1 stays -1.
func Position(text string) int {
	number, ok := digits(text)
	if !ok {
		return 0
	}
	magnitude, err := strconv.ParseUint(strings.TrimLeft(number, "+-"), 10, 64)
	if err != nil {
		magnitude = math.MaxUint64
	} else if number[0] == '-' {
		magnitude = -magnitude
	}
	return int(int32(uint32(magnitude)))
}

// IsNumber says whether `delete` takes a text for an index.
func IsNumber(text string) bool {
	_, ok := scanNumber(text)
	return ok
}
