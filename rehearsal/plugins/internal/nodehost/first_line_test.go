package nodehost

import (
	"io"
	"slices"
	"strings"
	"testing"
)

func TestWithoutFirstLine(t *testing.T) {
	const text = "49152\nready\n17\nend"
	for _, size := range []int{1, 3, len(text)} {
		var first []string
		var rest strings.Builder
		output := &withoutFirstLine{first: func(line string) { first = append(first, line) }, rest: &rest}
		for at := 0; at < len(text); at += size {
			if _, err := io.WriteString(output, text[at:min(at+size, len(text))]); err != nil {
				t.Fatal(err)
			}
		}
		if !slices.Equal(first, []string{"49152"}) || rest.String() != "ready\n17\nend" {
			t.Errorf("in pieces of %d: first %q, rest %q", size, first, rest.String())
		}
	}
}
