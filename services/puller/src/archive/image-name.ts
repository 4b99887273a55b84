import { SlipwayError } from '@slipway/errors';
import { parseReference, type Reference } from '@slipway/registry';

/**
 * The reference that an archive's name means. A tag only, which the OCI annotation may be, belongs to the
 * repository that the caller named; undefined where it named none.
 */
export function archivedReference(name: string, repository: string): Reference | undefined {
  if (/[/:]/.test(name)) return parseReference(name);
  return repository === '' ? undefined : parseReference(`${repository}:${name}`);
}

/** The caller's repository, checked: no tag, no digest. Empty stays empty. */
export function checkedRepository(name: string): string {
  if (name === '') return '';
  const { digest, tag } = parseReference(name);
  if (digest || (tag !== undefined && name.endsWith(`:${tag}`))) {
    throw new SlipwayError('INVALID_REQUEST', `${name} must be only a repository's name, without tag or digest`);
  }
  return name;
}
