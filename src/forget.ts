import { openForgetJournal } from './enforcement/journal.js';
import { attemptUnderLock, lockExpired, takeResetLocks } from './enforcement/locks.js';
import { readRootNow, scanOwnListeners } from './examine.js';
import type { Machine } from './machine/machine.js';
import type { ForgetResult } from './model/forgotten.js';
import { recordNamed } from './model/root-checks.js';
import type { StateFile } from './model/root.js';
import type { RootEvidence } from './model/scan.js';
import { DAEMON_COMMANDS, type ForgetRequest, pathOfStateFile, proveEnded } from './proof-of-end.js';
import { inertName } from './text/terminal.js';

interface Failed {
  readonly ok: false;
  readonly message: string;
  readonly remedy: string;
}
type Outcome = { readonly ok: true; readonly result: ForgetResult } | Failed;

/**
 * Clears the state file of a root if it is proven that the daemon that it may name does not run (ADR 15): removes a file
 * that names a daemon, and puts aside one that cannot be parsed. Without its state file a healthy daemon looks like an
 * orphan, and a second one is started beside it, so any doubt prevents it. Proves it afresh under the locks of a reset:
 * no daemon is started, and no reset runs, at the same time. Signals nothing.
 */
export async function forgetDaemon(machine: Machine, request: ForgetRequest): Promise<Outcome> {
  const { observer } = machine;
  const { family, root } = request;
  const { directory, stateFile } = readRootNow(observer, family, root);
  // Returns before locks and a journal create files in a root that nothing uses.
  if (directory.kind === 'missing' || (directory.kind === 'directory' && stateFile.kind === 'absent'))
    return done(nothing(request));
  const outcome = await attemptUnderLock(observer, async (keepMs): Promise<Outcome | null> => {
    const locks = await takeResetLocks(machine, family, root, keepMs);
    if (!locks.ok) return locks;
    try {
      const scanned = await scanOwnListeners(observer, family, root);
      const found = await proveEnded(observer, scanned, request);
      // A daemon may have been started since the scan.
      if (!locks.start.isHeld()) return null;
      if (scanned.scan.root.stateFile.kind === 'absent') return done(nothing(request));
      return found.kind === 'gone' ? clear(machine, scanned.scan.root, request, found.proof) : done(found);
    } finally {
      locks.release();
    }
  });
  if (outcome !== null) return outcome;
  const { why, remedy } = lockExpired(observer);
  return { ok: false, message: `${why}: nothing was done`, remedy };
}

function done(result: ForgetResult): Outcome {
  return { ok: true, result };
}

function nothing(request: ForgetRequest): ForgetResult {
  return {
    kind: 'nothing',
    detail: `there is nothing to forget: ${inertName(pathOfStateFile(request))} does not exist`,
  };
}

/** Journals the act, and clears the state file if it is still the one that was judged. */
function clear(machine: Machine, judged: RootEvidence, request: ForgetRequest, proof: string): Outcome {
  const { observer, actor } = machine;
  const { family, root } = request;
  const path = pathOfStateFile(request);
  // Released dashboards are started without the lock, and write the file at any time.
  const now = readRootNow(observer, family, root).stateFile;
  if (!isSameContent(now, judged.stateFile))
    return failed(`${inertName(path)} was written meanwhile`, 'run it again');
  const named = judged.stateFile.kind === 'read' ? judged.stateFile : null;
  const journal = openForgetJournal(machine, family, root, DAEMON_COMMANDS[family].forget, {
    pid: recordNamed(judged)?.pid ?? named?.pid ?? 0,
    port: named?.port ?? 0,
  });
  const unwritable = journal.intend(proof);
  if (unwritable !== null)
    return failed(
      `the journal cannot be written, so nothing was done: ${unwritable}`,
      'repair what is named, and run it again',
    );
  const time = observer.clock
    .now()
    .toISOString()
    .replaceAll(/[-:]|\.\d+/g, '');
  const movedTo = `${path}.${time}.unusable`;
  const problem = named ? actor.files.remove(path) : actor.files.rename(path, movedTo);
  journal.conclude(problem === null ? (named ? 'removed' : 'put_aside') : 'failed: internal_error', problem);
  if (problem !== null)
    return failed(
      `${inertName(path)} cannot be ${named ? 'removed' : 'renamed'}: ${problem}`,
      'make the folder writable',
    );
  return done(
    named
      ? { kind: 'removed', detail: `removed ${inertName(path)}: ${proof}` }
      : {
          kind: 'put_aside',
          detail: `put ${inertName(path)} aside as ${inertName(movedTo)}: ${proof}`,
          movedTo,
        },
  );
}

function failed(message: string, remedy: string): Failed {
  return { ok: false, message, remedy };
}

function isSameContent(one: StateFile, other: StateFile): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
