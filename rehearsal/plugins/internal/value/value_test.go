package value

import (
	"reflect"
	"testing"
)

func TestRoundTrip(t *testing.T) {
	object := Object{
		"nothing": nil, "flag": true, "number": 1.5, "text": "x", "list": []any{"a", Secret{"b"}},
		"nested": Object{"unknown": Unknown{}}, "secret": Secret{Object{"inner": "hush"}}, "secretUnknown": Secret{Unknown{}},
	}
	if got := FromStruct(ToStruct(object)); !reflect.DeepEqual(got, object) {
		t.Errorf("got %#v", got)
	}
}

func TestEqualIgnoresSecretMarks(t *testing.T) {
	if !Equal(Object{"a": []any{Secret{"x"}}}, Secret{Object{"a": []any{"x"}}}) {
		t.Error("a secret value differs from the same value in clear")
	}
	if Equal("x", Secret{"y"}) || Equal("x", Unknown{}) {
		t.Error("different values are equal")
	}
}

func TestUnknowns(t *testing.T) {
	nested := Object{"a": []any{Secret{Unknown{}}}}
	if IsUnknown(nested) || !HasUnknown(nested) {
		t.Error("an unknown part is taken for an unknown whole, or not seen")
	}
	if !IsUnknown(Secret{Unknown{}}) {
		t.Error("a secret unknown is not seen")
	}
}
