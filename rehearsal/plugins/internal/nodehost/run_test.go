package nodehost

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
)

func TestProgramArguments(t *testing.T) {
	host := &Host{engineAddress: "127.0.0.1:2"}
	arguments := host.programArguments(&pulumirpc.RunRequest{
		MonitorAddress: "127.0.0.1:1", Organization: "o", Project: "p", Stack: "s", DryRun: true, Parallel: 16,
		Args: []string{"--own"},
		Info: &pulumirpc.ProgramInfo{RootDirectory: "/root", ProgramDirectory: "/program", EntryPoint: "."},
	})
	want := strings.Fields("--monitor 127.0.0.1:1 --engine 127.0.0.1:2 --organization o --project p --root-directory /root " +
		"--stack s --pwd /program --dry-run --parallel 16 . --own")
	if !slices.Equal(arguments, want) {
		t.Errorf("arguments are %q, not %q", arguments, want)
	}
}

func TestProgramVariables(t *testing.T) {
	given, err := programVariables(&pulumirpc.RunRequest{
		Config: map[string]string{"lab:password": `"quoted"`}, ConfigSecretKeys: []string{"lab:password"},
	})
	want := []string{`PULUMI_CONFIG={"lab:password":"\"quoted\""}`, `PULUMI_CONFIG_SECRET_KEYS=["lab:password"]`}
	if err != nil || !slices.Equal(given, want) {
		t.Errorf("variables are %q, %v, not %q", given, err, want)
	}
	given, err = programVariables(&pulumirpc.RunRequest{})
	if want := []string{"PULUMI_CONFIG={}", "PULUMI_CONFIG_SECRET_KEYS=[]"}; err != nil || !slices.Equal(given, want) {
		t.Errorf("variables without configuration are %q, %v, not %q", given, err, want)
	}
}

func TestRunGivesExitCodes(t *testing.T) {
	code, err := run(command(context.Background(), "sh", []string{"-c", "exit 32"}))
	if code != alreadyReported || err != nil {
		t.Errorf("exit 32 gave %d, %v", code, err)
	}
	if _, err := run(command(context.Background(), "sh", []string{"-c", "kill -9 $$"})); err == nil {
		t.Error("a killed program is no error")
	}
	if _, err := run(exec.Command("/nowhere")); err == nil {
		t.Error("a program that does not exist is no error")
	}
}

func TestRunDoesNotWaitForWhatAProgramLeavesBehind(t *testing.T) {
	process := command(context.Background(), "sh", []string{"-c", "sleep 60 & exit 0"})
	process.WaitDelay = 10 * time.Millisecond
	process.Stdout = throughPipe(os.Stdout)
	if code, err := run(process); code != 0 || err != nil {
		t.Errorf("the program ended with %d, %v", code, err)
	}
}

func TestCancelInterruptsTheProgram(t *testing.T) {
	folder := t.TempDir()
	module := filepath.Join(folder, "node_modules", runModule)
	node := "#!/bin/sh\ntrap 'exit 7' INT\ntouch \"$0.started\"\nwhile :; do sleep 0.01; done\n"
	if err := errors.Join(
		os.MkdirAll(module, 0o755),
		os.WriteFile(filepath.Join(module, "index.js"), nil, 0o644),
		os.WriteFile(filepath.Join(folder, "node"), []byte(node), 0o755),
	); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", folder+string(os.PathListSeparator)+os.Getenv("PATH"))

	host := &Host{}
	host.uncancelled, host.cancel = context.WithCancel(context.Background())
	go func() {
		for !exists(filepath.Join(folder, "node.started")) {
			time.Sleep(10 * time.Millisecond)
		}
		_, _ = host.Cancel(context.Background(), &emptypb.Empty{})
	}()
	response, err := host.Run(context.Background(), &pulumirpc.RunRequest{
		Info: &pulumirpc.ProgramInfo{ProgramDirectory: folder, EntryPoint: "."},
	})
	if err != nil || !strings.Contains(response.GetError(), "exit code 7") {
		t.Errorf("the program ended with %v, %v", response, err)
	}
}

func TestTheEndOfItsContextInterruptsAProgram(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	started := make(chan struct{})
	process := command(ctx, "sh", []string{"-c", "trap 'exit 7' INT; echo ready; while :; do sleep 0.01; done"})
	process.Stdout = writer(func([]byte) error { close(started); return nil })
	go func() { <-started; cancel() }()
	if code, err := run(process); code != 7 || err != nil {
		t.Errorf("the program ended with %d, %v", code, err)
	}
}
