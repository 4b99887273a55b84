export { type DoctorSettings, examine, type Probes, type Report } from './examine.js';
export type { Finding, Level } from './finding.js';
export { Root } from './root.js';
export { migrationSteps, type Step } from './steps.js';
