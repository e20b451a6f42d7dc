package replay

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

const page = 4096

// spoil makes a folder's file system full or read-only, as a step says in words.
func (d *device) spoil(what string) error {
	folder, _, _ := strings.Cut(what, " ")
	path := filepath.Join(d.disk.Root, strings.Replace(folder, "/var/", "/tmp/", 1))
	if strings.HasSuffix(what, "read-only") {
		if err := d.mount(path, syscall.MS_BIND); err != nil {
			return err
		}
		return syscall.Mount("", path, "", syscall.MS_BIND|syscall.MS_REMOUNT|syscall.MS_RDONLY, "")
	}
	pages, err := d.moveToMemory(path)
	if err != nil {
		return err
	}
	return syscall.Mount("", path, "", syscall.MS_REMOUNT, fmt.Sprintf("size=%d", pages*page))
}

// moveToMemory gives a folder a tmpfs of its own with what was in it, and says how many pages its files take.
func (d *device) moveToMemory(path string) (int, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	contents := map[string]entry{}
	err = filepath.Walk(path, func(file string, info os.FileInfo, err error) error {
		if err == nil && file != path {
			contents[file] = read(file, info)
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	if err := errors.Join(d.mount(path, 0), os.Chmod(path, info.Mode())); err != nil {
		return 0, err
	}
	pages := 0
	for _, file := range slices.Sorted(maps.Keys(contents)) {
		mode, _ := strconv.ParseUint(contents[file].mode, 8, 32)
		if contents[file].folder {
			err = os.Mkdir(file, os.FileMode(mode))
		} else {
			err = os.WriteFile(file, []byte(contents[file].content), os.FileMode(mode))
			pages += (len(contents[file].content) + page - 1) / page
		}
		if err != nil {
			return 0, err
		}
	}
	return pages + 1, d.fillPage(path)
}

// fillPage takes a page with a file that nobody sees: an empty folder would leave the smallest tmpfs with one free.
func (d *device) fillPage(folder string) error {
	file, err := os.CreateTemp(folder, "")
	if err != nil {
		return err
	}
	d.hidden = append(d.hidden, file)
	_, err = file.Write(make([]byte, page))
	return errors.Join(err, os.Remove(file.Name()))
}

func (d *device) mount(path string, flags uintptr) error {
	source, kind := path, ""
	if flags == 0 {
		source, kind = "tmpfs", "tmpfs"
	}
	err := syscall.Mount(source, path, kind, flags, "")
	if err == nil {
		d.mounts = append(d.mounts, path)
	}
	return err
}

func (d *device) unmount() error {
	for _, file := range d.hidden {
		_ = file.Close()
	}
	for _, path := range d.mounts {
		if err := syscall.Unmount(path, syscall.MNT_DETACH); err != nil {
			return err
		}
	}
	d.mounts, d.hidden = nil, nil
	return nil
}
