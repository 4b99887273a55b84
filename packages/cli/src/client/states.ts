import { ContainerState, PodSandboxState } from '@slipway/cri';

const names: Record<number, string> = {
  [ContainerState.CONTAINER_CREATED]: 'created',
  [ContainerState.CONTAINER_RUNNING]: 'running',
  [ContainerState.CONTAINER_EXITED]: 'exited',
};

export function containerState(state: ContainerState): string {
  return names[state] ?? 'unknown';
}

export function podState(state: PodSandboxState): string {
  return state === PodSandboxState.SANDBOX_READY ? 'ready' : 'not ready';
}
