import { isIPv6 } from 'node:net';
import { SlipwayError } from '@slipway/errors';
import { type Digest, digestFault } from '@slipway/digest';

/** A parsed, normal image reference (distribution/reference's grammar and Docker's familiar names). */
export interface Reference {
  /** `docker.io`, `localhost:5000`, `[::1]:5000`; host names in the case they were written. */
  readonly registry: string;
  /** `library/alpine`: the path below the registry. */
  readonly repository: string;
  /** Absent for a reference that has a digest only. */
  readonly tag?: string;
  readonly digest?: Digest;
  /** As the caller wrote it. */
  readonly original: string;
}

const maxNameLength = 255;
/** More than a name, a tag and a sha512 digest can have together. */
const maxTextLength = 1024;
const defaultRegistry = 'docker.io';
const component = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const tagForm = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const hostLabel = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const hostForm = new RegExp(`^(?:${hostLabel}(?:\\.${hostLabel})*|\\[[0-9a-fA-F:]+\\])(?::([0-9]+))?$`);

/**
 * Reads an image reference and brings it to its normal form: `alpine` becomes `docker.io/library/alpine:latest`.
 * A reference with a digest gets no default tag; with both a tag and a digest, the digest decides what is fetched.
 * INVALID_REFERENCE says what is wrong.
 */
export function parseReference(text: string): Reference {
  const fail = (reason: string): never => {
    const shown = text.length > maxTextLength ? `${text.slice(0, 100)}…` : text;
    throw new SlipwayError('INVALID_REFERENCE', `invalid image reference "${shown}": ${reason}`, {
      object: `image ${shown}`,
    });
  };
  if (text.length > maxTextLength) return fail(`it has ${text.length} characters, more than ${maxTextLength}`);
  if (text === '') return fail('it is empty');
  if (text !== text.trim() || /\s/.test(text)) return fail('it contains white space');
  if (/^[a-z]+:\/\//i.test(text)) return fail('it must not start with a scheme such as https://');
  if (/^[0-9a-f]{64}$/.test(text)) return fail('64 hex digits are an image id, not a name');

  let rest = text;
  let digest: Digest | undefined;
  const at = rest.indexOf('@');
  if (at >= 0) {
    const digestText = rest.slice(at + 1);
    const fault = digestFault(digestText);
    if (fault) return fail(fault);
    digest = digestText as Digest;
    rest = rest.slice(0, at);
  }
  let tag: string | undefined;
  const colon = rest.lastIndexOf(':');
  if (colon > rest.lastIndexOf('/') && !isHostAlone(rest)) {
    tag = rest.slice(colon + 1);
    rest = rest.slice(0, colon);
    if (!tagForm.test(tag))
      return fail(
        tag === '' ? 'the tag is empty' : `tag "${tag}" is not 1 to 128 of A-Z a-z 0-9 _ . - (first not . or -)`,
      );
  }
  if (rest === '') return fail('the name is empty');

  const { registry, repository } = splitName(rest);
  const host = hostForm.exec(registry);
  if (!host) return fail(`"${registry}" is not a host name with an optional port`);
  if (registry.startsWith('[') && !isIPv6(registry.slice(1, registry.indexOf(']'))))
    return fail(`"${registry}" is not an IPv6 address in brackets`);
  if (host[1] !== undefined && (Number(host[1]) < 1 || Number(host[1]) > 65535))
    return fail(`port ${host[1]} is not 1 to 65535`);
  if (repository === '') return fail('the repository name is missing after the host');
  for (const part of repository.split('/')) {
    if (part === '') return fail('the repository name has an empty part');
    if (part !== part.toLowerCase()) return fail(`repository name "${repository}" must be lower case`);
    if (!component.test(part))
      return fail(`"${part}" is not a valid part of a repository name (a-z 0-9, single . or _, __ or - between)`);
  }
  if (`${registry}/${repository}`.length > maxNameLength)
    return fail(`the name is longer than ${maxNameLength} characters`);
  if (tag === undefined && digest === undefined) tag = 'latest';
  return {
    registry,
    repository,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
    original: text,
  };
}

/** `localhost:5000` has no repository: not a tag, and no repository either. IPv6 hosts hold colons of their own. */
function isHostAlone(name: string): boolean {
  return !name.includes('/') && name.startsWith('[');
}

/**
 * The first part is a host only when it looks like one: it has a dot, a colon or an upper-case letter, or is
 * `localhost`. Otherwise the name is Docker Hub's.
 */
function splitName(name: string): { registry: string; repository: string } {
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  const isHost = first !== '' && (/[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase());
  let registry = isHost ? first : defaultRegistry;
  let repository = isHost ? name.slice(slash + 1) : name;
  if (slash < 0 && name.startsWith('[')) return { registry: name, repository: '' };
  if (registry === 'index.docker.io') registry = defaultRegistry;
  if (registry === defaultRegistry && repository !== '' && !repository.includes('/'))
    repository = `library/${repository}`;
  return { registry, repository };
}

/** `docker.io/library/alpine`. */
export function repositoryName(ref: Reference): string {
  return `${ref.registry}/${ref.repository}`;
}

/** `docker.io/library/alpine:3.20`, or undefined for a reference that has a digest only. It goes to Image.repo_tags. */
export function repoTag(ref: Reference): string | undefined {
  return ref.tag === undefined ? undefined : `${repositoryName(ref)}:${ref.tag}`;
}

/** `docker.io/library/alpine@sha256:…`. It goes to Image.repo_digests. */
export function repoDigest(ref: Reference, digest: Digest): string {
  return `${repositoryName(ref)}@${digest}`;
}

/** The whole normal form: name, tag and digest as far as given. */
export function canonicalString(ref: Reference): string {
  return `${repositoryName(ref)}${ref.tag === undefined ? '' : `:${ref.tag}`}${ref.digest === undefined ? '' : `@${ref.digest}`}`;
}

/** The short form that people write: `alpine:3.20` for `docker.io/library/alpine:3.20`. */
export function familiarString(ref: Reference): string {
  let name = repositoryName(ref);
  if (ref.registry === defaultRegistry) {
    const path = ref.repository;
    name = /^library\/[^/]+$/.test(path) ? path.slice('library/'.length) : path;
  }
  return `${name}${ref.tag === undefined ? '' : `:${ref.tag}`}${ref.digest === undefined ? '' : `@${ref.digest}`}`;
}

/** The host that serves a registry's API: Docker Hub's is not `docker.io`. */
export function apiHost(registry: string): string {
  return registry === defaultRegistry ? 'registry-1.docker.io' : registry;
}

/** Whether a registry (`host`, `host:port`, `[::1]:port`) is this machine's loopback, where plain http is allowed. */
export function isLoopback(registry: string): boolean {
  const host = registry.startsWith('[') ? registry.slice(1, registry.indexOf(']')) : registry.replace(/:\d+$/, '');
  return host === 'localhost' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}
