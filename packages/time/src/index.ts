export { monotonicMs, nowNanos, WallClock } from './clock.js';
export { type Deadline, deadlineIn, earlier, hasPassed, later, noDeadline, timeLeft } from './deadline.js';
export { Limit, type LimitOptions } from './limit.js';
export { DeadlineTimer } from './timer.js';
