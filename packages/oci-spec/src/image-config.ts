import { SlipwayError } from '@slipway/errors';

/** The part of an image's config that shapes a container: OCI image-spec config.md, "config" object. */
export interface ImageConfig {
  /** `user[:group]`, names or numbers; empty means root. */
  user: string;
  /** `NAME=value`. */
  env: string[];
  entrypoint: string[];
  cmd: string[];
  workingDir: string;
  stopSignal: string;
  /** Absolute paths of declared volumes. */
  volumes: string[];
}

type Json = Record<string, unknown>;

/**
 * Reads an image's config JSON. null and missing fields are alike, as Docker writes both.
 * @throws SlipwayError IMAGE_INVALID
 */
export function parseImageConfig(bytes: Uint8Array | string): ImageConfig {
  let parsed: unknown;
  try {
    parsed = JSON.parse(typeof bytes === 'string' ? bytes : new TextDecoder('utf-8').decode(bytes));
  } catch (cause) {
    throw new SlipwayError('IMAGE_INVALID', 'the image config is no JSON', { cause });
  }
  if (!isObject(parsed)) throw new SlipwayError('IMAGE_INVALID', 'the image config is no JSON object');
  const config = parsed.config ?? {};
  if (!isObject(config)) throw fault('config', 'an object');
  return {
    user: text(config, 'User'),
    env: texts(config, 'Env'),
    entrypoint: texts(config, 'Entrypoint'),
    cmd: texts(config, 'Cmd'),
    workingDir: text(config, 'WorkingDir'),
    stopSignal: text(config, 'StopSignal'),
    volumes: isObject(config.Volumes) ? Object.keys(config.Volumes) : [],
  };
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(config: Json, key: string): string {
  const value = config[key] ?? '';
  if (typeof value !== 'string') throw fault(`config.${key}`, 'a string');
  return value;
}

function texts(config: Json, key: string): string[] {
  const value = config[key] ?? [];
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) {
    throw fault(`config.${key}`, 'a list of strings');
  }
  return value;
}

function fault(field: string, wanted: string): SlipwayError {
  return new SlipwayError('IMAGE_INVALID', `image ${field} is not ${wanted}`);
}
