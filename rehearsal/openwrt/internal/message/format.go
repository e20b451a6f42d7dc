package message

import (
	"fmt"
	"strings"
)

// Format writes a table as the bus's programs print it: indented by tabs, or on one line.
func Format(value Value, indented bool) string {
	w := &writer{indented: indented}
	w.value(value)
	return w.text.String()
}

type writer struct {
	text     strings.Builder
	indented bool
	level    int
}

func (w *writer) value(value Value) {
	switch value.Kind {
	case Null:
		w.text.WriteString("null")
	case Bool:
		fmt.Fprintf(&w.text, "%t", value.Number != 0)
	case Int32, Int64:
		fmt.Fprintf(&w.text, "%d", value.Number)
	case Double:
		fmt.Fprintf(&w.text, "%f", value.Real)
	case String:
		w.quoted(value.Text)
	case Array:
		w.list(value, "[", "]")
	case Table:
		w.list(value, "{", "}")
	}
}

// list puts a line with nothing but tabs into an empty list, as the original does.
func (w *writer) list(value Value, open, end string) {
	w.text.WriteString(open)
	w.level++
	w.newLine()
	for i, field := range value.Fields {
		if i > 0 {
			w.text.WriteString(",")
			w.newLine()
		}
		if value.Kind == Table && field.Name != "" {
			w.quoted(field.Name)
			w.text.WriteString(":")
			if w.indented {
				w.text.WriteString(" ")
			}
		}
		w.value(field.Value)
	}
	w.level--
	w.newLine()
	w.text.WriteString(end)
}

const deepest = 16

func (w *writer) newLine() {
	if w.indented {
		w.text.WriteString("\n" + strings.Repeat("\t", min(w.level, deepest)))
	}
}

var escapes = map[byte]string{'\b': `\b`, '\n': `\n`, '\t': `\t`, '\r': `\r`, '"': `\"`, '\\': `\\`}

func (w *writer) quoted(text string) {
	w.text.WriteByte('"')
	for i := range len(text) {
		c := text[i]
		if escape, ok := escapes[c]; ok {
			w.text.WriteString(escape)
		} else if c < ' ' {
			fmt.Fprintf(&w.text, `\u%04x`, c)
		} else {
			w.text.WriteByte(c)
		}
	}
	w.text.WriteByte('"')
}
