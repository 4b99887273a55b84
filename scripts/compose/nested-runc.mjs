#!/usr/bin/env node
// A runc for a docker that runs inside a container of its own: it leaves out capabilities
// that this machine cannot give. docker's `privileged` asks for all of them, and runc
// refuses what is not in its bounding set.
//
//   dockerd --add-runtime nested=/path/of/nested-runc.mjs --default-runtime nested
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** By number: linux/capability.h. */
const names =
  `CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE
  NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN
  SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE
  MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE`.split(/\s+/);

function boundingSet() {
  const [, digits = '0'] = /^CapBnd:\s*(\w+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  const mask = BigInt(`0x${digits}`);
  return new Set(names.filter((_, number) => (mask >> BigInt(number)) & 1n).map((name) => `CAP_${name}`));
}

/** Of a process in a bundle's config.json (`create`, `run`) or in a file of its own (`exec --process`). */
function restrict(file, processOf) {
  const content = JSON.parse(readFileSync(file, 'utf8'));
  const given = boundingSet();
  const sets = processOf(content)?.capabilities ?? {};
  for (const [set, wanted] of Object.entries(sets)) sets[set] = wanted.filter((name) => given.has(name));
  writeFileSync(file, JSON.stringify(content));
}

const args = process.argv.slice(2);
const after = (...flags) => args[args.findIndex((word) => flags.includes(word)) + 1];
if (args.some((word) => word === 'create' || word === 'run')) {
  restrict(join(after('--bundle', '-b'), 'config.json'), (config) => config.process);
} else if (args.includes('exec') && args.some((word) => word === '--process' || word === '-p')) {
  restrict(after('--process', '-p'), (content) => content);
}
process.exit(spawnSync('runc', args, { stdio: 'inherit' }).status ?? 1);
