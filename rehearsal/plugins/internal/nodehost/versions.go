package nodehost

import (
	"math"
	"regexp"
	"strconv"
	"strings"
)

// version is major, minor, patch.
type version [3]int

// span has all versions from one on and below another.
type span struct{ from, below version }

var everything = span{below: version{math.MaxInt}}

// unmet says what a range of npm, like ">=24" or "^22.18 || >=24", asks for if the version is outside of it, and is empty if
// the version is inside. A range that this host does not understand is left to the program.
func unmet(wanted, actual string) string {
	version, _, ok := parseVersion(actual)
	spans, understood := parseRange(wanted)
	if !ok || !understood {
		return ""
	}
	for _, each := range spans {
		if compare(version, each.from) >= 0 && compare(version, each.below) < 0 {
			return ""
		}
	}
	if len(spans) == 1 && spans[0].below == everything.below {
		return spans[0].from.short() + " or newer"
	}
	return wanted
}

// short leaves out zeros at the end: 24 for 24.0.0.
func (v version) short() string {
	parts := []string{strconv.Itoa(v[0]), strconv.Itoa(v[1]), strconv.Itoa(v[2])}
	for len(parts) > 1 && parts[len(parts)-1] == "0" {
		parts = parts[:len(parts)-1]
	}
	return strings.Join(parts, ".")
}

func compare(a, b version) int {
	for i := range a {
		if a[i] != b[i] {
			return a[i] - b[i]
		}
	}
	return 0
}

var (
	hyphen = regexp.MustCompile(`(\S+)\s+-\s+(\S+)`)
	gap    = regexp.MustCompile(`([<>=~^])\s+`)
	term   = regexp.MustCompile(`^([<>]=?|=|~|\^|)v?(\S*)$`)
)

// parseRange reads the alternatives of a range (https://github.com/npm/node-semver#ranges), without pre-releases.
func parseRange(text string) ([]span, bool) {
	var spans []span
	for alternative := range strings.SplitSeq(text, "||") {
		alternative = hyphen.ReplaceAllString(alternative, ">=$1 <=$2")
		all := everything
		for word := range strings.FieldsSeq(gap.ReplaceAllString(alternative, "$1")) {
			next, ok := parseTerm(word)
			if !ok {
				return nil, false
			}
			all = all.and(next)
		}
		spans = append(spans, all)
	}
	return spans, true
}

func (s span) and(other span) span {
	if compare(other.from, s.from) > 0 {
		s.from = other.from
	}
	if compare(other.below, s.below) < 0 {
		s.below = other.below
	}
	return s
}

func parseTerm(word string) (span, bool) {
	parts := term.FindStringSubmatch(word)
	if parts == nil {
		return span{}, false
	}
	at, given, ok := parseVersion(parts[2])
	if !ok {
		return span{}, false
	}
	if given == 0 {
		return everything, true
	}
	switch parts[1] {
	case ">=":
		return span{at, everything.below}, true
	case ">":
		return span{at.next(given), everything.below}, true
	case "<":
		return span{version{}, at}, true
	case "<=":
		return span{version{}, at.next(given)}, true
	case "~":
		return span{at, at.next(min(given, 2))}, true
	case "^":
		return span{at, at.next(firstNotZero(at, given))}, true
	default:
		return span{at, at.next(given)}, true
	}
}

// next is the first version whose first `places` numbers are higher.
func (v version) next(places int) version {
	after := version{}
	copy(after[:], v[:places])
	after[places-1]++
	return after
}

// firstNotZero is which number a caret keeps: the first that is not zero, of those given.
func firstNotZero(v version, given int) int {
	for i := range given {
		if v[i] != 0 {
			return i + 1
		}
	}
	return given
}

// parseVersion reads up to three numbers and says how many are given; an x or * is not given.
func parseVersion(text string) (version, int, bool) {
	var parsed version
	if text == "" {
		return parsed, 0, true
	}
	parts := strings.Split(text, ".")
	if len(parts) > len(parsed) {
		return parsed, 0, false
	}
	for i, part := range parts {
		if part == "x" || part == "X" || part == "*" {
			return parsed, i, true
		}
		number, err := strconv.Atoi(part)
		if err != nil || number < 0 {
			return parsed, 0, false
		}
		parsed[i] = number
	}
	return parsed, len(parts), true
}
