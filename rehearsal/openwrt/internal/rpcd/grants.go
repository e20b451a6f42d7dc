package rpcd

import (
	"sort"
	"strings"

	"homelab/openwrt/internal/message"
)

// grant lets a session use a function of an object; the two can be patterns.
type grant struct {
	scope, object, function string
}

// prefix is the object up to its first wildcard: grants are in the order of these.
func (g grant) prefix() string {
	if at := strings.IndexAny(g.object, "*?["); at >= 0 {
		return g.object[:at]
	}
	return g.object
}

func (ses *session) grant(new grant) {
	for _, other := range ses.grants {
		if other == new {
			return
		}
	}
	ses.grants = append(ses.grants, new)
	sort.SliceStable(ses.grants, func(i, j int) bool {
		a, b := ses.grants[i], ses.grants[j]
		return a.scope < b.scope || a.scope == b.scope && a.prefix() < b.prefix()
	})
}

// revoke takes one grant back; without an object, all of the scope.
func (ses *session) revoke(old grant) {
	kept := ses.grants[:0]
	for _, other := range ses.grants {
		if other != old && (other.scope != old.scope || old.object != "") {
			kept = append(kept, other)
		}
	}
	ses.grants = kept
}

func (ses *session) allows(scope, object, function string) bool {
	for _, grant := range ses.grants {
		if grant.scope == scope && match(grant.object, object) && match(grant.function, function) {
			return true
		}
	}
	return false
}

// allowed says whether a session may do something, and starts its time again.
func (s *Server) allowed(id, scope, object, function string) bool {
	ses := s.use(id)
	return ses != nil && ses.allows(scope, object, function)
}

func (ses *session) describeGrants() []message.Field {
	var scopes []message.Field
	for _, grant := range ses.grants {
		if len(scopes) == 0 || scopes[len(scopes)-1].Name != grant.scope {
			scopes = append(scopes, message.Named(grant.scope, []message.Field{}))
		}
		objects := &scopes[len(scopes)-1].Value.Fields
		if len(*objects) == 0 || (*objects)[len(*objects)-1].Name != grant.object {
			*objects = append(*objects, message.Named(grant.object, []message.Value{}))
		}
		functions := &(*objects)[len(*objects)-1].Value.Fields
		*functions = append(*functions, message.Named("", grant.function))
	}
	return scopes
}

// match is fnmatch: `*`, `?` and `[…]`.
func match(pattern, text string) bool {
	for pattern != "" {
		switch {
		case pattern[0] == '*':
			for at := 0; at <= len(text); at++ {
				if match(pattern[1:], text[at:]) {
					return true
				}
			}
			return false
		case text == "":
			return false
		case pattern[0] == '[':
			rest, ok := matchSet(pattern, text[0])
			if !ok {
				return false
			}
			pattern = rest
		case pattern[0] == '?' || pattern[0] == text[0]:
			pattern = pattern[1:]
		default:
			return false
		}
		text = text[1:]
	}
	return text == ""
}

// matchSet matches a byte with the set at the start of a pattern and gives what follows the set.
func matchSet(pattern string, c byte) (string, bool) {
	body := pattern[1:]
	negated := strings.HasPrefix(body, "!") || strings.HasPrefix(body, "^")
	if negated {
		body = body[1:]
	}
	end := strings.IndexByte(body[min(1, len(body)):], ']')
	if end < 0 {
		return pattern[1:], c == '['
	}
	set, rest := body[:end+1], body[end+2:]
	found := false
	for i := 0; i < len(set); i++ {
		if i+2 < len(set) && set[i+1] == '-' {
			found = found || set[i] <= c && c <= set[i+2]
			i += 2
		} else {
			found = found || set[i] == c
		}
	}
	return rest, found != negated
}
