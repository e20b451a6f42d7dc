// Command replay plays the recordings of a folder on the stand-ins, prints how many steps agree and fails if one does not.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"homelab/openwrt/internal/replay"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "Usage: replay <folder of recordings>")
		os.Exit(2)
	}
	syscall.Umask(0)
	mounts := replay.EnterNamespaces()
	paths, _ := filepath.Glob(filepath.Join(os.Args[1], "[0-9]*.json"))
	steps, agreed, differ := 0, 0, 0
	for _, path := range paths {
		recording, err := replay.Read(path)
		if err != nil {
			fail(path, err)
		}
		if reason := replay.LeftOut(recording.Scenario, mounts); reason != "" {
			fmt.Printf("left out: %s, %d steps: %s\n", recording.Scenario, len(recording.Steps), reason)
			continue
		}
		result, err := replay.Play(recording, filepath.Join(os.Args[1], "seed"))
		if err != nil {
			fail(path, err)
		}
		fmt.Printf("%-34s %4d of %4d steps agree\n", result.Scenario, result.Agreed, result.Steps)
		for _, line := range result.Differ {
			fmt.Println("  differs,", line)
		}
		steps, agreed, differ = steps+result.Steps, agreed+result.Agreed, differ+len(result.Differ)
	}
	for _, line := range replay.NotTaken {
		fmt.Println("left out:", line)
	}
	fmt.Printf("%d of %d steps agree\n", agreed, steps)
	if differ > 0 || steps == 0 {
		os.Exit(1)
	}
}

func fail(path string, err error) {
	fmt.Fprintln(os.Stderr, path+":", err)
	os.Exit(2)
}
