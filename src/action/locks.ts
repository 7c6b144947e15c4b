import { join } from 'node:path';
import { ROOT_FILES } from '../model/root-files.js';
import { lockFile } from '../system/change/file-lock.js';
import { makePrivateFolder } from '../system/write/private-folder.js';

/** The locks of a sweep, or why it cannot begin. */
export type SweepLocks =
  | {
      readonly ok: true;
      /** Lets other starts go on: what was judged is held by then, and looked at again before each step. */
      releaseStartLock(): void;
      release(): void;
    }
  | { readonly ok: false; readonly message: string; readonly nextStep: string };

/** Longest time that anybody is made to wait for us, and that we wait for anybody, in milliseconds. */
const LOCK_MS = 1000;

/**
 * Takes two locks: our own, so that no two sweeps meet, without waiting; and the one that every release takes while it
 * starts a daemon, so that nobody starts one while we judge. The second is kept for at most one second.
 */
export async function takeSweepLocks(root: string): Promise<SweepLocks> {
  const path = join(root, ROOT_FILES.sweepLock);
  const trouble = makePrivateFolder(path);
  if (trouble !== null) return refuse(`cannot keep a journal in \`${root}\`: ${trouble}`, `make it writable`);
  const own = await lockFile(path, 0);
  if (own.kind === 'impossible') return refuse(`cannot lock: ${own.why}`, 'mend this, and run it again');
  if (own.kind === 'busy')
    return refuse('another reset of this root is under way', 'wait for it, and run it again');

  const start = await lockFile(join(root, ROOT_FILES.lock), LOCK_MS);
  if (start.kind !== 'held') {
    own.release();
    return start.kind === 'busy'
      ? refuse(
          `a daemon is being started: ${ROOT_FILES.lock} was not free within 1 s`,
          'run it again in a moment',
        )
      : refuse(`cannot lock: ${start.why}`, 'mend this, and run it again');
  }
  const timer = setTimeout(() => {
    start.release();
  }, LOCK_MS);
  const releaseStartLock = (): void => {
    clearTimeout(timer);
    start.release();
  };
  return {
    ok: true,
    releaseStartLock,
    release() {
      releaseStartLock();
      own.release();
    },
  };
}

function refuse(message: string, nextStep: string): SweepLocks {
  return { ok: false, message, nextStep };
}
