import { kindOf } from '../config-draft.js';
import type { Node } from '../node.js';
import { daemonFile } from '../facts/docker-daemon.js';
import type { Findings } from '../finding.js';
import { at, textAt, textsAt, treeAt } from '../root.js';

/** The equivalent of each setting of Docker's daemon. */
export function checkDockerDaemon(node: Node, findings: Findings): void {
  const { docker, kubelet } = node;
  if (!docker.found) return;
  const { config } = docker;
  const becomes = (key: string, why: string, todo: string): void => {
    findings.note(`${daemonFile}: ${key} = ${JSON.stringify(config[key])}`, why, todo);
  };
  registries(node, findings);
  if (docker.dataRoot !== '/var/lib/docker') {
    findings.note(
      `Docker's data are in ${docker.dataRoot}`,
      'Slipway does not use them',
      'set root to a directory on that disk, if it is the one with the space',
    );
  }
  if (docker.cgroupDriver !== undefined && kubelet.found && docker.cgroupDriver !== kubelet.cgroupDriver.value) {
    findings.warning(
      `Docker's cgroup driver is ${docker.cgroupDriver}, the kubelet's is ${kubelet.cgroupDriver.value}`,
      "the kubelet's alone counts for Slipway",
      `set cgroup.driver = "${kubelet.cgroupDriver.value}"`,
    );
  } else if (docker.cgroupDriver !== undefined) {
    findings.ok(`native.cgroupdriver=${docker.cgroupDriver} becomes cgroup.driver = "${docker.cgroupDriver}"`);
  }
  if ('log-driver' in config && config['log-driver'] !== 'json-file') {
    findings.warning(
      `${daemonFile}: log-driver = ${JSON.stringify(config['log-driver'])}`,
      'a CRI runtime writes files below /var/log/pods alone',
      'collect those files instead',
    );
  }
  if ('log-opts' in config) {
    const size = textAt(config, 'log-opts', 'max-size');
    const files = textAt(config, 'log-opts', 'max-file');
    const wanted = [size && `containerLogMaxSize: ${quantity(size)}`, files && `containerLogMaxFiles: ${files}`].filter(
      Boolean,
    );
    becomes(
      'log-opts',
      'the kubelet rotates the logs of a CRI runtime',
      `set ${wanted.join(' and ') || 'containerLogMaxSize'} in the kubelet's configuration`,
    );
  }
  if ('default-ulimits' in config) {
    const limits = Object.values(treeAt(config, 'default-ulimits')).map((one) => {
      const name = String(at(one, 'Name')).toUpperCase();
      return `Limit${name}=${String(at(one, 'Soft'))}:${String(at(one, 'Hard'))}`;
    });
    becomes(
      'default-ulimits',
      "the CRI has no ulimits: containers inherit those of Slipway's processes",
      `put ${limits.join(', ')} into Slipway's unit`,
    );
  }
  if ('live-restore' in config) {
    becomes('live-restore', "Slipway's containers always outlive its processes", 'nothing');
  }
  for (const key of ['bip', 'fixed-cidr', 'default-address-pools', 'mtu']) {
    if (key in config)
      becomes(
        key,
        "Docker's bridge is not used for pods: the CNI list says their network",
        'set it in the CNI list, or network.own.subnet where Slipway has its own',
      );
  }
  for (const key of ['dns', 'dns-search', 'dns-opts']) {
    if (key in config)
      becomes(
        key,
        "the kubelet names each pod's servers",
        "set resolvConf (or clusterDNS) in the kubelet's configuration",
      );
  }
  runtimes(node, findings);
  for (const key of ['seccomp-profile', 'userns-remap', 'authorization-plugins', 'icc', 'hosts']) {
    if (key in config)
      becomes(
        key,
        'it has no counterpart for the whole node',
        key === 'userns-remap' ? 'use hostUsers: false in pods' : 'say it in pods, or leave it',
      );
  }
  if (docker.proxies.size > 0) {
    const lines = [...docker.proxies].map(
      ([name, value]) => `Environment="${name}=${value.replace(/\/\/[^@/]*@/, '//…@')}"`,
    );
    findings.note(
      `Docker pulls through a proxy: ${[...docker.proxies.keys()].join(', ')}`,
      "Slipway's puller reads the same variables",
      `put ${lines.join(' ')} into Slipway's unit`,
    );
  }
}

/** Docker's runtimes are called as runc is, but for shims of containerd's. */
function runtimes(node: Node, findings: Findings): void {
  const { docker, draft, kubelet } = node;
  const counts = kubelet.runtime === 'dockershim' || kubelet.runtime === 'cri-dockerd';
  const chosen = textAt(docker.config, 'default-runtime');
  const carried = new Set<string>(['runc']);
  for (const [name, runtime] of Object.entries(treeAt(docker.config, 'runtimes'))) {
    const path = textAt(runtime, 'path');
    if (path === undefined) {
      findings.warning(
        `${daemonFile}: runtime ${name} (${textAt(runtime, 'runtimeType') ?? 'a shim'}) is not carried over`,
        "a shim of containerd's own cannot run under Slipway",
        'keep its pods on other nodes, or write an executor: docs/executor-protocol.md',
      );
      continue;
    }
    const kind = kindOf(path);
    const taken = !counts || draft.addHandler(name, { kind, path });
    if (taken) carried.add(name);
    findings[taken ? 'note' : 'warning'](
      `${daemonFile}: runtime ${name} (${path})`,
      'a handler takes its place; a RuntimeClass names it',
      taken
        ? `add [runtime.handlers.${name}] with kind = "${kind}" and path = "${path}"`
        : 'no handler of Slipway can have this name: add one with another name, and name that in a RuntimeClass',
    );
    if (textsAt(runtime, 'runtimeArgs').length > 0)
      findings.warning(
        `${daemonFile}: runtimeArgs of ${name} are not carried over`,
        'they are arguments of the binary',
        `set runtime.handlers.${name}.options, where they come before the sub-command`,
      );
  }
  if (chosen === undefined) return;
  findings.note(
    `${daemonFile}: default-runtime = ${JSON.stringify(chosen)}`,
    'pods without a runtime class run on it',
    carried.has(chosen)
      ? `set runtime.defaultHandler = "${chosen}"`
      : 'choose another default before the node is moved',
  );
  if (counts && carried.has(chosen)) draft.defaultHandler = chosen;
}

function registries({ docker, registries: kept }: Node, findings: Findings): void {
  const mirrors = textsAt(docker.config, 'registry-mirrors');
  const insecure = textsAt(docker.config, 'insecure-registries');
  if (mirrors.length > 0) {
    kept.push({ registry: 'docker.io', mirrors, insecure: false });
    findings.note(
      `${daemonFile}: registry-mirrors = ${JSON.stringify(mirrors)}`,
      'without them images of docker.io come from Docker Hub',
      'write /etc/containerd/certs.d/docker.io/hosts.toml: see the steps',
    );
  }
  for (const registry of insecure) {
    if (registry.includes('/')) {
      findings.warning(
        `${daemonFile}: insecure-registries has the network ${registry}`,
        'hosts.toml knows hosts, not networks',
        'write a hosts.toml for each registry in it',
      );
      continue;
    }
    kept.push({ registry, mirrors: [], insecure: true });
    findings.note(
      `${daemonFile}: insecure-registries has ${registry}`,
      'its certificate would be refused, or plain HTTP not tried',
      `write /etc/containerd/certs.d/${registry}/hosts.toml: see the steps`,
    );
  }
}

/** Docker's `10m` is 10 MiB: the kubelet's `10Mi`. */
function quantity(size: string): string {
  return size.replace(/^(\d+)([kmg])b?$/i, (_all, number: string, unit: string) => `${number}${unit.toUpperCase()}i`);
}
