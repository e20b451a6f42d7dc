package rpcd

import (
	"strconv"
	"strings"

	"homelab/openwrt/internal/message"
	"homelab/openwrt/internal/uci"
)

// stageFor lets the configuration be seen and changed as a session has staged it; without a session, as the program uci has.
func (c *call) stageFor() {
	if c.session == nil {
		c.cursor.StageOnly(uci.SaveFolder)
		return
	}
	c.cursor.StageOnly(savePrefix + *c.session)
}

// may says whether the call may read or write a package. Without a session it may do all.
func (c *call) may(right, pkg string) bool {
	c.stageFor()
	return c.session == nil || c.allowed(*c.session, "uci", pkg, right)
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

func isWord(text, more string) bool {
	for i := range len(text) {
		if !isAlphanumeric(text[i]) && strings.IndexByte(more, text[i]) < 0 {
			return false
		}
	}
	return text != ""
}

func isName(text string) bool { return isWord(text, "_") }
func isType(text string) bool { return isWord(text, "_-") }

// isSection: a name, or `@type[n]`.
func isSection(text string) bool {
	if !strings.HasPrefix(text, "@") {
		return isName(text)
	}
	kind, rest, found := strings.Cut(text[1:], "[")
	number, after, closed := strings.Cut(rest, "]")
	_, err := strconv.Atoi(number)
	return found && closed && after == "" && err == nil && (kind == "" || isType(kind))
}

// asText is a value as the configuration can hold it: numbers without their sign, true and false as 1 and 0. Other types cannot be.
func asText(value message.Value) (string, bool) {
	switch value.Kind {
	case message.String:
		return value.Text, true
	case message.Int32:
		return strconv.FormatUint(uint64(uint32(value.Number)), 10), true
	case message.Int64:
		return strconv.FormatUint(uint64(value.Number), 10), true
	case message.Bool:
		return strconv.FormatInt(value.Number, 10), true
	}
	return "", false
}

// lookup is Lookup, which takes `@type[n]` too, and leaves the pointer as it was if there is an error.
func (c *call) lookup(pointer *uci.Pointer) error {
	found := *pointer
	if _, section, _ := found.Target(); section == nil && found.Section != nil && strings.HasPrefix(*found.Section, "@") {
		found.ByIndex()
	}
	err := c.cursor.Lookup(&found)
	if err == nil {
		*pointer = found
	}
	return err
}

// matches says whether a section has the type and the values that a call asks for. An option that the section lacks does not count,
// unless it lacks them all.
func (c *call) matches(section *uci.Section) bool {
	if kind := c.text("type"); kind != nil && *kind != section.Type {
		return false
	}
	wanted := c.Get("match", message.Table)
	if wanted == nil {
		return true
	}
	empty, matched := true, false
	for _, field := range wanted.Fields {
		value, ok := asText(field.Value)
		if !ok {
			continue
		}
		empty = false
		for _, option := range section.Options {
			if option.Name != field.Name {
				continue
			}
			if !has(option, value) {
				return false
			}
			matched = true
		}
	}
	return empty || matched
}

// has says whether a list has an item, or an option a word.
func has(option *uci.Option, value string) bool {
	items := option.Items
	if option.IsOne {
		items = strings.FieldsFunc(option.Value, func(r rune) bool { return r == ' ' || r == '\t' })
	}
	for _, item := range items {
		if item == value {
			return true
		}
	}
	return false
}
