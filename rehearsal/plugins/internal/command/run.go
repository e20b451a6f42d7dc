package command

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"

	"homelab/plugins/internal/plugin"
	"homelab/plugins/internal/value"
)

// result is what a script printed, less one newline at the end of each.
type result struct{ stdout, stderr string }

// run runs a script with the inputs' interpreter, folder, environment and standard input. before is what the command
// printed last time, which the script finds in its environment. The error of a failing script has all that it printed,
// secret or not: so does the official plugin's.
func run(ctx context.Context, log plugin.Log, script string, inputs value.Object, before result) (result, error) {
	arguments := append(value.Strings(inputs, "interpreter"), script)
	if len(arguments) == 1 {
		arguments = []string{"/bin/sh", "-c", script}
	}
	command := exec.CommandContext(ctx, arguments[0], arguments[1:]...)
	command.Dir = value.String(inputs, "dir")
	command.Env = environment(inputs, before)
	if stdin := value.String(inputs, "stdin"); stdin != "" {
		command.Stdin = strings.NewReader(stdin)
	}
	var stdout, stderr, both bytes.Buffer
	var one sync.Mutex
	mixed := &locked{&one, &both}
	lines := &lineLog{log: log, mutex: &one}
	logging := value.String(inputs, "logging")
	command.Stdout = writers(&stdout, mixed, lines, logging != "none" && logging != "stderr")
	command.Stderr = writers(&stderr, mixed, lines, logging != "none" && logging != "stdout")
	err := command.Run()
	lines.end()
	if err != nil {
		return result{}, fmt.Errorf("%w: running %q:\n%s", err, script, both.String())
	}
	return result{strings.TrimSuffix(stdout.String(), "\n"), strings.TrimSuffix(stderr.String(), "\n")}, nil
}

func environment(inputs value.Object, before result) []string {
	variables := os.Environ()
	given, _ := value.Plain(inputs["environment"]).(value.Object)
	for name, v := range given {
		variables = append(variables, fmt.Sprintf("%s=%v", name, v))
	}
	if value.Plain(inputs["addPreviousOutputInEnv"]) == false {
		return variables
	}
	if before.stdout != "" {
		variables = append(variables, "PULUMI_COMMAND_STDOUT="+before.stdout)
	}
	if before.stderr != "" {
		variables = append(variables, "PULUMI_COMMAND_STDERR="+before.stderr)
	}
	return variables
}

func writers(own, mixed, lines io.Writer, logged bool) io.Writer {
	if logged {
		return io.MultiWriter(own, mixed, lines)
	}
	return io.MultiWriter(own, mixed)
}

// locked lets both streams of a process write into one buffer.
type locked struct {
	mutex *sync.Mutex
	to    io.Writer
}

func (l *locked) Write(data []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.to.Write(data)
}

// lineLog shows each line as the resource's status while the script runs.
type lineLog struct {
	log   plugin.Log
	mutex *sync.Mutex
	rest  []byte
}

func (l *lineLog) Write(data []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.rest = append(l.rest, data...)
	for {
		line, rest, found := bytes.Cut(l.rest, []byte("\n"))
		if !found {
			return len(data), nil
		}
		l.log.Status(strings.ToValidUTF8(string(line), "\uFFFD"))
		l.rest = rest
	}
}

func (l *lineLog) end() {
	if len(l.rest) > 0 {
		l.log.Status(strings.ToValidUTF8(string(l.rest), "\uFFFD"))
	}
}
