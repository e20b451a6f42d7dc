package replay

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// argument writes a JSON value as the recorder wrote it on the command line: a space after each comma and colon.
func argument(raw json.RawMessage) (string, error) {
	switch raw = bytes.TrimSpace(raw); raw[0] {
	case '{':
		var shortened text
		if isText(raw) && shortened.UnmarshalJSON(raw) == nil {
			return quote(shortened.plain), nil
		}
		return list(raw, "{", "}", true)
	case '[':
		return list(raw, "[", "]", false)
	case '"':
		var plain string
		err := json.Unmarshal(raw, &plain)
		return quote(plain), err
	}
	return string(raw), nil
}

func isText(raw json.RawMessage) bool {
	var fields map[string]json.RawMessage
	_ = json.Unmarshal(raw, &fields)
	_, parts := fields["parts"]
	_, base64 := fields["base64"]
	return len(fields) == 1 && (parts || base64)
}

func list(raw json.RawMessage, open, end string, named bool) (string, error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	if _, err := decoder.Token(); err != nil {
		return "", err
	}
	var items []string
	for decoder.More() {
		item := ""
		if named {
			name, err := decoder.Token()
			if err != nil {
				return "", err
			}
			item = quote(fmt.Sprint(name)) + ": "
		}
		var inner json.RawMessage
		if err := decoder.Decode(&inner); err != nil {
			return "", err
		}
		value, err := argument(inner)
		if err != nil {
			return "", err
		}
		items = append(items, item+value)
	}
	return open + strings.Join(items, ", ") + end, nil
}

var controls = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`, "\b", `\b`, "\f", `\f`)

// quote leaves all that is not a control character as it is, bytes that are no UTF-8 too.
func quote(plain string) string {
	var quoted strings.Builder
	for _, c := range []byte(controls.Replace(plain)) {
		if c < ' ' {
			fmt.Fprintf(&quoted, `\u%04x`, c)
		} else {
			quoted.WriteByte(c)
		}
	}
	return `"` + quoted.String() + `"`
}
