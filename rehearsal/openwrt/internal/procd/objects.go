package procd

import (
	"bufio"
	"bytes"
	"os"
	"strings"
	"syscall"
	"time"

	"homelab/openwrt/internal/bus"
	"homelab/openwrt/internal/message"
)

// As procd waits after a change of configuration, for further ones.
const debounce = time.Second

// Daemon is what procd has on the bus.
type Daemon struct {
	*Supervisor
	// Packages whose services have to be reloaded, as their time came.
	reloads chan string
	pending map[string]*time.Timer
}

// NewDaemon is a procd that reloads with a program: for one package after another, as procd does its jobs.
func NewDaemon(supervisor *Supervisor, reload func(pkg string)) *Daemon {
	d := &Daemon{Supervisor: supervisor, reloads: make(chan string, 64), pending: map[string]*time.Timer{}}
	go func() {
		for pkg := range d.reloads {
			reload(pkg)
		}
	}()
	return d
}

// Objects are the paths of its objects.
func (d *Daemon) Objects() []string { return []string{"service", "system"} }

// Call calls a method of one of them.
func (d *Daemon) Call(object, method string, arguments message.Value) (bus.Status, []message.Value) {
	switch object + " " + method {
	case "system board":
		return bus.OK, []message.Value{board()}
	case "service list":
		return bus.OK, []message.Value{d.list()}
	case "service event":
		return d.event(arguments), nil
	case "service set":
		return d.set(arguments), nil
	case "service delete":
		if name := arguments.GetText("name"); name != nil {
			d.Delete(*name)
			return bus.OK, nil
		}
		return bus.InvalidArgument, nil
	case "service signal":
		return d.signal(arguments), nil
	}
	return bus.MethodNotFound, nil
}

func (d *Daemon) set(arguments message.Value) bus.Status {
	name, command := arguments.GetText("name"), arguments.Get("command", message.Array)
	if name == nil || command == nil || len(command.Fields) == 0 {
		return bus.InvalidArgument
	}
	var words []string
	for _, field := range command.Fields {
		words = append(words, field.Value.Text)
	}
	if d.Set(*name, words) != nil {
		return bus.UnknownError
	}
	return bus.OK
}

func (d *Daemon) signal(arguments message.Value) bus.Status {
	name := arguments.GetText("name")
	if name == nil {
		return bus.InvalidArgument
	}
	number := syscall.SIGHUP
	if given := arguments.Get("signal", message.Int32); given != nil {
		number = syscall.Signal(given.Number)
	}
	if !d.Signal(*name, number) {
		return bus.NotFound
	}
	return bus.OK
}

// event: a changed package reloads its services, some time later and without anybody waiting for it.
func (d *Daemon) event(arguments message.Value) bus.Status {
	kind := arguments.GetText("type")
	if kind == nil {
		return bus.InvalidArgument
	}
	data := arguments.Get("data", message.Table)
	if *kind != "config.change" || data == nil || data.GetText("package") == nil {
		return bus.OK
	}
	pkg := *data.GetText("package")
	if timer := d.pending[pkg]; timer != nil {
		timer.Stop()
	}
	d.pending[pkg] = time.AfterFunc(debounce, func() { d.reloads <- pkg })
	return bus.OK
}

func (d *Daemon) list() message.Value {
	var fields []message.Field
	for name, pid := range d.Services() {
		instance := []message.Field{message.Named("running", true), message.Named("pid", pid)}
		instances := []message.Field{message.Named("instance1", instance)}
		fields = append(fields, message.Named(name, []message.Field{message.Named("instances", instances)}))
	}
	return message.Of(fields)
}

// board is what the device says it is.
func board() message.Value {
	hostname, _ := os.Hostname()
	text, _ := os.ReadFile("/etc/openwrt_release")
	release := map[string]string{}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), "=")
		release[name] = strings.Trim(value, `'"`)
	}
	return message.Of([]message.Field{
		message.Named("hostname", hostname),
		message.Named("model", "Simulated device"),
		message.Named("board_name", "homelab,simulated"),
		message.Named("release", []message.Field{
			message.Named("distribution", release["DISTRIB_ID"]),
			message.Named("version", release["DISTRIB_RELEASE"]),
			message.Named("revision", release["DISTRIB_REVISION"]),
			message.Named("target", release["DISTRIB_TARGET"]),
			message.Named("description", release["DISTRIB_DESCRIPTION"]),
		}),
	})
}
