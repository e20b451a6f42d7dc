// Package ubus is the program `ubus` and its way to rpcd.
package ubus

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"homelab/openwrt/internal/bus"
	"homelab/openwrt/internal/getopt"
	"homelab/openwrt/internal/message"
)

// Surroundings are what the program gets from its process.
type Surroundings struct {
	// Connect finds the bus at a socket, the usual one if the path is empty.
	Connect       func(socket string) (bus.Objects, error)
	Sleep         func(time.Duration)
	Stdout        io.Writer
	Stderr        io.Writer
	StderrIsATerm bool
}

// wrongUsage is what makes the program print how it is used; an exit status too, cut to a byte.
const wrongUsage = -2

type program struct {
	Surroundings
	name    string
	bus     bus.Objects
	simple  bool
	verbose bool
	timeout time.Duration
}

// Run runs ubus with the words of a command line, its name first, and gives its exit status.
func Run(arguments []string, surroundings Surroundings) int {
	p := &program{Surroundings: surroundings, name: arguments[0], timeout: 30 * time.Second}
	options, rest := getopt.Parse(p.name, arguments[1:], "m:M:vs:t:S")
	socket := ""
	for _, option := range options {
		switch option.Letter {
		case 's':
			socket = option.Value
		case 't':
			seconds, _ := strconv.Atoi(option.Value)
			p.timeout = time.Duration(seconds) * time.Second
		case 'S':
			p.simple = true
		case 'v':
			p.verbose = true
		default:
			_, _ = io.WriteString(p.Stderr, option.Complaint)
			return p.usage()
		}
	}
	if len(rest) == 0 {
		return p.usage()
	}
	objects, err := p.Connect(socket)
	if err != nil {
		p.complain("Failed to connect to ubus\n")
		return 255
	}
	p.bus = objects
	status := p.command(rest[0], rest[1:])
	if status > 0 {
		p.complain(fmt.Sprintf("Command failed: %s\n", bus.Status(status)))
	} else if status == wrongUsage {
		p.usage()
	}
	return status & 0xff
}

func (p *program) complain(text string) {
	if !p.simple {
		_, _ = io.WriteString(p.Stderr, text)
	}
}

func (p *program) usage() int {
	_, _ = io.WriteString(p.Stderr, "Usage: "+p.name+Usage)
	return 1
}

// Usage is what follows the name of the program in the text about its usage.
const Usage = ` [<options>] <command> [arguments...]
Options: -s <socket> -t <timeout> -S -v
Commands: list [<path>], call <path> <method> [<message>], wait_for <object> [<object>...]

This is the rehearsal's stand-in for ubus.
`

func (p *program) command(name string, arguments []string) int {
	switch name {
	case "list":
		return p.list(arguments)
	case "call":
		return p.call(arguments)
	case "wait_for":
		return p.waitFor(arguments)
	}
	return wrongUsage
}

func (p *program) call(arguments []string) int {
	if len(arguments) < 2 || len(arguments) > 3 {
		return wrongUsage
	}
	input := message.Value{Kind: message.Table}
	if len(arguments) == 3 {
		parsed, err := message.Parse(arguments[2])
		if err != nil {
			return p.failed(arguments, bus.NotParsed)
		}
		input = parsed
	}
	if !p.has(arguments[0]) {
		return int(bus.NotFound)
	}
	status, replies := p.bus.Call(arguments[0], arguments[1], input)
	for _, reply := range replies {
		fmt.Fprintln(p.Stdout, message.Format(reply, !p.simple))
	}
	if status != bus.OK {
		return p.failed(arguments, status)
	}
	return 0
}

// failed prints the whole command, secrets included, and gives the status below zero; to a terminal, or with -S, only the status.
func (p *program) failed(arguments []string, status bus.Status) int {
	if p.simple || p.StderrIsATerm {
		return int(status)
	}
	_, _ = io.WriteString(p.Stderr, "Command failed: ubus call ")
	for _, argument := range arguments {
		_, _ = io.WriteString(p.Stderr, argument+" ")
	}
	fmt.Fprintf(p.Stderr, "(%s)\n", status)
	return -int(status)
}

func (p *program) has(object string) bool {
	for _, path := range p.bus.Objects() {
		if path == object {
			return true
		}
	}
	return false
}

// waitFor waits until all objects are there.
func (p *program) waitFor(objects []string) int {
	const step = 100 * time.Millisecond
	for waited := time.Duration(0); ; waited += step {
		missing := 0
		for _, object := range objects {
			if !p.has(object) {
				missing++
			}
		}
		if missing == 0 {
			return 0
		}
		if waited >= p.timeout {
			return int(bus.TimedOut)
		}
		p.Sleep(step)
	}
}
