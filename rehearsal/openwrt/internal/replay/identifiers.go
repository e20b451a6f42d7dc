package replay

import (
	"fmt"
	"regexp"
)

// identifiers name what is random as the recordings do: SID1, SID2 … in the order in which they appear.
type identifiers struct {
	names map[string]string
	ids   map[string]string
}

var (
	sessionID = regexp.MustCompile(`[0-9a-f]{32}`)
	sidName   = regexp.MustCompile(`SID[0-9]+`)
	objectID  = regexp.MustCompile(`(?m)^('[a-z]+' @)[0-9a-f]{8}$`)
	// The session of those who did not log in, and one that the recordings invented.
	fixedID = regexp.MustCompile(`^(0{32}|f{32})$`)
)

func newIdentifiers() *identifiers {
	return &identifiers{names: map[string]string{}, ids: map[string]string{}}
}

// name puts names in the place of ids.
func (i *identifiers) name(plain string) string {
	plain = sessionID.ReplaceAllStringFunc(plain, func(id string) string {
		if fixedID.MatchString(id) {
			return id
		}
		if i.names[id] == "" {
			name := fmt.Sprintf("SID%d", len(i.names)+1)
			i.names[id], i.ids[name] = name, id
		}
		return i.names[id]
	})
	return objectID.ReplaceAllString(plain, "${1}OBJECTID")
}

// id puts ids in the place of names.
func (i *identifiers) id(plain string) string {
	return sidName.ReplaceAllStringFunc(plain, func(name string) string {
		if id, ok := i.ids[name]; ok {
			return id
		}
		return name
	})
}
