import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { boundingSet, hasCode, kernelFeatures, startedOpenFiles } from '@slipway/linux';
import type { HostFacts } from '@slipway/oci-spec';

const cgroupRoot = '/sys/fs/cgroup';

let facts: HostFacts | undefined;

/** Abilities of this host that a spec depends on. They are read once, because they do not change while the kernel runs. */
export function hostFacts(): HostFacts {
  facts ??= probe();
  return facts;
}

function probe(): HostFacts {
  const capabilities = [...boundingSet()];
  const unified = kernelFeatures().cgroupMode === 'v2';
  return {
    arch: process.arch,
    kernel: kernelVersion(release()),
    minOomScoreAdj: capabilities.includes('CAP_SYS_RESOURCE') ? -1000 : Number(read('/proc/self/oom_score_adj') || '0'),
    openFiles: startedOpenFiles(),
    swapAccounting: unified ? hasSwapFile() : existsSync(`${cgroupRoot}/memory/memory.memsw.limit_in_bytes`),
    // In hybrid mode a runtime uses only the v1 hierarchies.
    hugetlb: unified ? kernelFeatures().cgroupControllers.includes('hugetlb') : existsSync(`${cgroupRoot}/hugetlb`),
    capabilities,
    // Looked at for each container: see AppArmor.
    apparmor: { enabled: false, defaultProfile: '' },
    selinux: existsSync('/sys/fs/selinux/enforce'),
  };
}

/** `6.1.0-18-amd64` to [6, 1]. */
export function kernelVersion(text: string): [number, number] {
  const match = /^(\d+)\.(\d+)/.exec(text);
  return [Number(match?.[1] ?? 0), Number(match?.[2] ?? 0)];
}

/** Cgroup v2's root has no limits itself; its children show whether there is one on swap. */
function hasSwapFile(): boolean {
  return readdirSync(cgroupRoot, { withFileTypes: true }).some(
    (entry) => entry.isDirectory() && existsSync(`${cgroupRoot}/${entry.name}/memory.swap.max`),
  );
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'EACCES', 'EPERM')) return '';
    throw error;
  }
}
