package random

import (
	"regexp"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"homelab/plugins/internal/value"
)

func TestTextKeepsToItsFlags(t *testing.T) {
	flags := value.Object{"length": float64(30), "lower": true, "special": true, "overrideSpecial": "-", "minSpecial": float64(29)}
	made, err := text(flags)
	if err != nil || !regexp.MustCompile(`^[a-z-]{30}$`).MatchString(made) || len(regexp.MustCompile("-").FindAllString(made, -1)) < 29 {
		t.Errorf("made %q, %v", made, err)
	}
	if _, err := text(value.Object{"length": float64(3)}); err == nil {
		t.Error("a text of no characters was made")
	}
}

func TestBcryptOfLongPasswords(t *testing.T) {
	long := "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
	outputs, err := passwordOutputs(long)
	if err != nil || bcrypt.CompareHashAndPassword([]byte(value.String(outputs, "bcryptHash")), []byte(long[:bcryptLimit])) != nil {
		t.Errorf("the hash does not fit the beginning of the password: %v", err)
	}
}

func TestKeepers(t *testing.T) {
	a := value.Object{"k": "a"}
	cases := []struct {
		old, new any
		changed  bool
	}{
		{a, value.Object{"k": "b"}, true}, {a, nil, true}, {nil, a, true}, {a, value.Object{"k": "a", "l": "c"}, true},
		{a, value.Object{"k": "a", "l": nil}, false}, {nil, value.Object{"l": nil}, false}, {nil, value.Object{}, false},
	}
	for _, c := range cases {
		if keepersChanged(c.old, c.new) != c.changed {
			t.Errorf("%v to %v: changed is not %v", c.old, c.new, c.changed)
		}
	}
}

func TestImportID(t *testing.T) {
	id, state, err := importID("x-,3q2-7w")
	if err != nil || id != "3q2-7w" || state["hex"] != "x-deadbeef" || state["prefix"] != "x-" {
		t.Errorf("got %s, %v, %v", id, state, err)
	}
}
