package replay

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
)

const inside = "OPENWRT_REPLAY_INSIDE"

// EnterNamespaces starts the program again where it may mount file systems without anybody else noticing, and ends with it. Where
// that is not allowed it says false and the program goes on.
func EnterNamespaces() bool {
	if os.Getenv(inside) != "" {
		return syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, "") == nil
	}
	ownUser := &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
	}
	// Some machines do not let anyone make a namespace of users, and root does not need one.
	for _, attributes := range []*syscall.SysProcAttr{ownUser, {Cloneflags: syscall.CLONE_NEWNS}} {
		command := exec.Command("/proc/self/exe", os.Args[1:]...)
		command.Env = append(os.Environ(), inside+"=1")
		command.Stdout, command.Stderr, command.SysProcAttr = os.Stdout, os.Stderr, attributes
		var exit *exec.ExitError
		switch err := command.Run(); {
		case err == nil:
			os.Exit(0)
		case errors.As(err, &exit):
			os.Exit(exit.ExitCode())
		}
	}
	return false
}
