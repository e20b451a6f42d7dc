package nodehost

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// InstallDependencies runs npm for `pulumi install`, and passes on what npm writes.
func (h *Host) InstallDependencies(
	request *pulumirpc.InstallDependenciesRequest, stream pulumirpc.LanguageRuntime_InstallDependenciesServer,
) error {
	options, err := parseOptions(request.GetInfo().GetOptions().AsMap())
	if err != nil {
		return err
	}
	if manager := options.packageManager; manager != "" && manager != "auto" && manager != "npm" {
		return fmt.Errorf("this language host installs with npm only: run %s itself", manager)
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		return fmt.Errorf("npm was not found: no `npm` in the folders of PATH")
	}
	folder := request.GetInfo().GetProgramDirectory()
	arguments := installArguments(folder, options.production)
	process := command(stream.Context(), npm, arguments)
	process.Dir = folder
	output := &installOutput{stream: stream}
	// One writer for both, so that exec makes one pipe: a stream takes one message at a time.
	process.Stdout, process.Stderr = output, output
	code, err := run(process)
	if err != nil {
		return err
	}
	if code != 0 {
		return fmt.Errorf("npm %s in %s ended with exit code %d", strings.Join(arguments, " "), folder, code)
	}
	return nil
}

// installArguments are npm's: exactly what the lock file says for a first installation, otherwise what is missing.
func installArguments(folder string, production bool) []string {
	arguments := []string{"install"}
	if exists(filepath.Join(folder, "package-lock.json")) && !exists(filepath.Join(folder, "node_modules")) {
		arguments = []string{"ci"}
	}
	if production {
		arguments = append(arguments, "--omit=dev")
	}
	return arguments
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

type installOutput struct {
	stream pulumirpc.LanguageRuntime_InstallDependenciesServer
}

func (o *installOutput) Write(bytes []byte) (int, error) {
	if err := o.stream.Send(&pulumirpc.InstallDependenciesResponse{Stdout: bytes}); err != nil {
		return 0, err
	}
	return len(bytes), nil
}

// About says for `pulumi about` which Node and which npm there are.
func (h *Host) About(ctx context.Context, _ *pulumirpc.AboutRequest) (*pulumirpc.AboutResponse, error) {
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, err
	}
	version, err := nodeVersion(ctx, node)
	if err != nil {
		return nil, err
	}
	response := &pulumirpc.AboutResponse{
		Executable: node, Version: "v" + version, Metadata: map[string]string{"packagemanager": "npm"},
	}
	if output, err := exec.CommandContext(ctx, "npm", "--version").Output(); err == nil {
		response.Metadata["packagemanagerVersion"] = strings.TrimSpace(string(output))
	}
	return response, nil
}
