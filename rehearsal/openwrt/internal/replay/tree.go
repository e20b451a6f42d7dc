package replay

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"syscall"
)

// entry is a file or folder that is watched.
type entry struct {
	folder  bool
	mode    string
	content string
	// inode differs if the file was replaced.
	inode uint64
}

type tree map[string]entry

// look reads what is watched: the paths are those of the device, with ids as the recordings name them.
func (d *device) look(ids *identifiers) tree {
	found := tree{}
	tmp, _ := filepath.Glob(d.disk.Root + "/tmp/t*")
	for _, path := range append([]string{"/etc/config", "/tmp/.uci", "/tmp/run/rpcd", "/tmp/run/uci"}, tmp...) {
		path = strings.TrimPrefix(path, d.disk.Root)
		_ = filepath.Walk(d.disk.Root+path, func(file string, info os.FileInfo, err error) error {
			if err == nil {
				name := strings.Replace(strings.TrimPrefix(file, d.disk.Root), "/tmp/run", "/var/run", 1)
				found[ids.name(name)] = read(file, info)
			}
			return nil
		})
	}
	return found
}

func read(file string, info os.FileInfo) entry {
	found := entry{folder: info.IsDir(), mode: fmt.Sprintf("%o", info.Mode().Perm())}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && !found.folder {
		content, _ := os.ReadFile(file)
		found.content = string(content)
		found.inode = stat.Ino
	}
	return found
}

// since says what changed, in the form of the recordings.
func (t tree) since(before tree) change {
	found := change{Files: map[string]*text{}, Dirs: map[string]string{}, Modes: map[string]string{}}
	for path, now := range t {
		old, existed := before[path]
		switch {
		case now.folder && !existed:
			found.Dirs[path] = "created " + now.mode
		case !now.folder && (!existed || now.content != old.content):
			found.Files[path] = &text{plain: now.content}
		case !now.folder && now.inode != old.inode && strings.HasPrefix(path, "/etc/config/"):
			// Elsewhere the recordings do not say it reliably: an inode that was given free can come back.
			found.Rewritten = append(found.Rewritten, path)
		}
		if !now.folder && now.mode != old.mode {
			found.Modes[path] = now.mode
		}
	}
	for path, old := range before {
		if _, exists := t[path]; !exists && old.folder {
			found.Dirs[path] = "removed"
		} else if !exists {
			found.Files[path] = nil
		}
	}
	sort.Strings(found.Rewritten)
	return found
}
