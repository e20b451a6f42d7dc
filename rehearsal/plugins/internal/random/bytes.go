package random

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"

	"homelab/plugins/internal/framework"
	"homelab/plugins/internal/plugin"
	"homelab/plugins/internal/value"
)

func randomBytes() *framework.Resource {
	return &framework.Resource{
		Fields: []framework.Field{
			keepers(framework.Always),
			{Name: "length", TF: "length", Type: framework.Int, Replaces: framework.Always, Checks: []framework.Check{framework.AtLeast(1)}},
			{Name: "base64", TF: "base64", Computed: framework.Kept, Secret: true},
			{Name: "hex", TF: "hex", Computed: framework.Kept, Secret: true},
		},
		// The id is the secret itself, in clear: so it is in the official plugin.
		Make: func(_ plugin.Log, planned value.Object) (string, value.Object, error) {
			data := random(value.Int(planned, "length"))
			return base64.StdEncoding.EncodeToString(data), bytesOutputs(data), nil
		},
		Import: func(id string) (string, value.Object, error) {
			data, err := base64.StdEncoding.DecodeString(id)
			if err != nil {
				return "", nil, fmt.Errorf("Import Random bytes Error: There was an error during the parsing of the base64 string.\n\n%w", err)
			}
			return id, merge(bytesOutputs(data), value.Object{"length": float64(len(data))}), nil
		},
	}
}

func bytesOutputs(data []byte) value.Object {
	return value.Object{"base64": base64.StdEncoding.EncodeToString(data), "hex": hex.EncodeToString(data)}
}

func randomID() *framework.Resource {
	fields := []framework.Field{
		keepers(keepersChanged),
		{Name: "byteLength", TF: "byte_length", Type: framework.Int, Replaces: framework.Always},
		{Name: "prefix", TF: "prefix", Replaces: framework.Always},
	}
	for _, name := range [][2]string{{"b64Url", "b64_url"}, {"b64Std", "b64_std"}, {"hex", "hex"}, {"dec", "dec"}, {"id", "id"}} {
		fields = append(fields, framework.Field{Name: name[0], TF: name[1], Computed: framework.Kept})
	}
	return &framework.Resource{
		Fields: fields,
		Make: func(_ plugin.Log, planned value.Object) (string, value.Object, error) {
			outputs := idOutputs(random(value.Int(planned, "byteLength")), value.String(planned, "prefix"))
			return value.String(outputs, "id"), outputs, nil
		},
		Import: importID,
	}
}

func idOutputs(data []byte, prefix string) value.Object {
	id := base64.RawURLEncoding.EncodeToString(data)
	return value.Object{
		"id":     id,
		"b64Url": prefix + id,
		"b64Std": prefix + base64.StdEncoding.EncodeToString(data),
		"hex":    prefix + hex.EncodeToString(data),
		"dec":    prefix + new(big.Int).SetBytes(data).String(),
	}
}

// importID takes "<prefix>,<id>" or an id alone.
func importID(given string) (string, value.Object, error) {
	prefix, id := "", given
	if comma := strings.LastIndex(given, ","); comma >= 0 {
		prefix, id = given[:comma], given[comma+1:]
	}
	data, err := base64.RawURLEncoding.DecodeString(id)
	if err != nil {
		return "", nil, fmt.Errorf("Import Random ID Error: While attempting to import a random id there was a decoding error.\n\n%w", err)
	}
	state := merge(idOutputs(data, prefix), value.Object{"byteLength": float64(len(data))})
	if prefix != "" {
		state["prefix"] = prefix
	}
	return id, state, nil
}

// random never fails: crypto/rand ends the process when the system has no random bytes.
func random(length int) []byte {
	data := make([]byte, length)
	_, _ = rand.Read(data)
	return data
}
