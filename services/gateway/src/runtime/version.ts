import { RUNTIME_NAME, RUNTIME_VERSION } from '../runtime-name.js';
import type { RuntimeRpcs } from '../server/rpc-table.js';

/**
 * `version` is the version of the kubelet's own runtime API: always 0.1.0, and
 * kubelets up to 1.20 refuse anything else. `runtime_api_version` is what was asked in.
 */
export const version: RuntimeRpcs['version'] = async (_gateway, _request, call) => ({
  version: '0.1.0',
  runtimeName: RUNTIME_NAME,
  runtimeVersion: RUNTIME_VERSION,
  runtimeApiVersion: call.apiVersion,
});
