package docker

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"
)

// found is an image on the host.
type found struct{ id, repoDigest string }

// find looks for an image on the host; nil means that it is not there. An image counts only if it is also listed: layers
// without a name of their own are not.
func find(ctx context.Context, docker *client.Client, name string) (*found, error) {
	listed, err := docker.ImageList(ctx, image.ListOptions{})
	if err != nil {
		return nil, fmt.Errorf("unable to list Docker images: %w", err)
	}
	inspected, err := docker.ImageInspect(ctx, name)
	if errdefs.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("unable to inspect image %s: %w", name, err)
	}
	for _, summary := range listed {
		if summary.ID == inspected.ID {
			return &found{id: summary.ID, repoDigest: repoDigest(name, summary.RepoDigests)}, nil
		}
	}
	return nil, nil
}

// findOrPull pulls an image only when no image of its name is on the host. What the registry answers is not looked at: a
// failed pull shows only in the image still not being there.
func findOrPull(ctx context.Context, docker *client.Client, name, platform string) (*found, error) {
	image, err := find(ctx, docker, name)
	if err != nil {
		return nil, fmt.Errorf("findImage1: error looking up local image %q: %w", name, err)
	}
	if image != nil {
		return image, nil
	}
	if err := pull(ctx, docker, name, platform); err != nil {
		return nil, fmt.Errorf("unable to pull image %s: %w", name, err)
	}
	image, err = find(ctx, docker, name)
	if err != nil {
		return nil, fmt.Errorf("findImage2: error looking up local image %q: %w", name, err)
	}
	if image == nil {
		return nil, fmt.Errorf("unable to find or pull image %s", name)
	}
	return image, nil
}

func pull(ctx context.Context, docker *client.Client, name, platform string) error {
	progress, err := docker.ImagePull(ctx, name, image.PullOptions{Platform: platform})
	if err != nil {
		return fmt.Errorf("error pulling image %s: %w", name, err)
	}
	// The pull goes on as long as its progress is read, and is done when that ends.
	_, err = io.Copy(io.Discard, progress)
	if closed := progress.Close(); err == nil {
		err = closed
	}
	return err
}

// remove deletes an image by its name. One that is gone already is no error.
func remove(ctx context.Context, docker *client.Client, name string, force bool) error {
	present, err := find(ctx, docker, name)
	if err != nil {
		return fmt.Errorf("removeImage: error looking up local image %q: %w", name, err)
	}
	if present == nil {
		return nil
	}
	_, err = docker.ImageRemove(ctx, name, image.RemoveOptions{Force: force})
	return err
}

// repoDigest chooses one of the digests under which the host knows an image: the first that begins like the name up to its
// first colon. (With a registry that has a port, that is any digest from the registry; so the official plugin does it.)
func repoDigest(name string, digests []string) string {
	beginning, _, _ := strings.Cut(name, ":")
	for _, digest := range digests {
		if strings.HasPrefix(digest, beginning) {
			return digest
		}
	}
	if len(digests) > 0 {
		return digests[0]
	}
	return ""
}
