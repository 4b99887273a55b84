import { attachName } from './attach-socket.js';

/** conmon's arguments for a container (2.1, conmon(8)). All paths are absolute. */
export interface ConmonRequest {
  /** Absolute path of the conmon binary. */
  conmon: string;
  /** The container's id: also the name of its exit file. */
  id: string;
  /** The OCI bundle. conmon makes its control FIFO `ctl` and the attach socket `attach` in it. */
  bundle: string;
  runtimePath: string;
  /** Arguments of the OCI runtime before its sub-command. */
  runtimeArgs: readonly string[];
  /** The runtime uses systemd for cgroups (`--systemd-cgroup`). */
  systemdCgroup?: boolean | undefined;
  /** The CRI log file; empty keeps no log. */
  logPath: string;
  /** Gets a file <id> that holds the exit code. */
  exitDir: string;
  /** Gets the file `oom` on cgroup v1. Each container has its own directory. */
  persistDir: string;
  /** Holds a link per container to its attach socket's directory. */
  socketDir: string;
  /** Gets the pid of the container's init. */
  pidFile: string;
  /** Gets the pid of conmon. */
  conmonPidFile: string;
  /** The container's process has a terminal. */
  tty: boolean;
  /** The container's stdin is kept open for attach. */
  stdin: boolean;
  /** Stdin is closed when the first attached client leaves. */
  stdinOnce: boolean;
  logLevel?: 'error' | 'warn' | 'info' | 'debug' | 'trace' | undefined;
  /** Default true. runsc knows no `--no-new-keyring`: false for it. */
  noNewKeyring?: boolean | undefined;
}

/**
 * conmon's command line. `--log-size-max` is left out on purpose: at that size conmon truncates
 * the file and lines are lost; the kubelet rotates logs and asks for a reopen.
 */
export function conmonArguments(request: ConmonRequest): string[] {
  const args = [
    '--cid',
    request.id,
    '--cuuid',
    attachName(request.id),
    '--name',
    request.id,
    '--bundle',
    request.bundle,
    '--runtime',
    request.runtimePath,
    '--container-pidfile',
    request.pidFile,
    '--conmon-pidfile',
    request.conmonPidFile,
    '--exit-dir',
    request.exitDir,
    '--persist-dir',
    request.persistDir,
    '--socket-dir-path',
    request.socketDir,
    '--log-path',
    request.logPath === '' ? 'none' : `k8s-file:${request.logPath}`,
    '--log-level',
    request.logLevel ?? 'error',
    '--no-sync-log',
    ...request.runtimeArgs.map((argument) => `--runtime-arg=${argument}`),
  ];
  if (request.noNewKeyring ?? true) args.push('--no-new-keyring');
  if (request.systemdCgroup) args.push('--systemd-cgroup');
  if (request.tty) args.push('--terminal');
  if (request.stdin) args.push('--stdin');
  if (request.stdin && !request.stdinOnce) args.push('--leave-stdin-open');
  return args;
}
