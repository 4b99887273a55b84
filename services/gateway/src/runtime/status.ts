import type { HandlerInfo } from '@slipway/contracts';
import type { RuntimeCondition, RuntimeHandler } from '@slipway/cri';
import type { Init } from '@slipway/protobuf';
import { capabilitiesOf } from '@slipway/runtime-kinds';
import { pingStage } from '@slipway/stage';
import type { Gateway } from '../context.js';
import { type DiskProblem, findDiskProblem, leastBytes } from '../disk.js';
import type { RuntimeRpcs } from '../server/rpc-table.js';

/**
 * RuntimeReady is true when Redis and a stage of each kind answer and the default
 * handler works; NetworkReady when that handler's executor has a CNI list to run.
 */
export const status: RuntimeRpcs['status'] = async (gateway, request) => {
  const [handlers, defaultName] = [await gateway.handlers.all(), await gateway.handlers.defaultName()];
  const chosen = handlers.find((info) => info.name === defaultName);
  const runtimeProblem = await findRuntimeProblem(gateway, defaultName, chosen);
  const networkProblem = chosen ? (chosen.networkReady ? '' : chosen.networkReason) : 'no executor answers';
  return {
    status: {
      conditions: [
        condition('RuntimeReady', 'StageNotReady', runtimeProblem),
        condition('NetworkReady', 'NetworkPluginNotReady', networkProblem),
        ...diskConditions(await findProblem(gateway.settings)),
        ...nullHandlers(handlers),
      ],
    },
    runtimeHandlers: runtimeHandlers(handlers, chosen),
    features: { supplementalGroupsPolicy: true },
    info: request.verbose ? { config: JSON.stringify(gateway.settings), handlers: JSON.stringify(handlers) } : {},
  };
};

function condition(type: string, reason: string, problem: string): Init<RuntimeCondition> {
  return problem === '' ? { type, status: true } : { type, status: false, reason, message: problem };
}

/** State of both directories; the one with pods and images comes first. */
async function findProblem({ root, state }: Gateway['settings']): Promise<DiskProblem | undefined> {
  return (await findDiskProblem(root, leastBytes.root)) ?? (await findDiskProblem(state, leastBytes.state));
}

/**
 * Told as long as there is such a problem. RuntimeReady stays true with it: a kubelet does not sync its pods with a
 * runtime that is not ready, and so would neither stop nor remove any, which is what frees the disk.
 */
function diskConditions(problem: DiskProblem | undefined): Init<RuntimeCondition>[] {
  return problem ? [condition('DiskReady', problem.reason, problem.message)] : [];
}

/** Reported while such handlers exist, so that nobody takes one for a runtime; kubelets read only the two other conditions. */
function nullHandlers(handlers: HandlerInfo[]): Init<RuntimeCondition>[] {
  const names = handlers.filter(({ kind }) => !capabilitiesOf(kind).runsContainers).map(({ name }) => name);
  if (names.length === 0) return [];
  const problem = `${names.join(', ')}: of kind null: its pods are records and run nothing; for load tests`;
  return [condition('HandlersRunContainers', 'NullHandler', problem)];
}

/** Reasons why pods cannot run, for people; empty when there are none. */
async function findRuntimeProblem(gateway: Gateway, name: string, info: HandlerInfo | undefined): Promise<string> {
  const [puller, builder, redis] = await Promise.all([
    pingStage(gateway.bus, 'puller'),
    pingStage(gateway.bus, 'builder'),
    gateway.records.ping().then(
      () => '',
      (error: Error) => error.message,
    ),
  ]);
  const problems = [
    redis,
    puller ? '' : 'no puller answers',
    builder ? '' : 'no builder answers',
    info ? (info.ready ? '' : `handler ${name}: ${info.reason}`) : `no executor of the handler ${name} answers`,
  ];
  return problems.filter(Boolean).join('; ');
}

/** Each handler under its name, and the default one under the empty name too (CRI, RuntimeHandler.name). */
function runtimeHandlers(handlers: HandlerInfo[], chosen: HandlerInfo | undefined): Init<RuntimeHandler>[] {
  const entry = (name: string, info: HandlerInfo): Init<RuntimeHandler> => ({
    name,
    features: { recursiveReadOnlyMounts: info.recursiveReadOnlyMounts, userNamespaces: info.userNamespaces },
  });
  const usable = handlers.filter((info) => info.ready);
  return [...(chosen?.ready ? [entry('', chosen)] : []), ...usable.map((info) => entry(info.name, info))];
}
