// Package rpcd is OpenWrt's rpcd without plugins: the bus objects `session` and `uci`, with apply, confirm and rollback.
package rpcd

import (
	"crypto/rand"
	"encoding/hex"
	"time"

	"homelab/openwrt/internal/files"
	"homelab/openwrt/internal/message"
	"homelab/openwrt/internal/uci"
)

// Server is one running rpcd. It is not safe for concurrent use.
type Server struct {
	disk   *files.Disk
	cursor *uci.Context
	timers timers

	sessions map[string]*session
	// The session whose apply waits for its confirmation; empty without one.
	pending  string
	rollback *timer

	// Changed is told of every package that may have changed, as procd is.
	Changed func(pkg string)
	// RunScript runs a script of the device with an argument, and does not wait for it.
	RunScript func(script, argument string)
	// NewID makes the id of a session.
	NewID func() string
}

// Where rpcd keeps what it has, below one folder.
const (
	runFolder      = "/var/run/rpcd"
	savePrefix     = runFolder + "/uci-"
	snapshotFiles  = runFolder + "/snapshot-files"
	snapshotDelta  = runFolder + "/snapshot-delta"
	sessionsFolder = runFolder + "/sessions"
	aclFolder      = "/usr/share/rpcd/acl.d"
)

// Start starts rpcd; `hangup` says that it was running before and executes itself again.
func Start(disk *files.Disk, now func() time.Time, hangup bool) *Server {
	_ = disk.Mkdir(runFolder, 0o700)
	disk = disk.With(0o077)
	s := &Server{
		disk: disk, cursor: uci.New(disk), timers: timers{now: now},
		sessions: map[string]*session{}, Changed: func(string) {}, RunScript: func(string, string) {}, NewID: randomID,
	}
	unauthenticated := newSession(defaultSession, 0)
	s.grantFromFiles(unauthenticated, nil)
	s.sessions[defaultSession] = unauthenticated
	if hangup {
		s.thaw()
	} else {
		for _, name := range disk.List(runFolder) {
			if len(name) > 4 && name[:4] == "uci-" {
				disk.Purge(runFolder + "/" + name)
			}
		}
	}
	return s
}

func randomID() string {
	id := make([]byte, 16)
	_, _ = rand.Read(id)
	return hex.EncodeToString(id)
}

// Objects are the paths of the objects on the bus.
func (s *Server) Objects() []string { return []string{"rc", "session", "uci"} }

// Call calls a method and gives its answers, of which there can be several.
func (s *Server) Call(object, method string, arguments message.Value) (Status, []message.Value) {
	s.RunDue()
	defer s.RunDue()
	c := &call{Server: s, Value: arguments, method: method, session: arguments.GetText("ubus_rpc_session")}
	methods, ok := map[string]map[string]func(*call) Status{"rc": rcMethods, "session": sessionMethods, "uci": uciMethods}[object]
	if !ok {
		return NotFound, nil
	}
	handle, ok := methods[method]
	if !ok {
		return MethodNotFound, nil
	}
	status := handle(c)
	return status, c.replies
}

// call is one call of a method, with its arguments.
type call struct {
	*Server
	message.Value
	method  string
	session *string
	replies []message.Value
}

func (c *call) reply(fields ...message.Field) { c.replies = append(c.replies, message.Of(fields)) }

// text is an argument that is a string.
func (c *call) text(name string) *string { return c.GetText(name) }
