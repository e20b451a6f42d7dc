package random

import (
	"crypto/rand"
	"errors"
	"math/big"

	"homelab/plugins/internal/value"
)

// The official character sets; overrideSpecial takes the place of the last.
const (
	upper   = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	lower   = "abcdefghijklmnopqrstuvwxyz"
	digits  = "0123456789"
	special = "!@#$%&*()-_=+[]{}<>:?"
)

// text makes a random text as RandomPassword and RandomString describe it: first the least number of each kind, then any
// allowed character, all in random order.
func text(planned value.Object) (string, error) {
	specials := special
	if override := value.String(planned, "overrideSpecial"); override != "" {
		specials = override
	}
	kinds := []struct{ flag, least, characters string }{
		{"upper", "minUpper", upper}, {"lower", "minLower", lower}, {"numeric", "minNumeric", digits}, {"special", "minSpecial", specials},
	}
	var allowed string
	var characters []rune
	for _, kind := range kinds {
		if value.Bool(planned, kind.flag) {
			allowed += kind.characters
		}
		some, err := pick(kind.characters, value.Int(planned, kind.least))
		if err != nil {
			return "", err
		}
		characters = append(characters, some...)
	}
	if allowed == "" {
		return "", errors.New("the character set specified is empty")
	}
	rest, err := pick(allowed, value.Int(planned, "length")-len(characters))
	if err != nil {
		return "", err
	}
	characters = append(characters, rest...)
	if err := shuffle(characters); err != nil {
		return "", err
	}
	return string(characters), nil
}

func pick(characters string, count int) ([]rune, error) {
	set := []rune(characters)
	var picked []rune
	for range count {
		i, err := below(len(set))
		if err != nil {
			return nil, err
		}
		picked = append(picked, set[i])
	}
	return picked, nil
}

// shuffle puts the characters in an order of which all are equally likely (Fisher and Yates).
func shuffle(characters []rune) error {
	for i := len(characters) - 1; i > 0; i-- {
		j, err := below(i + 1)
		if err != nil {
			return err
		}
		characters[i], characters[j] = characters[j], characters[i]
	}
	return nil
}

func below(limit int) (int, error) {
	number, err := rand.Int(rand.Reader, big.NewInt(int64(limit)))
	if err != nil {
		return 0, err
	}
	return int(number.Int64()), nil
}
