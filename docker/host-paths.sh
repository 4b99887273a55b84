#!/bin/sh
# Makes directories of the host ready to be shared between containers, mounts included:
#
#   host-paths.sh share DIRECTORY...     create them, and let mounts below them propagate
#   host-paths.sh release DIRECTORY...   take that back; refused while something is mounted there
#
# It works in the host's mount namespace, with the host's own tools, and needs the host's
# pid namespace and privilege for that; SLIPWAY_HOST_PID is a process of the host, 1 if unset. Where the host's mounts are shared already, as
# systemd makes them, `share` mounts nothing.
set -eu
if [ "${1-}" != --on-host ]; then
  exec nsenter --target "${SLIPWAY_HOST_PID:-1}" --mount -- sh -s -- --on-host "$@" <"$0"
fi
shift
action=$1
shift

case $action in
  share)
    for directory in "$@"; do
      mkdir -p -m 0711 "$directory"
      case $(findmnt -n -o PROPAGATION -T "$directory") in
        *shared*) ;;
        *)
          mount --bind "$directory" "$directory"
          mount --make-shared "$directory"
          echo "host-paths: mounts below $directory are shared now"
          ;;
      esac
    done
    ;;
  release)
    for directory in "$@"; do
      if mountpoint -q "$directory"; then
        umount "$directory"
        echo "host-paths: $directory is as it was"
      fi
    done
    ;;
  *)
    echo "host-paths: $action is neither share nor release" >&2
    exit 1
    ;;
esac
