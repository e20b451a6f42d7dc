package replay

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"sort"
	"strconv"
	"strings"
)

// differences of a step: what is not as recorded, in words.
type differences struct {
	seed  string
	found []string
}

func (d *differences) compare(what, got, want string) {
	if got != want {
		d.found = append(d.found, fmt.Sprintf("%s: %s\n      not: %s", what, shorten(got), shorten(want)))
	}
}

func shorten(plain string) string {
	quoted := fmt.Sprintf("%q", plain)
	if len(quoted) > 600 {
		return quoted[:300] + " … " + quoted[len(quoted)-300:]
	}
	return quoted
}

var expires = regexp.MustCompile(`"expires": ?(\d+)`)

// output compares what a program printed. Sessions are listed in the order of their random ids.
func (d *differences) output(what, got, want string) {
	if strings.Count(want, `"ubus_rpc_session"`) > 1 && got != want {
		got, want = sortAnswers(got), sortAnswers(want)
	}
	got, want = withoutCloseTimes(got, want)
	d.compare(what, got, want)
}

// withoutCloseTimes takes the seconds that are left out of both texts where they are close: the recorded programs took their time,
// the replay's clock stands still.
func withoutCloseTimes(got, want string) (string, string) {
	gotTimes, wantTimes := expires.FindAllStringSubmatch(got, -1), expires.FindAllStringSubmatch(want, -1)
	if len(gotTimes) != len(wantTimes) {
		return got, want
	}
	close := make([]bool, len(gotTimes))
	for i := range close {
		a, _ := strconv.Atoi(gotTimes[i][1])
		b, _ := strconv.Atoi(wantTimes[i][1])
		close[i] = a-b >= 0 && a-b <= 3
	}
	strip := func(plain string) string {
		i := -1
		return expires.ReplaceAllStringFunc(plain, func(found string) string {
			if i++; close[i] {
				return `"expires": …`
			}
			return found
		})
	}
	return strip(got), strip(want)
}

func sortAnswers(output string) string {
	answers := strings.SplitAfter(output, "\n}\n")
	sort.Strings(answers)
	return strings.Join(answers, "")
}

func (d *differences) change(got, want change) {
	d.files(got.Files, want.Files)
	d.compare("folders", fmt.Sprint(got.Dirs), fmt.Sprint(orEmpty(want.Dirs)))
	d.compare("modes", fmt.Sprint(got.Modes), fmt.Sprint(orEmpty(want.Modes)))
	if len(got.Rewritten)+len(want.Rewritten) > 0 && !reflect.DeepEqual(got.Rewritten, want.Rewritten) {
		d.compare("rewritten", fmt.Sprint(got.Rewritten), fmt.Sprint(want.Rewritten))
	}
}

func orEmpty(entries map[string]string) map[string]string {
	if entries == nil {
		return map[string]string{}
	}
	return entries
}

func (d *differences) files(got, want map[string]*text) {
	paths := map[string]bool{}
	for path := range got {
		paths[path] = true
	}
	for path := range want {
		paths[path] = true
	}
	for path := range paths {
		d.compare(path, d.describe(got, path), d.describe(want, path))
	}
}

func (d *differences) describe(files map[string]*text, path string) string {
	content, ok := files[path]
	switch {
	case !ok:
		return "not changed"
	case content == nil:
		return "removed"
	}
	return "content " + d.content(*content)
}

// content is a text, or that of the file of the start state that it names.
func (d *differences) content(t text) string {
	if t.seed == "" {
		return t.plain
	}
	content, err := os.ReadFile(filepath.Join(d.seed, t.seed))
	if err != nil {
		return err.Error()
	}
	return string(content)
}

// present compares all that is below a path.
func (d *differences) present(found tree, path string, want map[string]text) {
	got := map[string]string{}
	for name, entry := range found {
		if !strings.HasPrefix(name, path+"/") {
			continue
		}
		got[name] = entry.content
		if entry.folder {
			got[name] = "directory " + entry.mode
		}
	}
	expected := map[string]string{}
	for name, content := range want {
		expected[name] = d.content(content)
	}
	d.compare("what is there", fmt.Sprint(got), fmt.Sprint(expected))
}
