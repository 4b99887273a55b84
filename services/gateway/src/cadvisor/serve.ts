import { Server, type ServiceDefinition, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { handedSocket } from '@slipway/service';
import type { AnyMethod, CallObservation } from '@slipway/stage';
import type { Gateway } from '../context.js';
import { RUNTIME_NAME, RUNTIME_VERSION } from '../runtime-name.js';
import { definitionOf, type GrpcListener, listen } from '../server/grpc-socket.js';
import { type AnyRpc, unaryHandler } from '../server/unary-handler.js';
import { getContainer } from './container.js';
import { Containers } from './gen/containers.js';
import { Tasks } from './gen/tasks.js';
import { Version } from './gen/version.js';
import { getTask } from './task.js';

/** The calls that cAdvisor makes; every other call of containerd's API is answered UNIMPLEMENTED. */
const services: readonly { name: string; method: AnyMethod; rpc: AnyRpc }[] = [
  { name: Containers.name, method: Containers.methods.get, rpc: getContainer },
  { name: Tasks.name, method: Tasks.methods.get, rpc: getTask },
  {
    name: Version.name,
    method: Version.methods.version,
    rpc: () => Promise.resolve({ version: RUNTIME_VERSION, revision: RUNTIME_NAME }),
  },
];

/**
 * Serves the three read-only calls of containerd's API by which the cAdvisor in a kubelet learns which container a
 * cgroup belongs to. It knows the APIs of containerd and CRI-O only, and leaves the cgroups of other runtimes without
 * the labels `container`, `pod` and `namespace`. The kubelet's flag --containerd names this socket.
 */
export async function serveCadvisor(
  gateway: Gateway,
  socket: string,
  observe: (call: CallObservation) => void,
): Promise<GrpcListener> {
  const server = new Server();
  for (const { name, method, rpc } of services) {
    const definition: Record<string, ServiceDefinition[string]> = { [method.name]: definitionOf(name, method, false) };
    const handlers: UntypedServiceImplementation = {
      [method.name]: unaryHandler(gateway, 'containerd', method, rpc, observe),
    };
    server.addService(definition, handlers);
  }
  return await listen(gateway, server, { path: socket, mode: 0o600, fd: handedSocket('cadvisor') });
}
