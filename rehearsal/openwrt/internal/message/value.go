// Package message has the values that go over the bus: JSON with the types of blobmsg, which tells integers of 32 bits from others
// and drops what a C string cannot hold.
package message

import "strings"

// Kind is the type of a value. A method that wants another type than it gets takes the argument as absent.
type Kind int

// The types.
const (
	Null Kind = iota
	Bool
	Int32
	Int64
	Double
	String
	Array
	Table
)

// Value is one value.
type Value struct {
	Kind   Kind
	Number int64
	Real   float64
	Text   string
	// Fields are those of a table, in order; an array has them without names.
	Fields []Field
}

// Field is a value with its name.
type Field struct {
	Name  string
	Value Value
}

// Of makes a value from a Go one: string, bool, int (32 bits), int64, []Value or []Field.
func Of(value any) Value {
	switch value := value.(type) {
	case string:
		return Value{Kind: String, Text: cString(value)}
	case bool:
		if value {
			return Value{Kind: Bool, Number: 1}
		}
		return Value{Kind: Bool}
	case int:
		return Value{Kind: Int32, Number: int64(int32(value))}
	case int64:
		return Value{Kind: Int64, Number: value}
	case []Value:
		list := Value{Kind: Array}
		for _, item := range value {
			list.Fields = append(list.Fields, Field{Value: item})
		}
		return list
	case []Field:
		return Value{Kind: Table, Fields: value}
	case Value:
		return value
	}
	return Value{}
}

// Strings is an array of strings.
func Strings(texts []string) Value {
	list := Value{Kind: Array}
	for _, text := range texts {
		list.Fields = append(list.Fields, Field{Value: Of(text)})
	}
	return list
}

// Named is a field.
func Named(name string, value any) Field { return Field{Name: name, Value: Of(value)} }

// Get finds a field of the given type; nil if it is absent or of another one.
func (v Value) Get(name string, kind Kind) *Value {
	for i := range v.Fields {
		if field := &v.Fields[i]; field.Name == name && field.Value.Kind == kind {
			return &field.Value
		}
	}
	return nil
}

// GetText is Get for strings.
func (v Value) GetText(name string) *string {
	if value := v.Get(name, String); value != nil {
		return &value.Text
	}
	return nil
}

func cString(text string) string {
	text, _, _ = strings.Cut(text, "\x00")
	return text
}
