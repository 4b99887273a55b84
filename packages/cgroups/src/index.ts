export { relativeCgroup } from './cgroup-path.js';
export { ensureCgroup, moveProcesses, removeCgroup } from './directories.js';
export { thawCgroup } from './freezer.js';
export { type CgroupMode, type Cgroups, detectCgroups } from './hierarchies.js';
export { oomKilled } from './oom.js';
export { killCgroup, type KillOptions, pidsInCgroup } from './processes.js';
export { makeSubCgroup, type SubCgroup } from './sub-cgroup.js';
