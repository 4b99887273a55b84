export { bootId } from './boot.js';
export { monotonicMs, nowNanos } from './clock.js';
export { type Deadline, deadlineIn, earlier, hasPassed, later, noDeadline, timeLeft } from './deadline.js';
export { FirstSeen } from './first-seen.js';
export { Limit, type LimitOptions } from './limit.js';
export { DeadlineTimer } from './timer.js';
