package replay

import (
	"os"
	"path/filepath"
	"time"

	"homelab/openwrt/internal/bus"
	"homelab/openwrt/internal/files"
	"homelab/openwrt/internal/message"
	"homelab/openwrt/internal/rpcd"
)

// device is a device in a folder of its own, with a clock that stands still unless a step waits.
type device struct {
	seed   string
	disk   *files.Disk
	now    time.Time
	server *rpcd.Server
	// What makes a disk full: file systems of their own, and files in them that are open and have no name.
	mounts []string
	hidden []*os.File
}

// The users' password in the recordings, `correct-horse`, as `openssl passwd -1` writes it.
const shadow = "root:$1$rehearse$KGgMo.ADMPoLUbF4mII2e/:0:0:99999:7:::\nviewer:$1$rehearse$KGgMo.ADMPoLUbF4mII2e/:0:0:99999:7:::\n"

func newDevice(seed string) (*device, error) {
	d := &device{seed: seed, now: time.Unix(1_700_000_000, 0)}
	return d, d.reset()
}

// reset brings back the start state, with a fresh rpcd.
func (d *device) reset() error {
	if err := d.remove(); err != nil {
		return err
	}
	root, err := os.MkdirTemp("", "openwrt-")
	if err != nil {
		return err
	}
	d.disk = &files.Disk{Root: root, Umask: 0o022}
	for _, folder := range []string{"etc/config", "tmp/run", "usr/share/rpcd/acl.d"} {
		if err := os.MkdirAll(filepath.Join(root, folder), 0o755); err != nil {
			return err
		}
	}
	if err := os.Symlink("tmp", filepath.Join(root, "var")); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(root, "etc/shadow"), []byte(shadow), 0o600); err != nil {
		return err
	}
	if err := copyFiles(d.seed, filepath.Join(root, "etc/config"), 0o600); err != nil {
		return err
	}
	if err := copyFiles(filepath.Join(d.seed, "acl.d"), filepath.Join(root, "usr/share/rpcd/acl.d"), 0o644); err != nil {
		return err
	}
	d.start(false)
	return nil
}

func (d *device) start(hangup bool) {
	d.server = rpcd.Start(d.disk.With(0), func() time.Time { return d.now }, hangup)
}

func (d *device) remove() error {
	if d.disk == nil {
		return nil
	}
	if err := d.unmount(); err != nil {
		return err
	}
	return os.RemoveAll(d.disk.Root)
}

// wait lets time pass.
func (d *device) wait(duration time.Duration) {
	d.now = d.now.Add(duration)
	if d.server != nil {
		d.server.RunDue()
	}
}

func copyFiles(from, to string, mode os.FileMode) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if entry.IsDir() {
			continue
		}
		content, err := os.ReadFile(filepath.Join(from, entry.Name()))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(to, entry.Name()), content, mode); err != nil {
			return err
		}
	}
	return nil
}

// daemon is what is on the bus of the device: nothing without rpcd.
type daemon struct{ *device }

func (d daemon) Objects() []string {
	if d.server == nil {
		return nil
	}
	return d.server.Objects()
}

func (d daemon) Call(object, method string, arguments message.Value) (bus.Status, []message.Value) {
	return d.server.Call(object, method, arguments)
}
