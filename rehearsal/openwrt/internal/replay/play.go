package replay

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"homelab/openwrt/internal/bus"
	"homelab/openwrt/internal/ubus"
	"homelab/openwrt/internal/ucicli"
)

// Result is how a recording's replay went.
type Result struct {
	Scenario string
	Steps    int
	Agreed   int
	Differ   []string
}

// player plays one recording.
type player struct {
	*device
	ids *identifiers
}

// Play plays a recording on a device that starts as `seed` says.
func Play(recording Recording, seed string) (Result, error) {
	result := Result{Scenario: recording.Scenario, Steps: len(recording.Steps)}
	device, err := newDevice(seed)
	if err != nil {
		return result, err
	}
	p := &player{device: device, ids: newIdentifiers()}
	defer func() { _ = device.remove() }()
	for i, step := range recording.Steps {
		found, err := p.play(step)
		if err != nil {
			return result, fmt.Errorf("%s, step %d: %w", recording.Scenario, i, err)
		}
		if len(found) == 0 {
			result.Agreed++
			continue
		}
		result.Differ = append(result.Differ, fmt.Sprintf("step %d, %s\n    %s", i, describe(step.Do), strings.Join(found, "\n    ")))
	}
	return result, nil
}

func describe(do action) string {
	words := []string{do.Kind, do.Object, do.Method, string(do.Args), do.Path, do.What}
	for _, word := range do.Argv {
		words = append(words, word.plain)
	}
	line := strings.Join(strings.Fields(strings.Join(words, " ")), " ")
	if do.Stdin.plain != "" {
		line += " < " + shorten(do.Stdin.plain)
	}
	return line[:min(len(line), 400)]
}

// play does what a step says and gives the differences.
func (p *player) play(step Step) ([]string, error) {
	found := &differences{seed: p.seed}
	before := p.look(p.ids)
	switch do := step.Do; do.Kind {
	case "cli", "ubus":
		if err := p.command(step, found); err != nil {
			return nil, err
		}
	case "wait":
		p.wait(time.Duration(do.Seconds * float64(time.Second)))
	case "signal":
		p.signal(do.Signal)
	case "start":
		p.start(false)
	case "look":
		found.present(before, do.Path, step.Present)
	default:
		// These are no steps of the programs: what they change is not recorded.
		return nil, p.prepare(do)
	}
	found.change(p.look(p.ids).since(before), step.After)
	return found.found, nil
}

func (p *player) prepare(do action) error {
	path := p.disk.Path(p.ids.id(do.Path))
	switch do.Kind {
	case "file":
		return errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(do.Content.plain), 0o644))
	case "remove":
		return os.RemoveAll(path)
	case "reset":
		return p.reset()
	case "storage":
		return p.spoil(do.What)
	}
	return fmt.Errorf("no replay of %s", do.Kind)
}

func (p *player) signal(name string) {
	if name == "HUP" {
		p.server.Freeze()
		p.start(true)
		return
	}
	p.server = nil
}

// command runs uci or ubus and compares what came of it.
func (p *player) command(step Step, found *differences) error {
	words, err := p.words(step.Do)
	if err != nil {
		return err
	}
	var stdout, stderr bytes.Buffer
	status := 0
	if words[0] == "uci" {
		stdin := strings.NewReader(p.ids.id(step.Do.Stdin.plain))
		status = ucicli.Run(words, p.disk, stdin, &stdout, &stderr)
	} else {
		status = ubus.Run(words, ubus.Surroundings{
			Connect: p.connect, Sleep: p.wait, Stdout: &stdout, Stderr: &stderr, StderrIsATerm: step.Do.IsTerm,
		})
	}
	found.compare("exit status", fmt.Sprint(status), fmt.Sprint(step.Exit))
	found.output("stdout", p.ids.name(stdout.String()), step.Stdout.plain)
	found.output("stderr", p.ids.name(usage.Replace(stderr.String())), step.Stderr.plain)
	return nil
}

// The text about the usage need not be the original's, only where it is printed.
var usage = strings.NewReplacer(
	"Usage: uci"+ucicli.Usage, "{{usage of uci}}",
	"Usage: ubus"+ubus.Usage, "{{usage of ubus}}",
)

func (p *player) words(do action) ([]string, error) {
	if do.Kind == "ubus" {
		words := append([]string{"ubus"}, do.Options...)
		words = append(words, "call", do.Object, do.Method)
		if do.RawArgs != nil {
			words = append(words, p.ids.id(*do.RawArgs))
		} else if do.Args != nil {
			written, err := argument(do.Args)
			if err != nil {
				return nil, err
			}
			words = append(words, p.ids.id(written))
		}
		return words, nil
	}
	var words []string
	for _, word := range do.Argv {
		words = append(words, p.ids.id(word.plain))
	}
	return words, nil
}

func (p *player) connect(socket string) (bus.Objects, error) {
	if socket != "" {
		return nil, errors.New("nobody listens there")
	}
	return daemon{p.device}, nil
}
