/** The part of this stage that changes something, loaded when something is to be changed. The plan is apart, and pure. */
export { clearStaleRecords } from './clear-stale-records.js';
export { clearStaleStateFile } from './clear-state-file.js';
export { openJournal } from './journal.js';
export { LOCK_MS, takeResetLocks, takeStartLock, takeSweepLock, TRIES_UNDER_LOCK } from './locks.js';
export { requestOf } from './request.js';
export { withoutStarting } from './starting-elsewhere.js';
export { holdTargets, leaveAlone, sweep } from './sweep.js';
