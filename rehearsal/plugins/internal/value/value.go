// Package value turns the property values of Pulumi's plugin protocol into plain Go values and back. It does what the
// SDK's resource package does for the few kinds that our plugins meet, without that package's weight at start.
//
// A value is nil, bool, float64, string, []any, Object, Secret or Unknown.
package value

import (
	"reflect"

	"google.golang.org/protobuf/types/known/structpb"
)

// Object maps property names to values.
type Object = map[string]any

// Secret marks a value that the engine must store encrypted.
type Secret struct{ Value any }

// Unknown is a value that only the update will know: it appears in previews.
type Unknown struct{}

// The protocol's magic strings (sdk/v3/go/common/resource/sig).
const (
	signatureKey    = "4dabf18193072939515e22adb298388d"
	secretSignature = "1b47061264138c4ac30d75fd1eb44270"
	unknownString   = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
)

// One magic string for each type that an unknown may have.
var unknownStrings = map[string]bool{
	"1c4a061d-8072-4f0a-a4cb-0ff528b18fe7": true, // bool
	"3eeb2bf0-c639-47a8-9e75-3b44932eb421": true, // number
	unknownString:                          true, // string
	"6a19a0b0-7e62-4c92-b797-7f8e31da9cc2": true, // array
	"030794c1-ac77-496b-92df-f27374a8bd58": true, // asset
	"e48ece36-62e2-4504-bad9-02848725956a": true, // archive
	"dd056dcd-154b-4c76-9bd3-c8f88648b5ff": true, // object
}

// FromStruct reads the properties of a request. A missing struct is an empty object.
func FromStruct(s *structpb.Struct) Object {
	object := Object{}
	for name, v := range s.GetFields() {
		object[name] = fromProto(v)
	}
	return object
}

func fromProto(v *structpb.Value) any {
	switch kind := v.GetKind().(type) {
	case *structpb.Value_BoolValue:
		return kind.BoolValue
	case *structpb.Value_NumberValue:
		return kind.NumberValue
	case *structpb.Value_StringValue:
		if unknownStrings[kind.StringValue] {
			return Unknown{}
		}
		return kind.StringValue
	case *structpb.Value_ListValue:
		list := make([]any, 0, len(kind.ListValue.GetValues()))
		for _, item := range kind.ListValue.GetValues() {
			list = append(list, fromProto(item))
		}
		return list
	case *structpb.Value_StructValue:
		fields := kind.StructValue.GetFields()
		if fields[signatureKey].GetStringValue() == secretSignature {
			return Secret{fromProto(fields["value"])}
		}
		return FromStruct(kind.StructValue)
	}
	return nil
}

// ToStruct writes the properties of a response.
func ToStruct(object Object) *structpb.Struct {
	fields := make(map[string]*structpb.Value, len(object))
	for name, v := range object {
		fields[name] = toProto(v)
	}
	return &structpb.Struct{Fields: fields}
}

func toProto(v any) *structpb.Value {
	switch v := v.(type) {
	case bool:
		return structpb.NewBoolValue(v)
	case float64:
		return structpb.NewNumberValue(v)
	case string:
		return structpb.NewStringValue(v)
	case []any:
		list := make([]*structpb.Value, 0, len(v))
		for _, item := range v {
			list = append(list, toProto(item))
		}
		return structpb.NewListValue(&structpb.ListValue{Values: list})
	case Object:
		return structpb.NewStructValue(ToStruct(v))
	case Secret:
		return structpb.NewStructValue(&structpb.Struct{Fields: map[string]*structpb.Value{
			signatureKey: structpb.NewStringValue(secretSignature),
			"value":      toProto(v.Value),
		}})
	case Unknown:
		return structpb.NewStringValue(unknownString)
	}
	return structpb.NewNullValue()
}

// Plain is v without its secret marks, at any depth.
func Plain(v any) any {
	switch v := v.(type) {
	case Secret:
		return Plain(v.Value)
	case []any:
		list := make([]any, 0, len(v))
		for _, item := range v {
			list = append(list, Plain(item))
		}
		return list
	case Object:
		return PlainObject(v)
	}
	return v
}

// PlainObject is Plain for the properties of a resource.
func PlainObject(object Object) Object {
	plain := make(Object, len(object))
	for name, v := range object {
		plain[name] = Plain(v)
	}
	return plain
}

// Equal says whether two values are the same, secret or not. An unknown equals only an unknown.
func Equal(a, b any) bool {
	return reflect.DeepEqual(Plain(a), Plain(b))
}

// IsUnknown says whether v itself, and not only a part of it, is unknown.
func IsUnknown(v any) bool {
	_, unknown := Plain(v).(Unknown)
	return unknown
}

// HasUnknown says whether v or a part of it is unknown.
func HasUnknown(v any) bool {
	switch v := v.(type) {
	case Unknown:
		return true
	case Secret:
		return HasUnknown(v.Value)
	case []any:
		for _, item := range v {
			if HasUnknown(item) {
				return true
			}
		}
	case Object:
		for _, item := range v {
			if HasUnknown(item) {
				return true
			}
		}
	}
	return false
}

// String, Int, Bool and Strings read a property of an object; what is missing or unknown reads as the zero value.
func String(object Object, name string) string {
	text, _ := Plain(object[name]).(string)
	return text
}

// Int reads a whole number.
func Int(object Object, name string) int {
	number, _ := Plain(object[name]).(float64)
	return int(number)
}

// Bool reads a flag.
func Bool(object Object, name string) bool {
	flag, _ := Plain(object[name]).(bool)
	return flag
}

// Strings reads a list of strings.
func Strings(object Object, name string) []string {
	list, _ := Plain(object[name]).([]any)
	var texts []string
	for _, item := range list {
		if text, ok := item.(string); ok {
			texts = append(texts, text)
		}
	}
	return texts
}
