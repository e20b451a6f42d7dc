package rpcd

import (
	"bytes"
	"strings"

	"homelab/openwrt/internal/message"
	"homelab/openwrt/internal/uci"
)

func login(c *call) Status {
	name, password := c.text("username"), c.text("password")
	if name == nil || password == nil {
		return InvalidArgument
	}
	account := c.account(*name, password)
	if account == nil {
		return Denied
	}
	// While an apply waits for its confirmation, its user gets the session that applied.
	ses := c.use(c.pending)
	if ses == nil || ses.user() != *name {
		ses = c.create(c.timeout())
	}
	c.grantFromFiles(ses, account)
	ses.put(message.Named("username", *name))
	c.reply(c.describe(ses, true)...)
	return OK
}

// account finds the `login` section of a user; without a password to check, that of one who logged in before.
func (s *Server) account(name string, password *string) *uci.Section {
	pkg, err := uci.New(s.disk).Load("rpcd")
	if err != nil {
		return nil
	}
	for _, section := range pkg.Sections {
		if section.Type != "login" || one(section, "username") != name {
			continue
		}
		if password == nil || s.passwordIs(one(section, "password"), *password) {
			return section
		}
	}
	return nil
}

func one(section *uci.Section, name string) string {
	for _, option := range section.Options {
		if option.Name == name && option.IsOne {
			return option.Value
		}
	}
	return ""
}

// passwordIs checks a password; `$p$user` stands for the password of a user of the system, and an empty one for any.
func (s *Server) passwordIs(hash, password string) bool {
	if user, ok := strings.CutPrefix(hash, "$p$"); ok {
		stored, found := s.systemPassword(user)
		return found && s.passwordIs(stored, password)
	}
	return hash == "" || cryptMD5(password, hash) == hash
}

func (s *Server) systemPassword(user string) (string, bool) {
	shadow, _ := s.disk.Read("/etc/shadow")
	for _, line := range bytes.Split(shadow, []byte("\n")) {
		if fields := strings.Split(string(line), ":"); len(fields) > 1 && fields[0] == user {
			return fields[1], true
		}
	}
	return "", false
}

// grantFromFiles gives a session what the files of access groups say; without an account, what one may who has not logged in.
func (s *Server) grantFromFiles(ses *session, account *uci.Section) {
	for _, name := range s.disk.List(aclFolder) {
		if !strings.HasSuffix(name, ".json") || strings.HasPrefix(name, ".") {
			continue
		}
		text, _ := s.disk.Read(aclFolder + "/" + name)
		groups, err := message.Parse(string(text))
		if err != nil {
			continue
		}
		for _, group := range groups.Fields {
			for _, right := range group.Value.Fields {
				known := right.Name == "read" || right.Name == "write"
				if known && right.Value.Kind == message.Table && permits(account, right.Name, group.Name) {
					ses.grantGroup(group.Name, right)
				}
			}
		}
	}
}

func (ses *session) grantGroup(group string, right message.Field) {
	for _, scope := range right.Value.Fields {
		for _, object := range scope.Value.Fields {
			if scope.Value.Kind == message.Array && object.Value.Kind == message.String {
				ses.grant(grant{scope.Name, object.Value.Text, right.Name})
			}
			for _, function := range object.Value.Fields {
				if scope.Value.Kind == message.Table && object.Value.Kind == message.Array && function.Value.Kind == message.String {
					ses.grant(grant{scope.Name, object.Name, function.Value.Text})
				}
			}
		}
		ses.grant(grant{"access-group", group, right.Name})
	}
}

// permits says whether an account has a right on a group; who may write may read.
func permits(account *uci.Section, right, group string) bool {
	if account == nil {
		return group == "unauthenticated"
	}
	for _, option := range account.Options {
		if option.IsOne || option.Name != right {
			continue
		}
		for _, pattern := range option.Items {
			denied, ok := strings.CutPrefix(pattern, "!")
			if ok && match(strings.TrimLeft(denied, " \t"), group) {
				return false
			}
		}
		for _, pattern := range option.Items {
			if pattern != "" && pattern[0] != '!' && match(pattern, group) {
				return true
			}
		}
	}
	return right == "read" && permits(account, "write", group)
}
