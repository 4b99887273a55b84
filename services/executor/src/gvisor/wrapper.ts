/** Parameters of the wrapper. */
export interface GvisorWrapper {
  /** Absolute path of runsc. */
  runsc: string;
  /** Arguments before every sub-command, here and in each call of the wrapper. */
  globalArgs: readonly string[];
  /** Directory of the containers' directories, which their executors make and remove. */
  containers: string;
}

/**
 * The text of a program that replaces runsc, so that conmon can hold the containers that join a
 * sandbox. They are no processes of the host, take their stdio from `start` and not from `create`, and only
 * `wait` tells their exit code. So `create` leaves a process behind that is the container to conmon:
 *
 *     conmon ── create ──▶ wrapper ── runsc create
 *       │                     └─ forks the stand-in, whose pid it writes as the container's
 *       │ stdio, exit code         │ waits for a line in `go`
 *       ◀──────────────────────────┤ runsc start, with conmon's stdio ──▶ its code into `done`
 *                                  └ runsc wait ──▶ exits as the container did
 *     executor ── start ──▶ wrapper ── a line into `go`, the code out of `done`
 *
 * The stand-in lives as long as its container, whatever becomes of the executor. A container whose `go`
 * is still there was not started: to kill it or to delete it is to end the stand-in.
 */
export function gvisorWrapper({ runsc, globalArgs, containers }: GvisorWrapper): string {
  const run = [runsc, ...globalArgs].map(quote).join(' ');
  return `#!/bin/sh
containers=${quote(containers)}
runsc() { ${run} "$@"; }
shift ${globalArgs.length}
command=$1
shift

case $command in
create)
  id= bundle= pidfile= previous=
  for word; do
    case $previous in
    --bundle | -b) bundle=$word ;;
    --pid-file) pidfile=$word ;;
    esac
    previous=$word id=$word
  done
  grep -q '"io.kubernetes.cri.container-type": *"container"' "$bundle/config.json" || exec ${run} create "$@"
  runsc create "$@" || exit
  dir=$containers/$id/gvisor
  mkdir -p "$dir" && rm -f "$dir/go" "$dir/done" && mkfifo "$dir/go" "$dir/done" || exit
  exec 3<&0
  (
    read -r line <"$dir/go"
    rm -f "$dir/go"
    runsc --log="$dir/log" --log-format=json start "$id" <&3
    code=$?
    exec 3<&-
    echo $code >"$dir/done"
    [ $code = 0 ] || exit 128
    status=$(exec ${run} wait "$id" 2>/dev/null)
    status=\${status##*'"exitStatus":'}
    status=\${status%%[!0-9]*}
    # No number: the sandbox ended under it.
    exit "\${status:-137}"
  ) &
  echo $! >"$dir/pid" && echo $! >"$pidfile"
  ;;
start)
  dir=$containers/$1/gvisor
  [ -p "$dir/go" ] || exec ${run} start "$@"
  if ! kill -0 "$(cat "$dir/pid")" 2>/dev/null; then
    echo "the process that represents container $1 has ended" >&2
    exit 1
  fi
  echo >"$dir/go"
  read -r code <"$dir/done"
  [ "$code" = 0 ] || cat "$dir/log" >&2
  exit "\${code:-1}"
  ;;
kill | delete)
  id= last=
  for word; do
    [ $command = kill ] && id=$last || id=$word
    last=$word
  done
  dir=$containers/$id/gvisor
  waiting=
  [ -p "$dir/go" ] && waiting=$(cat "$dir/pid")
  case $(tr '\\0' ' ' <"/proc/\${waiting:-none}/cmdline" 2>/dev/null) in
  *"$id"*)
    kill -9 "$waiting"
    [ $command = delete ] || exit 0
    ;;
  esac
  exec ${run} $command "$@"
  ;;
*) exec ${run} "$command" "$@" ;;
esac
`;
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
