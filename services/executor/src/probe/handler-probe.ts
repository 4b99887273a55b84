import { HandlerInfo } from '@slipway/contracts';
import type { PodSandboxConfig } from '@slipway/cri';
import { isSlipwayError, toSlipwayError } from '@slipway/errors';
import { boundingSet } from '@slipway/linux';
import { requireUserNamespace, userNamespace } from '@slipway/oci-spec';
import { deadlineIn, Limit } from '@slipway/time';
import type { Call } from '../context.js';
import type { SandboxContext } from '../sandbox/context.js';
import { checkpointProblem } from './checkpoints.js';
import { runtimeFeatures } from './features.js';
import { requireKnownContainers } from './known-containers.js';
import { failedForRoom } from './room.js';
import { clearTrials, runTrial, TrialTooSlow } from './trial.js';
import { tryUserNamespaces } from './user-namespaces.js';

/** For all that a probe asks besides its trials, which have limits of their own. */
const probeMs = 300_000;
const versionMs = 60_000;
/** A trial that fails for want of time is repeated with twice as much, up to this. */
const longestTrialMs = 120_000;
/** A handler that does not work is tried again, ever later: what it lacks may come, and a busy machine passes. */
const firstRetryMs = 1000;
const longestRetryMs = 30_000;
/** The reason while nothing is known. */
const probing = 'probing';

export interface ProbeOptions {
  /** The handler works only if its binary knows containers that run already: another one may have made them. */
  knowsContainers?: boolean;
}

/**
 * A handler's description and features on this host: reported by its binary and the kernel, and shown by a
 * trial container. Until the trial has ended the handler is not ready, with the reason "probing".
 */
export class HandlerProbe {
  readonly #context: SandboxContext;
  readonly #closing = new AbortController();
  #info: HandlerInfo;
  #retry: NodeJS.Timeout | undefined;
  #retryMs = firstRetryMs;
  #trialMs: number;
  #trial: Promise<void> = Promise.resolve();

  private constructor(
    context: SandboxContext,
    instance: string,
    readonly options: ProbeOptions,
  ) {
    const { handler, runtime, cgroups, settings } = context;
    this.#context = context;
    this.#trialMs = settings.runtime.trialMs;
    const own = settings.runtime.handlers[handler];
    this.#info = HandlerInfo.create({
      name: handler,
      kind: runtime.kind,
      path: own?.path ?? runtime.path,
      reason: probing,
      userNamespacesReason: probing,
      checkpointsReason: probing,
      sandboxIsContainer: runtime.capabilities.sandboxIsContainer,
      cgroupDriver: settings.cgroup.driver,
      cgroupParent: settings.cgroup.parent,
      passAnnotations: own?.passAnnotations ?? [],
      infra: own?.infra ?? 'auto',
      cgroupMode: cgroups.mode,
      capabilities: [...boundingSet()],
      instance,
    });
  }

  /** Asks the binary for its version, and begins the trial in the background. */
  static async open(context: SandboxContext, instance: string, options: ProbeOptions = {}): Promise<HandlerProbe> {
    const probe = new HandlerProbe(context, instance, options);
    await probe.#askVersion();
    probe.#begin();
    return probe;
  }

  /** The current description. */
  describe(): HandlerInfo {
    const { ready, reason } = this.#context.network.status();
    return { ...this.#info, networkReady: ready, networkReason: reason };
  }

  /** Refuses a pod with a user namespace where the trial has shown that there are none. Throws UNSUPPORTED, INVALID_REQUEST. */
  async requireUserNamespaces(config: PodSandboxConfig | undefined): Promise<void> {
    const wanted = userNamespace(config?.linux?.securityContext?.namespaceOptions);
    if (!wanted) return;
    await this.settled();
    requireUserNamespace(wanted, this.#info);
  }

  /** Resolves when the trial that runs now has ended. */
  settled(): Promise<void> {
    return this.#trial;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.#retry);
    await this.#trial;
  }

  async #askVersion(): Promise<void> {
    try {
      const version = await this.#context.runtime.version({ deadline: deadlineIn(versionMs) });
      this.#info = { ...this.#info, version };
    } catch (error) {
      this.#info = { ...this.#info, reason: toSlipwayError(error).message };
    }
  }

  #begin(): void {
    this.#trial = this.#probe().catch((error: unknown) => {
      if (this.#closing.signal.aborted) return;
      this.#failed(error);
      if (error instanceof TrialTooSlow) {
        this.#trialMs = Math.max(this.#trialMs, Math.min(this.#trialMs * 2, longestTrialMs));
      }
      this.#retry = setTimeout(() => this.#begin(), this.#retryMs);
      this.#retryMs = Math.min(this.#retryMs * 2, longestRetryMs);
      this.#retry.unref();
    });
  }

  /**
   * A trial that finds no room says nothing of the handler. It stays what it was, and one that was never tried is taken
   * to work: kubelets stop and remove no pods with a runtime that is not ready, and a full disk would stay full.
   */
  #failed(error: unknown): void {
    const { log } = this.#context;
    const known = toSlipwayError(error);
    if (failedForRoom(this.#context, error)) {
      const works = this.#info.reason === probing && !this.options.knowsContainers;
      if (works) this.#info = { ...this.#info, ready: true, reason: '' };
      log.error({ err: error }, 'the handler cannot be tried now: there is no room for a trial');
      return;
    }
    this.#info = { ...this.#info, ready: false, reason: isSlipwayError(error) ? error.describe() : known.message };
    log.error({ err: error }, 'the handler does not work on this host');
  }

  async #probe(): Promise<void> {
    const { runtime, log } = this.#context;
    const ms = probeMs + 3 * this.#trialMs;
    using limit = new Limit({ ms, signals: [this.#closing.signal] });
    const call: Call = { deadline: deadlineIn(ms), signal: limit.signal, log };
    const began = performance.now();
    await clearTrials(this.#context, call);
    const { mountOptions, seccomp, recursiveReadOnly } = await runtimeFeatures(runtime, call);
    const shown = await this.#try(recursiveReadOnly, call);
    if (this.options.knowsContainers) await requireKnownContainers(this.#context, call);
    const info = {
      ...this.#info,
      ready: true,
      reason: '',
      mountOptions,
      seccomp,
      recursiveReadOnlyMounts: recursiveReadOnly ?? shown,
    };
    this.#info = info;
    const userNamespacesReason = await this.#tryUserNamespaces(call);
    const userNamespaces = userNamespacesReason === '';
    const checkpointsReason = await checkpointProblem(runtime, call);
    this.#info = { ...info, userNamespaces, userNamespacesReason, checkpointsReason };
    const { version } = info;
    log.info({ version, seccomp, userNamespaces, ms: Math.round(performance.now() - began) }, 'the handler works');
  }

  /** Answers why there are no user namespaces; empty when a container ran in one. */
  async #tryUserNamespaces(call: Call): Promise<string> {
    const { hostKernel, title } = this.#context.runtime.capabilities;
    if (!hostKernel) return `${title} keeps its containers in a user namespace of its own`;
    try {
      await tryUserNamespaces(this.#context, call);
      return '';
    } catch (error) {
      call.signal.throwIfAborted();
      const reason = toSlipwayError(error).message;
      call.log.warn({ err: error }, 'pods cannot have user namespaces on this host');
      return reason;
    }
  }

  /** Answers whether the trial showed recursive read-only mounts; asked for only where nothing else tells. */
  async #try(reported: boolean | undefined, call: Call): Promise<boolean> {
    if (reported !== undefined)
      return (await runTrial(this.#context, { recursiveReadOnly: false, ms: this.#trialMs }, call)).recursiveReadOnly;
    try {
      return (await runTrial(this.#context, { recursiveReadOnly: true, ms: this.#trialMs }, call)).recursiveReadOnly;
    } catch (error) {
      call.signal.throwIfAborted();
      if (error instanceof TrialTooSlow) throw error;
      // Perhaps this binary only does not know the mount option.
      call.log.debug({ err: error }, 'no trial with a recursive read-only mount');
      return (await runTrial(this.#context, { recursiveReadOnly: false, ms: this.#trialMs }, call)).recursiveReadOnly;
    }
  }
}
