// Package ucicli is the program `uci`.
package ucicli

import (
	"bufio"
	"io"
	"os"

	"homelab/openwrt/internal/files"
	"homelab/openwrt/internal/getopt"
	"homelab/openwrt/internal/uci"
)

// What the commands give back besides the codes of package uci.
const (
	failed       = 1
	endOfBatch   = 254
	wrongCommand = 255
)

type program struct {
	name    string
	context *uci.Context
	input   *uci.Input
	out     *bufio.Writer
	err     io.Writer

	delimiter string
	merge     bool
	quiet     bool
	noCommit  bool
	inBatch   bool
	extended  bool
}

// Run runs uci with the words of a command line, its name first, and gives its exit status.
func Run(arguments []string, disk *files.Disk, stdin io.Reader, stdout, stderr io.Writer) int {
	out := bufio.NewWriter(stdout)
	defer out.Flush()
	p := &program{
		name: arguments[0], context: uci.New(disk), input: uci.NewInput(stdin), out: out, err: stderr,
		delimiter: " ", extended: true,
	}
	p.context.Warnings = stderr
	options, rest := getopt.Parse(p.name, arguments[1:], "c:C:d:f:LmnNp:P:qsSt:X")
	for _, option := range options {
		if status, done := p.apply(option, disk); done {
			return status
		}
	}
	if len(rest) == 0 {
		p.usage()
		return 0
	}
	status := p.command(rest)
	if status == wrongCommand {
		p.usage()
	}
	return status
}

func (p *program) apply(option getopt.Option, disk *files.Disk) (int, bool) {
	switch option.Letter {
	case 'c':
		p.context.ConfigFolder = option.Value
	case 'C':
		p.context.OverrideFolder = option.Value
	case 'd':
		p.delimiter = option.Value
	case 'f':
		file, err := disk.Open(option.Value, os.O_RDONLY, 0)
		if err != nil {
			p.complain("uci: No such file or directory")
			return failed, true
		}
		p.input = uci.NewInput(file)
	case 'm':
		p.merge = true
	case 's':
		p.context.Strict = true
	case 'S':
		p.context.Strict = false
	case 'n':
		p.context.NameAnonymous = true
	case 'N':
		p.context.NameAnonymous = false
	case 'p':
		p.context.AlsoRead(option.Value)
	case 'P':
		p.context.Stage(option.Value)
		p.noCommit = true
	case 'q':
		p.quiet = true
	case 't':
		p.context.Stage(option.Value)
	case 'X':
		p.extended = false
	default:
		_, _ = io.WriteString(p.err, option.Complaint)
		p.usage()
		return 0, true
	}
	return 0, false
}

func (p *program) complain(text string) {
	if !p.quiet {
		_, _ = io.WriteString(p.err, text)
	}
}

// complainOf prints the last error of the configuration.
func (p *program) complainOf() int {
	if !p.quiet {
		_, _ = io.WriteString(p.err, p.context.Complaint(p.name))
	}
	return failed
}

func (p *program) print(text string) { _, _ = p.out.WriteString(text) }

func (p *program) usage() { _, _ = io.WriteString(p.err, "Usage: "+p.name+Usage) }

// Usage is what follows the name of the program in the text about its usage.
const Usage = ` [<options>] <command> [<arguments>]

Commands: batch, export, import, changes, commit, add, add_list, del_list, show, get, set, delete, rename, revert, reorder
Options: -c <path> -C <path> -d <text> -f <file> -m -n -N -p <path> -P <path> -t <path> -q -s -S -X

This is the rehearsal's stand-in for uci.
`
