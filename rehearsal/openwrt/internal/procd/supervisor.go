// Package procd is the first process of the simulated device: it starts services, starts them again when they die, and reloads them
// when their configuration changes.
package procd

import (
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

// As procd's own defaults: a service that died comes back after this time.
const respawnAfter = 5 * time.Second

// Supervisor has the device's processes. As the first process it is told of the end of every one, its own children or not.
type Supervisor struct {
	lock     sync.Mutex
	services map[string]*service
	ended    map[int]func()
}

type service struct {
	command []string
	pid     int
}

// NewSupervisor starts to wait for processes.
func NewSupervisor() *Supervisor {
	s := &Supervisor{services: map[string]*service{}, ended: map[int]func(){}}
	children := make(chan os.Signal, 16)
	signal.Notify(children, syscall.SIGCHLD)
	go func() {
		for range children {
			s.reap()
		}
	}()
	return s
}

func (s *Supervisor) reap() {
	for {
		pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
		if pid <= 0 || err != nil {
			return
		}
		s.lock.Lock()
		ended := s.ended[pid]
		delete(s.ended, pid)
		s.lock.Unlock()
		if ended != nil {
			ended()
		}
	}
}

// start starts a program with the container's own output; `ended` is called when it has ended. The lock is held.
func (s *Supervisor) start(command []string, ended func()) (int, error) {
	pid, err := syscall.ForkExec(command[0], command, &syscall.ProcAttr{
		Env:   []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root"},
		Files: []uintptr{0, 1, 2},
		Sys:   &syscall.SysProcAttr{Setsid: true},
	})
	if err == nil {
		s.ended[pid] = ended
	}
	return pid, err
}

// Run runs a program to its end.
func (s *Supervisor) Run(command ...string) {
	done := make(chan struct{})
	s.lock.Lock()
	_, err := s.start(command, func() { close(done) })
	s.lock.Unlock()
	if err == nil {
		<-done
	}
}

// Set starts a service; one that runs with the same command stays as it is.
func (s *Supervisor) Set(name string, command []string) error {
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.services[name] != nil {
		return nil
	}
	s.services[name] = &service{command: command}
	return s.launch(s.services[name], name)
}

func (s *Supervisor) launch(launched *service, name string) error {
	pid, err := s.start(launched.command, func() {
		time.AfterFunc(respawnAfter, func() {
			s.lock.Lock()
			defer s.lock.Unlock()
			// Unless somebody stopped it, or stopped it and started another one.
			if s.services[name] == launched {
				_ = s.launch(launched, name)
			}
		})
	})
	launched.pid = pid
	return err
}

// Delete stops a service and waits until it has ended.
func (s *Supervisor) Delete(name string) {
	s.lock.Lock()
	stopped := s.services[name]
	delete(s.services, name)
	if stopped == nil {
		s.lock.Unlock()
		return
	}
	done := make(chan struct{})
	running := s.ended[stopped.pid] != nil
	if running {
		s.ended[stopped.pid] = func() { close(done) }
		_ = syscall.Kill(stopped.pid, syscall.SIGTERM)
	}
	s.lock.Unlock()
	if running {
		<-done
	}
}

// Signal sends a service a signal; false if there is none of that name.
func (s *Supervisor) Signal(name string, signal syscall.Signal) bool {
	s.lock.Lock()
	defer s.lock.Unlock()
	found := s.services[name]
	return found != nil && syscall.Kill(found.pid, signal) == nil
}

// Services are the process ids of the services.
func (s *Supervisor) Services() map[string]int {
	s.lock.Lock()
	defer s.lock.Unlock()
	pids := map[string]int{}
	for name, service := range s.services {
		pids[name] = service.pid
	}
	return pids
}
