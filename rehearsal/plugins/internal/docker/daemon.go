package docker

import (
	"context"
	"fmt"
	"sync"

	"github.com/docker/cli/cli/connhelper"
	"github.com/docker/docker/client"

	"homelab/plugins/internal/value"
)

// daemon is the Docker API of the configured host. It connects on first use, so that a preview or an update without
// changes needs no host; after a failure the next use tries again.
type daemon struct {
	settings settings
	mutex    sync.Mutex
	client   *client.Client
}

func (d *daemon) configure(inputs value.Object) error {
	settings, err := parseSettings(inputs)
	d.settings = settings
	return err
}

func (d *daemon) connect(ctx context.Context) (*client.Client, error) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if d.client != nil {
		return d.client, nil
	}
	connected, err := dial(ctx, d.settings)
	if err != nil {
		return nil, fmt.Errorf("failed to create Docker client: %w", err)
	}
	d.client = connected
	return connected, nil
}

func dial(ctx context.Context, settings settings) (*client.Client, error) {
	helper, err := connhelper.GetConnectionHelperWithSSHOpts(settings.host, settings.sshOpts)
	if err != nil {
		return nil, err
	}
	options := []client.Opt{client.WithHost(settings.host), client.WithAPIVersionNegotiation()}
	if helper != nil {
		options = []client.Opt{client.WithHost(helper.Host), client.WithDialContext(helper.Dialer), client.WithAPIVersionNegotiation()}
	}
	docker, err := client.NewClientWithOpts(options...)
	if err != nil {
		return nil, err
	}
	if _, err := docker.Ping(ctx); err != nil {
		return nil, fmt.Errorf("Error pinging Docker server, please make sure that %s is reachable and has a  '_ping' endpoint. Error: %w", settings.host, err)
	}
	return docker, nil
}
