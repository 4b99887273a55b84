import { slipwayVersion } from '@slipway/config';

/** As kubelets and NRI plugins know the runtime. */
export const RUNTIME_NAME = 'slipway';
export const RUNTIME_VERSION = slipwayVersion;
