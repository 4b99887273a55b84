export { examine, planInstall, type Report } from './examine.js';
export type { DoctorSettings, Probes } from './node.js';
export type { Finding, Level } from './finding.js';
export type { Plan, PlannedFile } from './plan.js';
export { Root } from './root.js';
export { migrationSteps, type Step } from './steps.js';
