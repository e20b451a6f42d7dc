// Package files is the file system as the programs of one device see it: it can lie below another folder (for tests), and new
// files get the mode that the program's umask leaves, whatever the umask of the process is.
package files

import (
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"syscall"
)

// Disk is a device's file system for one program.
type Disk struct {
	// Root is the folder that the program takes for "/"; empty for the real one.
	Root string
	// Umask takes these bits from the mode of what the program makes.
	Umask os.FileMode
}

// ForProcess is the file system of a real program: the process's own umask becomes the disk's.
func ForProcess(umask int) *Disk {
	inherited := syscall.Umask(0)
	if umask < 0 {
		umask = inherited
	}
	return &Disk{Root: os.Getenv("OPENWRT_ROOT"), Umask: os.FileMode(umask)}
}

// With is the same file system for a program with another umask.
func (d *Disk) With(umask os.FileMode) *Disk { return &Disk{Root: d.Root, Umask: umask} }

// Path is where a path of the device really is.
func (d *Disk) Path(path string) string {
	if d.Root == "" {
		return path
	}
	return d.Root + "/" + path
}

// Stat looks at a file, following links.
func (d *Disk) Stat(path string) (fs.FileInfo, error) { return os.Stat(d.Path(path)) }

// Open opens a file as open(2) does.
func (d *Disk) Open(path string, flags int, mode os.FileMode) (*os.File, error) {
	return os.OpenFile(d.Path(path), flags, mode.Perm()&^d.Umask)
}

// Read gives a file's content.
func (d *Disk) Read(path string) ([]byte, error) { return os.ReadFile(d.Path(path)) }

// Mkdir makes one directory.
func (d *Disk) Mkdir(path string, mode os.FileMode) error {
	return os.Mkdir(d.Path(path), mode.Perm()&^d.Umask)
}

// Temporary makes a new file in a folder, for its owner alone; `name` ends with `XXXXXX` in the original.
func (d *Disk) Temporary(folder, name string) (*os.File, error) {
	return os.CreateTemp(d.Path(folder), name+"*")
}

// List gives the names in a folder in the order of their bytes; none if it cannot be read.
func (d *Disk) List(folder string) []string {
	entries, err := os.ReadDir(d.Path(folder))
	if err != nil {
		return nil
	}
	names := make([]string, 0, len(entries))
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	sort.Strings(names)
	return names
}

// Purge removes the plain files of a folder, and the folder if it is empty then.
func (d *Disk) Purge(folder string) {
	info, err := d.Stat(folder)
	if err != nil || !info.IsDir() {
		return
	}
	for _, name := range d.List(folder) {
		path := filepath.Join(folder, name)
		if info, err := d.Stat(path); err == nil && info.Mode().IsRegular() {
			_ = os.Remove(d.Path(path))
		}
	}
	_ = syscall.Rmdir(d.Path(folder))
}

// Base is the last part of a path, as the C library's basename has it.
func Base(path string) string {
	return path[strings.LastIndexByte(path, '/')+1:]
}
