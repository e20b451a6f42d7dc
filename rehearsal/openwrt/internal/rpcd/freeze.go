package rpcd

import (
	"os"

	"homelab/openwrt/internal/message"
)

// Freeze writes the sessions to disk, for the rpcd that goes on after a hangup. Grants are not written: who logged in gets them
// anew, who was granted something has lost it. That an apply waits for its confirmation is forgotten too.
func (s *Server) Freeze() {
	_ = s.disk.Mkdir(sessionsFolder, 0o700)
	for id, ses := range s.sessions {
		if id == defaultSession {
			continue
		}
		file, err := s.disk.Open(sessionsFolder+"/"+id, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			continue
		}
		_, _ = file.WriteString(message.Format(message.Of(s.describe(ses, false)), false))
		_ = file.Close()
	}
}

func (s *Server) thaw() {
	for _, id := range s.disk.List(sessionsFolder) {
		path := sessionsFolder + "/" + id
		if text, err := s.disk.Read(path); err == nil && len(id) == idLength {
			if frozen, err := message.Parse(string(text)); err == nil {
				s.thawSession(id, frozen)
			}
			_ = os.Remove(s.disk.Path(path))
		}
	}
}

func (s *Server) thawSession(id string, frozen message.Value) {
	timeout, expires, data := number(frozen, "timeout"), number(frozen, "expires"), frozen.Get("data", message.Table)
	ses := newSession(id, int32(timeout))
	if data != nil {
		for _, field := range data.Fields {
			ses.put(field)
		}
	}
	if account := s.account(ses.user(), nil); ses.user() != "" && account != nil {
		s.grantFromFiles(ses, account)
	}
	s.sessions[id] = ses
	s.expireIn(ses, expires)
}

func number(value message.Value, name string) int64 {
	for _, field := range value.Fields {
		if field.Name == name {
			return field.Value.Number
		}
	}
	return 0
}
