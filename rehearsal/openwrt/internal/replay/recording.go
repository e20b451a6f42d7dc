// Package replay plays recordings of the real programs on the stand-ins and says where those differ.
package replay

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"strings"
)

// Recording is one scenario, recorded from the real programs.
type Recording struct {
	Scenario string `json:"scenario"`
	About    string `json:"about"`
	Steps    []Step `json:"steps"`
}

// Step is what was done and what came of it.
type Step struct {
	Do      action          `json:"do"`
	Exit    int             `json:"exit"`
	Stdout  text            `json:"stdout"`
	Stderr  text            `json:"stderr"`
	After   change          `json:"after"`
	Present map[string]text `json:"present"`
}

type action struct {
	Kind    string          `json:"kind"`
	Argv    []text          `json:"argv"`
	Stdin   text            `json:"stdin"`
	Object  string          `json:"object"`
	Method  string          `json:"method"`
	Options []string        `json:"options"`
	Args    json.RawMessage `json:"args"`
	RawArgs *string         `json:"raw_args"`
	IsTerm  bool            `json:"stderr_is_tty"`
	Path    string          `json:"path"`
	Content text            `json:"content"`
	Seconds float64         `json:"seconds"`
	Signal  string          `json:"signal"`
	What    string          `json:"what"`
}

// change is what a step changed below the folders that are watched.
type change struct {
	Files     map[string]*text  `json:"files"`
	Dirs      map[string]string `json:"dirs"`
	Modes     map[string]string `json:"modes"`
	Rewritten []string          `json:"rewritten_same_content"`
}

// text is a text of a recording: plain, in base 64, with long runs shortened, or the name of a file of the start state.
type text struct {
	plain string
	seed  string
}

func (t *text) UnmarshalJSON(raw []byte) error {
	if raw[0] == '"' {
		return json.Unmarshal(raw, &t.plain)
	}
	var parts struct {
		Base64 *string           `json:"base64"`
		Parts  []json.RawMessage `json:"parts"`
		Repeat string            `json:"repeat"`
		Times  int               `json:"times"`
		Seed   string            `json:"seed"`
	}
	if err := json.Unmarshal(raw, &parts); err != nil {
		return err
	}
	t.seed = parts.Seed
	t.plain = strings.Repeat(parts.Repeat, parts.Times)
	if parts.Base64 != nil {
		decoded, err := base64.StdEncoding.DecodeString(*parts.Base64)
		t.plain = string(decoded)
		return err
	}
	for _, part := range parts.Parts {
		var inner text
		if err := inner.UnmarshalJSON(part); err != nil {
			return err
		}
		t.plain += inner.plain
	}
	return nil
}

// Read reads a recording.
func Read(path string) (Recording, error) {
	var recording Recording
	raw, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(raw, &recording)
	}
	return recording, err
}
