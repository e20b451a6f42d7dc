package nodehost

import (
	"io"
	"slices"
	"strings"
	"testing"
)

func TestWithoutPort(t *testing.T) {
	const text = "loading\n49152\nready\n17\nend"
	for _, size := range []int{1, 3, len(text)} {
		var ports []uint16
		var rest strings.Builder
		output := &withoutPort{port: func(port uint16) { ports = append(ports, port) }, rest: &rest}
		for at := 0; at < len(text); at += size {
			if _, err := io.WriteString(output, text[at:min(at+size, len(text))]); err != nil {
				t.Fatal(err)
			}
		}
		if !slices.Equal(ports, []uint16{49152}) || rest.String() != "loading\nready\n17\nend" {
			t.Errorf("in pieces of %d: ports %v, rest %q", size, ports, rest.String())
		}
	}
}
