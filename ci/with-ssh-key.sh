#!/bin/sh
# with-ssh-key.sh COMMAND…: runs it with the private key of HOMELAB_SSH_KEY in an agent of its own. The key is never in a file, an
# argument, or the command's environment. Without one the command runs as it is.
set -eu
[ -n "${HOMELAB_SSH_KEY:-}" ] || exec "$@"
# A connection that another key opened would be used again: what it may do is not what this one may.
for socket in "$HOME"/.ssh/homelab-*; do
  [ ! -S "$socket" ] || ssh -q -O exit -o ControlPath="$socket" host || true
done
exec ssh-agent sh -c 'printf "%s\n" "$HOMELAB_SSH_KEY" | ssh-add -q - && unset HOMELAB_SSH_KEY && exec "$@"' sh "$@"
