package rpcd

import (
	"math"
	"sort"
	"time"

	"homelab/openwrt/internal/message"
)

// defaultSession is the one of those who have not logged in; it cannot be destroyed.
const defaultSession = "00000000000000000000000000000000"

const defaultTimeout = 300

type session struct {
	id      string
	timeout int32
	expiry  *timer
	grants  []grant
	data    []message.Field
}

func newSession(id string, timeout int32) *session { return &session{id: id, timeout: timeout} }

// create makes a session that lasts the given number of seconds after its last use.
func (s *Server) create(timeout int32) *session {
	ses := newSession(s.NewID(), timeout)
	s.sessions[ses.id] = ses
	s.touch(ses)
	return ses
}

// use finds a session and starts its time again.
func (s *Server) use(id string) *session {
	ses := s.sessions[id]
	if ses != nil {
		s.touch(ses)
	}
	return ses
}

func (s *Server) touch(ses *session) {
	if ses.timeout > 0 {
		s.expireIn(ses, int64(ses.timeout))
	}
}

// expireIn: a timer has 31 bits of milliseconds, so nothing lasts longer than 24 days.
func (s *Server) expireIn(ses *session, seconds int64) {
	s.timers.cancel(ses.expiry)
	ses.expiry = s.timers.after(int32(min(max(seconds, 0)*1000, math.MaxInt32)), func() { s.destroy(ses) })
}

// destroy ends a session; what it has staged goes with it.
func (s *Server) destroy(ses *session) {
	s.disk.Purge(savePrefix + ses.id)
	s.timers.cancel(ses.expiry)
	delete(s.sessions, ses.id)
}

func (ses *session) put(field message.Field) {
	for i := range ses.data {
		if ses.data[i].Name == field.Name {
			ses.data[i] = field
			return
		}
	}
	ses.data = append(ses.data, field)
	sort.Slice(ses.data, func(i, j int) bool { return ses.data[i].Name < ses.data[j].Name })
}

func (ses *session) get(name string) (message.Field, bool) {
	for _, field := range ses.data {
		if field.Name == name {
			return field, true
		}
	}
	return message.Field{}, false
}

// user is who logged in with the session.
func (ses *session) user() string {
	field, _ := ses.get("username")
	return field.Value.Text
}

func (s *Server) describe(ses *session, grants bool) []message.Field {
	fields := []message.Field{
		message.Named("ubus_rpc_session", ses.id),
		message.Named("timeout", int(ses.timeout)),
		message.Named("expires", int64(s.timers.remaining(ses.expiry)/time.Second)),
	}
	if grants {
		fields = append(fields, message.Named("acls", ses.describeGrants()))
	}
	return append(fields, message.Named("data", ses.data))
}
