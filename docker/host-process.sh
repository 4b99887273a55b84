#!/bin/sh
# Runs a command as a process of the host: in the host's cgroup and UTS namespaces, and
# outside of its container's cgroup. When a container stops, what is left in its cgroup
# is killed; conmon, which inherits its parent's cgroup, must stay to hold the pods.
#
#   host-process.sh COMMAND [ARGUMENT...]
#
# Needs the host's pid namespace, privilege, and /sys/fs/cgroup of the host;
# SLIPWAY_HOST_PID is a process of the host, 1 if unset.
set -eu
if [ "${1-}" != --in-host-namespaces ]; then
  exec nsenter --target "${SLIPWAY_HOST_PID:-1}" --cgroup --uts -- "$0" --in-host-namespaces "$@"
fi
shift

if [ -f /sys/fs/cgroup/cgroup.procs ]; then
  echo $$ >/sys/fs/cgroup/cgroup.procs
else
  for procs in /sys/fs/cgroup/*/cgroup.procs; do
    # A hierarchy that is listed under two names is one.
    echo $$ >"$procs"
  done
fi
# The lock by which executors take turns at the firewall is the host's, not a container's.
if [ -n "${SLIPWAY_STATE-}" ]; then
  ln -sfn "$SLIPWAY_STATE/iptables.lock" /run/slipway-iptables.lock
fi
exec "$@"
