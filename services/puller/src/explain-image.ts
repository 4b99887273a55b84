import type { ExplainImageRequest, ExplainImageResponse } from '@slipway/contracts';
import type { Init } from '@slipway/protobuf';
import { canonicalString, parseReference, type RegistryClient } from '@slipway/registry';

/** Which hosts a pull would ask, by the configuration as it stands now; none of them is asked. */
export async function explainImage(
  { registry }: { readonly registry: RegistryClient },
  request: ExplainImageRequest,
  signal: AbortSignal,
): Promise<Init<ExplainImageResponse>> {
  const reference = parseReference(request.reference);
  const credentials = request.auth ? { credentials: request.auth } : {};
  const { hosts, warnings, passed } = await registry.explain(reference, { signal, ...credentials });
  return {
    reference: canonicalString(reference),
    hosts: hosts.map((host) => ({ ...host, capabilities: [...host.capabilities], settings: [...host.settings] })),
    warnings: [...warnings],
    passed: [...passed],
  };
}
