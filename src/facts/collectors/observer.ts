import { userInfo } from 'node:os';
import type { Observer } from '../../model/evidence.js';
import { HERE } from '../../model/platform.js';
import { readMachineIdentity } from '../../system/observe/machine.js';
import { PACKAGE_VERSION } from '../../model/version.js';

/** Who we are and where we look from; who started us matters only where somebody listens. */
export function readObserver(): Omit<Observer, 'lineage'> {
  const uid = process.geteuid?.() ?? -1;
  return {
    pid: process.pid,
    uid,
    user: userName(uid),
    executable: process.execPath,
    packageVersion: PACKAGE_VERSION,
    platform: HERE.name,
    machine: readMachineIdentity(),
  };
}

/** A user id without an entry in the user database (containers) has no name. */
function userName(uid: number): string {
  try {
    return userInfo().username;
  } catch {
    return String(uid);
  }
}
