import type { HandlerSettings, Settings } from './settings.js';

/** An executor that a node is to have: a handler's own, or a further one. */
export interface ConfiguredExecutor {
  /** A handler's own executor is called as the handler. */
  name: string;
  handler: string;
  /** The handler's. */
  kind: HandlerSettings['kind'];
  /** The binary: a path, or a name to be looked for. */
  path: string;
  /** Arguments before the sub-command, where they are not the handler's. */
  options: string[] | undefined;
  enabled: boolean;
  instances: number;
  drained: boolean;
}

/** Every executor that the settings name, the enabled ones and the others. */
export function configuredExecutors({ runtime, scale }: Pick<Settings, 'runtime' | 'scale'>): ConfiguredExecutor[] {
  const own = Object.entries(runtime.handlers).map(([name, { kind, path, enabled, instances, drained }]) => {
    const count = instances || scale.executor;
    return { name, handler: name, kind, path, options: undefined, enabled, instances: count, drained };
  });
  const further = Object.entries(runtime.executors).map(([name, executor]) => {
    // The settings hold no executor of a handler that is not there.
    const { kind, path } = runtime.handlers[executor.handler] as HandlerSettings;
    return {
      ...executor,
      name,
      kind,
      path: executor.path || path,
      options: executor.options.length > 0 ? executor.options : undefined,
      instances: executor.instances || scale.executor,
    };
  });
  return [...own, ...further];
}

/** The handlers for which the settings want an executor. */
export function servedHandlers(settings: Pick<Settings, 'runtime' | 'scale'>): string[] {
  const wanted = configuredExecutors(settings).filter(({ enabled }) => enabled);
  return [...new Set(wanted.map(({ handler }) => handler))];
}
