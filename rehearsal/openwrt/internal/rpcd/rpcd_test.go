package rpcd

import "testing"

// Hashes made by `openssl passwd -1`.
func TestCryptMD5(t *testing.T) {
	for password, hash := range map[string]string{
		"correct-horse": "$1$rehearse$KGgMo.ADMPoLUbF4mII2e/",
		"":              "$1$a$8CfZSfErbeskipdhZHtvu.",
	} {
		if got := cryptMD5(password, hash); got != hash {
			t.Errorf("%q: %s, not %s", password, got, hash)
		}
	}
	if cryptMD5("x", "$5$salt$hash") == "$5$salt$hash" {
		t.Error("another form of hash let a password pass")
	}
}

func TestMatch(t *testing.T) {
	for _, test := range []struct {
		pattern, text string
		want          bool
	}{
		{"*", "network", true}, {"net*", "network", true}, {"net?ork", "network", true}, {"[nw]*", "wireless", true},
		{"[!nw]*", "wireless", false}, {"[a-f]*", "dhcp", true}, {"network", "network2", false}, {"n[", "n[", true}, {"", "x", false},
	} {
		if got := match(test.pattern, test.text); got != test.want {
			t.Errorf("%s, %s: %t", test.pattern, test.text, got)
		}
	}
}
