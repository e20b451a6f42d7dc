package message

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
)

var errNotJSON = errors.New("not a JSON object")

// Parse reads a JSON object as json-c does: what follows it is not looked at, bytes that are no UTF-8 pass, of fields with the same
// name the last one counts.
func Parse(text string) (Value, error) {
	p := &parser{text: text}
	value, err := p.value()
	if err == nil && value.Kind != Table {
		err = errNotJSON
	}
	return value, err
}

type parser struct {
	text string
	pos  int
}

func (p *parser) peek() byte {
	for p.pos < len(p.text) && strings.IndexByte(" \t\n\r\v\f", p.text[p.pos]) >= 0 {
		p.pos++
	}
	if p.pos >= len(p.text) {
		return 0
	}
	return p.text[p.pos]
}

func (p *parser) value() (Value, error) {
	switch c := p.peek(); {
	case c == '{':
		return p.table()
	case c == '[':
		return p.array()
	case c == '"' || c == '\'':
		text, err := p.quoted()
		return Of(text), err
	case c == '-' || '0' <= c && c <= '9':
		return p.number()
	}
	for word, value := range map[string]Value{"true": Of(true), "false": Of(false), "null": {}} {
		if len(p.text)-p.pos >= len(word) && strings.EqualFold(p.text[p.pos:p.pos+len(word)], word) {
			p.pos += len(word)
			return value, nil
		}
	}
	return Value{}, errNotJSON
}

func (p *parser) table() (Value, error) {
	table := Value{Kind: Table}
	p.pos++
	if p.peek() == '}' {
		p.pos++
		return table, nil
	}
	for {
		if c := p.peek(); c != '"' && c != '\'' {
			return table, errNotJSON
		}
		name, err := p.quoted()
		if err != nil {
			return table, err
		}
		if p.peek() != ':' {
			return table, errNotJSON
		}
		p.pos++
		value, err := p.value()
		if err != nil {
			return table, err
		}
		table.put(cString(name), value)
		if done, err := p.next('}'); done || err != nil {
			return table, err
		}
	}
}

func (v *Value) put(name string, value Value) {
	for i := range v.Fields {
		if v.Fields[i].Name == name {
			v.Fields[i].Value = value
			return
		}
	}
	v.Fields = append(v.Fields, Field{name, value})
}

func (p *parser) array() (Value, error) {
	list := Value{Kind: Array}
	p.pos++
	if p.peek() == ']' {
		p.pos++
		return list, nil
	}
	for {
		value, err := p.value()
		if err != nil {
			return list, err
		}
		list.Fields = append(list.Fields, Field{Value: value})
		if done, err := p.next(']'); done || err != nil {
			return list, err
		}
	}
}

// next passes a comma, or the end.
func (p *parser) next(end byte) (bool, error) {
	switch p.peek() {
	case end:
		p.pos++
		return true, nil
	case ',':
		p.pos++
		return false, nil
	}
	return false, errNotJSON
}

func (p *parser) number() (Value, error) {
	start := p.pos
	for p.pos < len(p.text) && strings.IndexByte("+-.eE0123456789", p.text[p.pos]) >= 0 {
		p.pos++
	}
	text := p.text[start:p.pos]
	if strings.ContainsAny(text, ".eE") {
		real, err := strconv.ParseFloat(text, 64)
		return Value{Kind: Double, Real: real}, err
	}
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return Value{}, errNotJSON
	}
	if number >= math.MinInt32 && number <= math.MaxInt32 {
		return Value{Kind: Int32, Number: number}, nil
	}
	return Value{Kind: Int64, Number: number}, nil
}

func (p *parser) quoted() (string, error) {
	quote := p.text[p.pos]
	p.pos++
	var text strings.Builder
	for p.pos < len(p.text) {
		c := p.text[p.pos]
		p.pos++
		switch c {
		case quote:
			return text.String(), nil
		case '\\':
			if err := p.escaped(&text); err != nil {
				return "", err
			}
		default:
			text.WriteByte(c)
		}
	}
	return "", errNotJSON
}

func (p *parser) escaped(text *strings.Builder) error {
	if p.pos >= len(p.text) {
		return errNotJSON
	}
	c := p.text[p.pos]
	p.pos++
	if at := strings.IndexByte(`"\/bfnrt`, c); at >= 0 {
		text.WriteByte("\"\\/\b\f\n\r\t"[at])
		return nil
	}
	if c != 'u' {
		return errNotJSON
	}
	unit, err := p.unit()
	if err != nil {
		return err
	}
	if utf16.IsSurrogate(unit) && strings.HasPrefix(p.text[p.pos:], `\u`) {
		before := p.pos
		p.pos += 2
		second, err := p.unit()
		if err != nil {
			return err
		}
		if pair := utf16.DecodeRune(unit, second); pair != '\uFFFD' {
			text.WriteRune(pair)
			return nil
		}
		p.pos = before
	}
	// A lone surrogate is no character: this writes U+FFFD for it.
	text.WriteRune(unit)
	return nil
}

func (p *parser) unit() (rune, error) {
	if len(p.text)-p.pos < 4 {
		return 0, errNotJSON
	}
	unit, err := strconv.ParseUint(p.text[p.pos:p.pos+4], 16, 16)
	p.pos += 4
	return rune(unit), err
}
