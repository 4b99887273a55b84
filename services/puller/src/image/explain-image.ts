import type { ExplainImageRequest, ExplainImageResponse } from '@slipway/contracts';
import type { Init } from '@slipway/protobuf';
import { credentialsOf } from '../pull/credentials-of.js';
import type { StageContext } from '@slipway/stage';
import { canonicalString, parseReference, type RegistryClient } from '@slipway/registry';

/** The hosts that a pull would ask by the current configuration; it asks none of them. */
export async function explainImage(
  { registry }: { readonly registry: RegistryClient },
  request: ExplainImageRequest,
  context: Pick<StageContext, 'secret' | 'signal'>,
): Promise<Init<ExplainImageResponse>> {
  const reference = parseReference(request.reference);
  const credentials = await credentialsOf(context);
  const { hosts, warnings, passed } = await registry.explain(reference, {
    signal: context.signal,
    ...(credentials ? { credentials } : {}),
  });
  return {
    reference: canonicalString(reference),
    hosts: hosts.map((host) => ({ ...host, capabilities: [...host.capabilities], settings: [...host.settings] })),
    warnings: [...warnings],
    passed: [...passed],
  };
}
