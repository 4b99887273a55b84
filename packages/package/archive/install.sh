#!/bin/sh
# Installs Slipway from this archive on a node with systemd, as root:
#
#   ./install.sh            installs it; a node that runs, of whatever version, is upgraded under its pods
#       --start             starts a node that does not run
#       --configure PART    has `slipway install-config --write` write a part (slipway, registries, crictl, kubelet); may be
#                           given again
#   ./install.sh --remove   ends the services and removes the files; containers run on, data and configuration stay
#   ./install.sh --purge    ends the containers as well, and removes everything
#
# Each version has a directory of its own below /opt/slipway, so that processes of the version before keep their files.
# docs/install.md describes it.
set -eu

opt=/opt/slipway
units=/etc/systemd/system
link=/usr/local/bin/slipway
here=$(dirname "$(readlink -f "$0")")

fail() {
  echo "install.sh: $*" >&2
  exit 1
}

has_systemd() { [ -d /run/systemd/system ]; }

install_version() {
  version=$(cat "$here/VERSION")
  tree=$opt/$version
  for directory in "$opt" /etc/slipway /etc/slipway/config.toml.d "$units" "${link%/*}"; do
    [ -d "$directory" ] || mkdir -p -m 0755 "$directory"
  done
  if is_here; then
    echo "slipway $version is in $tree already"
  else
    copy
  fi

  [ -e /etc/slipway/config.toml ] || cp "$here/etc/slipway/config.toml" /etc/slipway/config.toml
  for unit in slipway.service slipway.socket; do
    sed "s|/usr/bin/slipway|$opt/current/packages/cli/bin/slipway|" "$here/usr/lib/systemd/system/$unit" >"$units/.$unit.new"
    chmod 0644 "$units/.$unit.new"
    mv -f "$units/.$unit.new" "$units/$unit"
  done
  before=$(readlink "$opt/current" || true)
  replace_link "$version" "$opt/current"
  replace_link "$opt/current/packages/cli/bin/slipway" "$link"

  for part in $parts; do
    "$link" install-config --write --only "$part"
  done

  if has_systemd; then
    systemctl daemon-reload
    systemctl --quiet enable slipway.socket slipway.service
    if systemctl --quiet is-active slipway.service; then
      # A version that does not know how is started again: containers run on then, too.
      "$link" upgrade || systemctl restart slipway.service
    elif [ -n "$start" ]; then
      systemctl start slipway.socket slipway.service
    else
      echo "configure it in /etc/slipway/config.toml, try 'slipway doctor', then 'systemctl start slipway.socket slipway'"
    fi
  fi
  remove_unused
}

# Whether this very version is installed. Only V8's code caches were added to it.
is_here() {
  [ -d "$tree" ] && [ "$(cat "$tree/BUILD" 2>/dev/null)" = "$(cat "$here/BUILD")" ]
}

copy() {
  rm -rf "$opt/.new"
  cp -a "$here/usr/lib/slipway" "$opt/.new"
  cp -a "$here/usr/share" "$opt/.new/share"
  # The services start in half the time with what V8 makes of them for this processor.
  "$opt/.new/bin/node" "$opt/.new/code-cache.mjs" "$opt"/.new/services/*/dist ||
    echo 'the services will start more slowly, because they could not be compiled' >&2
  # Last: a copy that was cut off has none.
  cp "$here/BUILD" "$opt/.new/BUILD"
  # Another build of the same version keeps its files while its processes run.
  if [ -e "$tree" ]; then mv "$tree" "$tree.replaced-$(date +%s)"; fi
  mv "$opt/.new" "$tree"
}

# replace_link TARGET PATH: nobody finds the path missing.
replace_link() {
  ln -sfn "$1" "$2.new"
  mv -fT "$2.new" "$2"
}

# The version before is kept to go back to, and each whose processes still run, as executors with open sessions do.
remove_unused() {
  for directory in "$opt"/*/; do
    directory=${directory%/}
    [ "$directory" = "$opt/current" ] || [ "$directory" = "$tree" ] || [ "$directory" = "$opt/$before" ] && continue
    grep -qs "$directory[/]" /proc/[0-9]*/cmdline || rm -rf "$directory"
  done
}

remove() {
  [ -x "$opt/current/packages/cli/bin/slipway" ] || fail "there is nothing of it in $opt"
  running=$("$link" reset --dry-run 2>/dev/null | sed -n 's/^container \(.*\) runs$/  \1/p') || running=
  if [ -n "$running" ]; then
    printf 'slipway: these containers run on without it:\n%s\n' "$running"
  fi
  if has_systemd; then
    # The socket first: a connection would start the service again.
    systemctl --quiet disable --now slipway.socket slipway.service
  fi
  if [ "$1" = purge ]; then
    # Names what it removes and what it cannot remove; it can be repeated then, because the files are still here.
    "$link" reset --force
    rm -f /run/slipway-iptables.lock
    rmdir --ignore-fail-on-non-empty /run/nri 2>/dev/null || true
    rm -rf /etc/slipway
  fi
  rm -f "$units/slipway.service" "$units/slipway.socket" "$link"
  rm -rf "$opt"
  if has_systemd; then systemctl daemon-reload; fi
}

[ "$(id -u)" = 0 ] || fail 'only root can do that'
mode=install
parts=
start=
while [ $# -gt 0 ]; do
  case $1 in
    --remove) mode=remove ;;
    --purge) mode=purge ;;
    --start) start=yes ;;
    --configure)
      [ $# -gt 1 ] || fail "--configure: a part must follow"
      parts="$parts $2"
      shift
      ;;
    *) fail "$1: there are --start, --configure PART, --remove and --purge" ;;
  esac
  shift
done
case $mode in
  install)
    [ ! -e /usr/lib/slipway ] || fail "/usr/lib/slipway is there, as of a Debian package: remove that first"
    install_version
    ;;
  *) remove $mode ;;
esac
