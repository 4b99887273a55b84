import { cutText } from '@slipway/errors';
import pino, { type Logger, type LoggerOptions } from 'pino';
import { PrettyStream } from './pretty.js';

export type { Logger } from 'pino';

export interface LogOptions {
  /** gateway, puller, builder, executor, or the command that speaks. */
  stage: string;
  /** Tells instances of a stage apart. */
  instance?: string | undefined;
  handler?: string | undefined;
  level?: string | undefined;
  /** Lines for people instead of JSON; default: where the output is a terminal. */
  pretty?: boolean | undefined;
  /** Default: the process's standard error, written synchronously. */
  destination?: { write(line: string): void } | undefined;
}

/**
 * A logger whose lines carry the stage and instance. Give the fields `operation`,
 * `sandbox`, `container`, `image` and `err` where they are known, and start the
 * message in lower case with what happened.
 */
export function createLogger(options: LogOptions): Logger {
  const base: Record<string, string> = {
    stage: options.stage,
    ...(options.handler ? { handler: options.handler } : {}),
    ...(options.instance ? { instance: options.instance } : {}),
  };
  const settings: LoggerOptions = {
    level: options.level ?? 'info',
    base,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }), log: (fields) => withoutKeysOf(base, fields) },
    serializers: { err: serializeError, error: serializeError },
  };
  const pretty = options.pretty ?? (options.destination === undefined && process.stderr.isTTY);
  if (pretty) return pino(settings, new PrettyStream(options.destination ?? process.stderr));
  return pino(settings, options.destination ?? pino.destination({ dest: 2, sync: true }));
}

/** JSON readers disagree about a key that occurs twice: the logger's own keeps its name, another value is renamed. */
function withoutKeysOf(
  base: Readonly<Record<string, string>>,
  fields: Record<string, unknown>,
): Record<string, unknown> {
  if (!Object.keys(fields).some((key) => key in base)) return fields;
  const kept = Object.entries(fields).filter(([key, value]) => base[key] !== value);
  return Object.fromEntries(kept.map(([key, value]) => [key in base ? `about.${key}` : key, value]));
}

const maxCauseBytes = 1024;

/**
 * An error with its stable code, what it is about and what to do, and its causes' messages; a stack only for defects.
 * Every log line is bounded, also those of libraries.
 */
function serializeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { code, object, hint } = error as { code?: unknown; object?: unknown; hint?: unknown };
  const causes: string[] = [];
  for (let cause = error.cause; cause instanceof Error && causes.length < 5; cause = cause.cause) {
    causes.push(cutText(cause.message, maxCauseBytes));
  }
  const operational = typeof code === 'string' && code !== 'INTERNAL';
  return {
    message: cutText(error.message),
    ...(code === undefined ? {} : { code }),
    ...(object === undefined ? {} : { object }),
    ...(hint === undefined ? {} : { hint }),
    ...(causes.length > 0 ? { causes } : {}),
    ...(operational ? {} : { stack: error.stack === undefined ? undefined : cutText(error.stack) }),
  };
}
