import { NamespaceMode, type PodSandboxConfig } from '@slipway/cri';
import { capabilitiesOf } from '@slipway/runtime-kinds';
import { specAnnotations } from './annotations.js';
import { processCapabilities } from './security/capabilities.js';
import type { CdiEdits } from './mounts/cdi.js';
import { cgroupDriver, cgroupsPath } from './resources/cgroups.js';
import { containerDevices } from './mounts/devices.js';
import { invalidField, unsupportedField } from './field.js';
import type { HandlerFacts, SpecInput } from './input.js';
import { containerMounts, rootfsPropagation } from './mounts/mounts.js';
import { containerNamespaces, type PodNamespaces } from './namespaces.js';
import { processArgs, processCwd, processEnv } from './process/process.js';
import { containerResources, oomScoreAdj } from './resources/resources.js';
import { scopeProperties } from './resources/scope-properties.js';
import { containerSeccomp, wantedSeccomp } from './security/seccomp.js';
import { apparmorProfile, guardedPaths, selinuxLabels, wantedApparmor } from './security/security.js';
import { stopSignal } from './process/signals.js';
import type { OciSpec } from './types.js';
import { checkMapped, containerUserNamespace, type IdMappings } from './user-namespace.js';

/** Every runtime from runc 1.0 on takes it; nothing newer is written. */
export const ociVersion = '1.0.2';

/**
 * A container's config.json. Pure: the same input gives the same spec, and whatever
 * reaches outside was done before. @throws SlipwayError INVALID_REQUEST, UNSUPPORTED or
 * IMAGE_INVALID that names the field
 */
export function generateSpec(input: SpecInput): OciSpec {
  const { container, handler, host, onLess } = input;
  const runtime = capabilitiesOf(handler.kind);
  if (container.windows) throw unsupportedField('windows', 'this node runs Linux');
  const security = container.linux?.securityContext;
  const resources = container.linux?.resources;
  const privileged = isPrivileged(input);
  const capabilities = processCapabilities({
    capability: security?.capabilities,
    privileged,
    bounding: handler.capabilities.length > 0 ? handler.capabilities : host.capabilities,
    onMissing: (names) => onLess?.(`this host cannot grant ${names.join(', ')}`),
  });
  const seccomp = containerSeccomp({
    wanted: wantedSeccomp(security),
    profile: input.seccompProfile,
    capabilities: capabilities.bounding,
    arch: host.arch,
    kernel: host.kernel,
    runtime,
    supported: handler.seccomp,
  });
  const { devices, rules } = containerDevices({ devices: input.devices, hostDevices: input.hostDevices, privileged });
  const podOptions = input.pod.linux?.securityContext?.namespaceOptions;
  const mappings = containerUserNamespace(podOptions, security?.namespaceOptions);
  requireUserNamespace(mappings, input.handler, input.namespaces);
  checkMapped(mappings, input.user);
  const namespaces = containerNamespaces({
    options: security?.namespaceOptions ?? podOptions,
    pod: input.namespaces,
    targetPid: input.targetPid,
    privileged,
    cgroupMode: handler.cgroupMode,
  });
  const labels = containerLabels(input);
  const apparmor = containerApparmor(input);
  const guarded = guardedPaths(security, input.namespaces.user !== undefined);
  const propagation = rootfsPropagation(input.mounts);
  const annotations = containerAnnotations(input);
  return {
    ociVersion,
    // A joined UTS namespace has the pod's name already; only here do a new one and a kernel of the runtime's own get it.
    ...(input.namespaces.uts === '' || (!runtime.hostKernel && input.namespaces.uts)
      ? { hostname: input.hostname }
      : {}),
    root: { path: input.rootfs, readonly: security?.readonlyRootfs ?? false },
    process: {
      terminal: container.tty,
      user: {
        uid: input.user.uid,
        gid: input.user.gid,
        additionalGids: [...new Set([...input.user.additionalGids, ...(input.cdi?.additionalGids ?? [])])],
      },
      args: processArgs(container, input.image),
      env: processEnv({
        config: container,
        image: input.image,
        hostname: input.hostname,
        home: input.user.home,
        extra: input.cdi?.env,
      }),
      cwd: processCwd(container, input.image),
      capabilities,
      noNewPrivileges: security?.noNewPrivs ?? false,
      // It would inherit them, but runc 1.1.5, made with Go 1.19.8, raises its own and hands that on.
      ...(host.openFiles ? { rlimits: [{ type: 'RLIMIT_NOFILE', ...host.openFiles }] } : {}),
      oomScoreAdj: oomScoreAdj(resources?.oomScoreAdj ?? 0n, host.minOomScoreAdj, onLess),
      ...(apparmor ? { apparmorProfile: apparmor } : {}),
      ...(labels && !privileged ? { selinuxLabel: labels.process } : {}),
    },
    mounts: containerMounts({
      mounts: input.mounts,
      files: input.files,
      imageVolumes: input.imageVolumes,
      privileged,
      userNamespace: mappings && {
        hostNetwork: input.namespaces.net === undefined,
        hostIpc: input.namespaces.ipc === undefined,
        hostPid: !namespaces.some(({ type }) => type === 'pid'),
        groups: mappings.gid.size,
      },
      readonlyRootfs: security?.readonlyRootfs ?? false,
      recursiveReadOnly: handler.recursiveReadOnlyMounts,
      extra: input.cdi?.mounts.map(({ hostPath, containerPath, type, options }) => ({
        destination: containerPath,
        type,
        source: hostPath,
        options,
      })),
    }),
    ...(annotations ? { annotations } : {}),
    ...hooks(input.cdi),
    linux: {
      namespaces,
      ...idMaps(mappings),
      cgroupsPath: cgroupsPath(cgroupDriver(handler.cgroupDriver), input.cgroupParent, input.containerId),
      resources: {
        devices: rules,
        ...containerResources({ resources, handler, host, onLess }),
      },
      ...(devices.length > 0 ? { devices } : {}),
      ...(seccomp ? { seccomp } : {}),
      ...guarded,
      ...(propagation ? { rootfsPropagation: propagation } : {}),
      ...(labels ? { mountLabel: labels.mount } : {}),
    },
  };
}

/** Those that are handed on, over what systemd needs to know of a scope. */
function containerAnnotations(input: SpecInput): Record<string, string> | undefined {
  const { container, handler, sandboxId } = input;
  const runtime = capabilitiesOf(handler.kind);
  const passed = specAnnotations({
    pod: input.pod,
    container,
    sandboxId,
    pass: input.passAnnotations,
    runtime,
  });
  if (!runtime.hostProcesses || cgroupDriver(handler.cgroupDriver) !== 'systemd') return passed;
  const properties = scopeProperties({
    container,
    stopSignal: stopSignal(container.stopSignal, input.image.stopSignal),
    infraId: input.namespaces.pid === undefined ? undefined : sandboxId,
  });
  const all = { ...properties, ...passed };
  return Object.keys(all).length > 0 ? all : undefined;
}

/** The profile, where the host's kernel enforces it: a kernel of the runtime's own does not. */
function containerApparmor({ container, handler, host, onLess }: SpecInput): string | undefined {
  const security = container.linux?.securityContext;
  const profile = apparmorProfile(security, host);
  const { hostKernel, title } = capabilitiesOf(handler.kind);
  if (hostKernel) return profile;
  if (wantedApparmor(security).kind === 'localhost') onLess?.(`${title} does not enforce AppArmor profiles`);
  return undefined;
}

/** A container's SELinux labels: by its own options, else by its pod's. */
export function containerLabels({
  container,
  pod,
  host,
  sandboxId,
  onLess,
}: Pick<SpecInput, 'container' | 'pod' | 'host' | 'sandboxId' | 'onLess'>): ReturnType<typeof selinuxLabels> {
  const security = container.linux?.securityContext;
  const podSecurity = pod.linux?.securityContext;
  const options = security?.namespaceOptions ?? podSecurity?.namespaceOptions;
  const onHost = options?.pid === NamespaceMode.NODE || podSecurity?.namespaceOptions?.ipc === NamespaceMode.NODE;
  return selinuxLabels({
    options: security?.selinuxOptions ?? podSecurity?.selinuxOptions,
    host,
    sandboxId,
    unconfined: onHost || (security?.privileged ?? false),
    onLess,
  });
}

/** linux.uidMappings and gidMappings: runtimes that join a user namespace by its path learn its ids here. */
export function idMaps(mappings: IdMappings | undefined): Pick<OciSpec['linux'], 'uidMappings' | 'gidMappings'> {
  return mappings ? { uidMappings: [mappings.uid], gidMappings: [mappings.gid] } : {};
}

/** Refuses a user namespace where the handler has none, or the sandbox was made without. */
export function requireUserNamespace(
  mappings: IdMappings | undefined,
  handler: Pick<HandlerFacts, 'userNamespaces' | 'userNamespacesReason'>,
  namespaces?: Pick<PodNamespaces, 'user'>,
): void {
  if (!mappings) return;
  const field = 'linux.security_context.namespace_options.userns_options';
  if (!handler.userNamespaces) {
    throw unsupportedField(field, handler.userNamespacesReason || 'this handler has no user namespaces on this host');
  }
  if (namespaces && namespaces.user === undefined)
    throw invalidField(field, 'the sandbox was made without a user namespace');
}

function hooks(cdi: CdiEdits | undefined): Pick<OciSpec, 'hooks'> {
  const byKind: OciSpec['hooks'] = {};
  for (const { kind, hook } of cdi?.hooks ?? []) (byKind[kind] ??= []).push(hook);
  return Object.keys(byKind).length > 0 ? { hooks: byKind } : {};
}

function isPrivileged({ container, pod }: { container: SpecInput['container']; pod: PodSandboxConfig }): boolean {
  if (!container.linux?.securityContext?.privileged) return false;
  if (!pod.linux?.securityContext?.privileged) {
    throw invalidField('linux.security_context.privileged', 'a privileged container needs a privileged sandbox');
  }
  return true;
}
