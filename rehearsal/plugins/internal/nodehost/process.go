package nodehost

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"
)

// How long an interrupted program may take to end.
const patience = 5 * time.Second

// command prepares a program that is interrupted when ctx ends, and killed if that does not help.
func command(ctx context.Context, name string, arguments []string) *exec.Cmd {
	process := exec.CommandContext(ctx, name, arguments...)
	process.Cancel = func() error {
		if err := process.Process.Signal(os.Interrupt); err != nil {
			return process.Process.Kill()
		}
		return nil
	}
	// Also the longest wait for output after the end: a process that the program left behind may keep its pipes open.
	process.WaitDelay = patience
	return process
}

// run runs a program and gives its exit code. An error is a program that did not start, or that a signal ended.
func run(process *exec.Cmd) (int, error) {
	err := process.Run()
	if process.ProcessState == nil {
		return 0, err
	}
	if process.ProcessState.Exited() {
		return process.ProcessState.ExitCode(), nil
	}
	var ended *exec.ExitError
	if err == nil || errors.As(err, &ended) {
		return 0, fmt.Errorf("%s: %s", process.Path, process.ProcessState)
	}
	return 0, err
}

// throughPipe hides that a writer is a file, so that the program writes into a pipe of its own. Node switches its outputs to
// non-blocking mode, which for a shared one would be the mode of the host's output too, and lose lines.
func throughPipe(file io.Writer) io.Writer { return struct{ io.Writer }{file} }
