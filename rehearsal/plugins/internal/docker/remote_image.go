package docker

import (
	"context"
	"fmt"

	"homelab/plugins/internal/plugin"
	"homelab/plugins/internal/value"
	"homelab/plugins/internal/version"
)

// What the official plugin notes in state: its default timeouts, 20 minutes each.
const timeoutsNote = `{"e2bfb730-ecaa-11e6-8f88-34363bc7c4c0":{"create":1200000000000,"delete":1200000000000,"update":1200000000000}}`

// The inputs of RemoteImage, and whether a change of one replaces the resource.
var replaces = map[string]bool{"name": true, "platform": true, "pullTriggers": true, "triggers": true, "keepLocally": false, "forceRemove": false}

// remoteImage is docker:index/remoteImage:RemoteImage: an image that the host has. Its id is the image's id and its name.
type remoteImage struct{ daemon *daemon }

// Check refuses building, which the lab does not use.
func (remoteImage) Check(_ context.Context, _ plugin.Call, inputs value.Object) (value.Object, []plugin.Failure, error) {
	var failures []plugin.Failure
	if inputs["build"] != nil {
		failures = append(failures, plugin.Failure{Property: "build", Reason: "the stand-in for the docker plugin pulls images, it builds none"})
	}
	inputs["__defaults"] = []any{}
	return inputs, failures, nil
}

// Diff compares the inputs with the state. Image and digest come from the host and never make a difference.
func (remoteImage) Diff(_ context.Context, _ plugin.Call, old plugin.State, inputs value.Object) (plugin.Diff, error) {
	return diff(old.Outputs, inputs), nil
}

// Create finds the image on the host or pulls it.
func (r remoteImage) Create(ctx context.Context, call plugin.Call, inputs value.Object) (plugin.State, error) {
	if call.Preview {
		return plugin.State{Outputs: previewed(inputs)}, nil
	}
	image, err := r.obtain(ctx, inputs)
	if err != nil {
		return plugin.State{}, failed(call, "", err)
	}
	return state(inputs, image), nil
}

// Read asks the host for the image. It finds nothing to import: the id does not say which name is meant.
func (r remoteImage) Read(ctx context.Context, call plugin.Call, old plugin.State) (*plugin.State, error) {
	docker, err := r.daemon.connect(ctx)
	if err != nil {
		return nil, failed(call, "refreshing", err)
	}
	name := value.String(old.Outputs, "name")
	if name == "" {
		return nil, nil
	}
	image, err := find(ctx, docker, name)
	if err != nil {
		return nil, failed(call, "refreshing", fmt.Errorf("resourceDockerImageRead: error looking up local image %q: %w", name, err))
	}
	if image == nil {
		return nil, nil
	}
	present := state(old.Outputs, image)
	present.Inputs = old.Inputs
	return &present, nil
}

// Update changes only what is to become of the image at the end, but makes sure of the image. When that fails, state takes
// the new inputs all the same, with the error beside them, and the next run tries again.
func (r remoteImage) Update(ctx context.Context, call plugin.Call, old plugin.State, inputs value.Object) (value.Object, error) {
	before := &found{id: value.String(old.Outputs, "imageId"), repoDigest: value.String(old.Outputs, "repoDigest")}
	if call.Preview {
		return state(inputs, before).Outputs, nil
	}
	image, err := r.obtain(ctx, inputs)
	if err != nil {
		return nil, &plugin.Incomplete{State: state(inputs, before), Reason: failed(call, "updating", err)}
	}
	return state(inputs, image).Outputs, nil
}

// Delete removes the image from the host, unless it is to be kept.
func (r remoteImage) Delete(ctx context.Context, call plugin.Call, old plugin.State) error {
	docker, err := r.daemon.connect(ctx)
	if err != nil {
		return failed(call, "deleting", err)
	}
	if value.Bool(old.Outputs, "keepLocally") {
		return nil
	}
	if err := remove(ctx, docker, value.String(old.Outputs, "name"), value.Bool(old.Outputs, "forceRemove")); err != nil {
		return failed(call, "deleting", fmt.Errorf("Unable to remove Docker image: %w", err))
	}
	return nil
}

func (r remoteImage) obtain(ctx context.Context, inputs value.Object) (*found, error) {
	docker, err := r.daemon.connect(ctx)
	if err != nil {
		return nil, err
	}
	image, err := findOrPull(ctx, docker, value.String(inputs, "name"), value.String(inputs, "platform"))
	if err != nil {
		return nil, fmt.Errorf("Unable to read Docker image into resource: %w", err)
	}
	return image, nil
}

// failed makes an error in the official plugin's form, and logs it like that plugin before it is returned.
func failed(call plugin.Call, operation string, err error) error {
	call.Log.Error(fmt.Sprintf("  sdk-v2/provider2.go:572: sdk.helper_schema: %s: provider=docker@%s", err, version.Docker))
	listed := fmt.Errorf("1 error occurred:\n\t* %w\n\n", err) //nolint:staticcheck // the official form
	if operation == "" {
		return listed
	}
	return fmt.Errorf("%s %s: %w", operation, call.URN, listed)
}
