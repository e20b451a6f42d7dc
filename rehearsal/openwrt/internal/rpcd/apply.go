package rpcd

import (
	"io"
	"os"
	"strings"

	"homelab/openwrt/internal/message"
	"homelab/openwrt/internal/uci"
)

const (
	defaultApplyTimeout = 60
	idLength            = 32
)

// apply writes what a session has staged, and with `rollback` takes it back after the timeout unless it is confirmed. Even a call
// that is refused throws the snapshots away first; one without `rollback`, of whichever session, while another waits for its
// confirmation does nothing else, and that rollback will then find nothing.
func apply(c *call) Status {
	rollback := false
	if value := c.Get("rollback", message.Bool); value != nil {
		rollback = value.Number != 0
	}
	if c.pending != "" && rollback {
		return Denied
	}
	if c.session == nil {
		return InvalidArgument
	}
	timeout := int32(defaultApplyTimeout)
	if value := c.Get("timeout", message.Int32); value != nil {
		timeout = int32(value.Number)
	}
	c.dropSnapshots()
	if c.pending != "" {
		return OK
	}
	c.stageFor()
	_ = c.disk.Mkdir(snapshotFiles, 0o700)
	_ = c.disk.Mkdir(snapshotDelta, 0o700)
	staged := savePrefix + *c.session
	names, status := c.writableIn(*c.session, staged)
	if status != OK {
		return status
	}
	if rollback {
		c.pending = (*c.session)[:min(len(*c.session), idLength)]
	}
	for _, name := range names {
		c.copy(uci.ConfigFolder, snapshotFiles, name)
		c.copy(staged, snapshotDelta, name)
		c.applyPackage(name)
	}
	if rollback {
		// In milliseconds, which can be too many for an int: the rollback is then due at once.
		c.rollback = c.timers.after(timeout*1000, c.takeBack)
	}
	return OK
}

// writableIn lists the packages with content in a folder, if the session may write them all.
func (s *Server) writableIn(id, folder string) ([]string, Status) {
	var names []string
	for _, name := range s.disk.List(folder) {
		info, err := s.disk.Stat(folder + "/" + name)
		if strings.HasPrefix(name, ".") || err != nil || info.Size() == 0 {
			continue
		}
		if !s.allowed(id, "uci", name, "write") {
			return nil, Denied
		}
		names = append(names, name)
	}
	if len(names) == 0 {
		return nil, NoData
	}
	return names, OK
}

func (s *Server) applyPackage(name string) {
	if pkg, err := s.cursor.Load(name); err == nil {
		pkg, _ = s.cursor.Commit(pkg, false)
		s.cursor.Unload(pkg)
	}
	s.Changed(name)
}

// takeBack puts the snapshots back: the files, and if the session still exists what it had staged.
func (s *Server) takeBack() {
	_, status := s.writableIn(s.pending, snapshotFiles)
	staged := savePrefix + s.pending
	if status == OK {
		_ = s.disk.Mkdir(staged, 0o700)
	}
	s.cursor.StageOnly("/dev/null")
	for _, name := range s.disk.List(snapshotFiles) {
		if strings.HasPrefix(name, ".") {
			continue
		}
		s.copy(snapshotFiles, uci.ConfigFolder, name)
		s.applyPackage(name)
		if status == OK {
			s.copy(snapshotDelta, staged, name)
		}
	}
	s.settle()
}

// settle ends the wait for a confirmation.
func (s *Server) settle() {
	s.dropSnapshots()
	s.timers.cancel(s.rollback)
	s.pending, s.rollback = "", nil
}

func (s *Server) dropSnapshots() {
	s.disk.Purge(snapshotFiles)
	s.disk.Purge(snapshotDelta)
}

// copy copies a file of one folder into another. What is missing is copied as an empty file; whether there was room for it nobody
// looks.
func (s *Server) copy(from, to, name string) {
	source, sourceErr := s.disk.Open(from+"/"+name, os.O_RDONLY, 0)
	if sourceErr == nil {
		defer source.Close()
	}
	target, err := s.disk.Open(to+"/"+name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		return
	}
	defer target.Close()
	block := make([]byte, 4096)
	for sourceErr == nil {
		size, err := io.ReadFull(source, block)
		_, _ = target.Write(block[:size])
		sourceErr = err
	}
}

func confirm(c *call) Status {
	if c.session == nil {
		return InvalidArgument
	}
	if c.pending == "" {
		return NoData
	}
	if *c.session != c.pending {
		return Denied
	}
	c.settle()
	return OK
}

func rollBack(c *call) Status {
	if c.pending == "" {
		return NoData
	}
	if c.session == nil {
		return InvalidArgument
	}
	if *c.session != c.pending {
		return Denied
	}
	c.takeBack()
	return OK
}

func commit(c *call) Status {
	return c.revertOrCommit(func(config string) {
		if pkg, err := c.cursor.Load(config); err == nil {
			pkg, _ = c.cursor.Commit(pkg, false)
			c.cursor.Unload(pkg)
			c.Changed(config)
		}
	})
}

func revert(c *call) Status {
	return c.revertOrCommit(func(config string) {
		pointer := &uci.Pointer{Package: config}
		if c.cursor.Lookup(pointer) == nil {
			_ = c.cursor.Revert(pointer)
			pkg, _, _ := pointer.Target()
			c.cursor.Unload(pkg)
		}
	})
}

func (c *call) revertOrCommit(do func(config string)) Status {
	if c.pending != "" {
		return Denied
	}
	config := c.text("config")
	if config == nil {
		return InvalidArgument
	}
	if !c.may("write", *config) {
		return Denied
	}
	do(*config)
	return c.outcome()
}
