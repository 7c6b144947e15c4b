import { join } from 'node:path';
import { LONGEST_START_SECONDS } from './enforcement/starting-elsewhere.js';
import type { IdentifiedScan } from './examine.js';
import type { Observer } from './machine/machine.js';
import { type Family, isInRange } from './model/family.js';
import type { ForgetResult } from './model/forgotten.js';
import { lockNameOf } from './model/identity-record.js';
import {
  isFromEarlierBoot,
  recordNamed,
  trustIssueOf,
  type Unseen,
  unseenPlaceOf,
} from './model/root-checks.js';
import { DAEMON_FILES } from './model/root.js';
import type { RootEvidence } from './model/scan.js';
import { findPossibleDaemon, type PossibleDaemon } from './scan/running-daemon.js';
import { ifItStays, inertName, shellQuote } from './text/terminal.js';

export interface ForgetRequest {
  readonly family: Family;
  readonly root: string;
  /**
   * Whether the operator has said that the daemon has ended where this command cannot look. What it can see is proven
   * all the same.
   */
  readonly endedElsewhere: boolean;
  /** How this program is called in a printed command. */
  readonly invocation: string;
}

/** The words of each family's commands. */
export const DAEMON_COMMANDS = {
  sync: { forget: 'sync forget', stop: 'sync stop' },
  dashboard: { forget: 'dashboard --forget', stop: 'dashboard --stop' },
} as const;

type Refused = Extract<ForgetResult, { kind: 'refused' }>;

/** That the daemon has ended, with the proof; or why that is not proven, and what to do then. */
export type ProofOfEnd = Refused | { readonly kind: 'gone'; readonly proof: string };

/**
 * Proves that the daemon that a state file may name has ended: nothing shows that it may live, and there is no place
 * where it may live unseen, or the operator has looked there (ADR 15). Reads only.
 */
export async function proveEnded(
  observer: Observer,
  scanned: IdentifiedScan,
  request: ForgetRequest,
): Promise<ProofOfEnd> {
  const { root, context } = scanned.scan;
  const record = recordNamed(root);
  const lock = record?.holdsLock
    ? join(root.path, DAEMON_FILES[request.family].identityFolder, lockNameOf(record.id))
    : null;
  const possible = await findPossibleDaemon(observer, request.family, root);
  const kept =
    fileInDoubt(root, context.uid, request) ??
    (possible && mayRunHere(observer, possible, scanned, request)) ??
    (lock === null ? null : await mayHaveLock(observer, lock, root, request)) ??
    (await mayListenHere(observer, scanned)) ??
    mayBeStarting(observer, scanned);
  if (kept) return kept;
  if (lock !== null && (await observer.files.isReleased(lock, record?.lockFileSystem ?? null)))
    return gone('the daemon that it names has ended: nothing has its lock');
  if (isFromEarlierBoot(root, context))
    return gone('the daemon that it names ran before the last boot of this machine');
  const unseen = unseenPlaceOf(root, context);
  if (unseen === null)
    return gone(
      root.stateFile.kind === 'read'
        ? 'no process of this machine is, or may be, the daemon that it names'
        : 'it names no daemon, and no daemon of this root runs on this machine',
    );
  return request.endedElsewhere
    ? gone('you said that its daemon has ended elsewhere, and nothing here shows that it runs')
    : mayRunUnseen(root, unseen, request);
}

function gone(proof: string): ProofOfEnd {
  return { kind: 'gone', proof };
}

function refused(detail: string, command: string | null, effect: string): Refused {
  return { kind: 'refused', detail, remedy: { command, effect } };
}

/** Refuses a file that another user may have written, and one that cannot be read: it may be perfectly good. */
function fileInDoubt(root: RootEvidence, uid: number, request: ForgetRequest): Refused | null {
  const issue = trustIssueOf(request.family, root, uid);
  if (issue?.kind === 'others_can_write')
    return refused(
      `${inertName(issue.path)} ${issue.detail}, who may have written it in place of a good one`,
      `chmod go-w -- ${shellQuote(issue.path)}`,
      'takes this right from them; look at what they may have written, then run it again',
    );
  if (issue) return refused(`${inertName(issue.path)} ${issue.detail}`, null, 'run it as that user');
  const { stateFile } = root;
  return stateFile.kind === 'unreadable'
    ? refused(
        `${inertName(pathOfStateFile(request))} cannot be read: ${stateFile.why}`,
        null,
        'repair what keeps it from being read, and keep the file: it may be good',
      )
    : null;
}

/** Refuses because of a process that may be the daemon, with what ends, resumes or shows that process. */
function mayRunHere(
  { processes }: Observer,
  { pid, detail }: PossibleDaemon,
  { candidates }: IdentifiedScan,
  { family, invocation }: ForgetRequest,
): Refused {
  if (pid === null) return refused(detail, null, 'run it where /proc can be read');
  const candidate = candidates.find(({ identity }) => identity.pid === pid);
  if (!candidate)
    return refused(
      detail,
      null,
      `it may be in use, here or in another network namespace such as a container: if it is not, \`${invocation} ${DAEMON_COMMANDS[family].stop}\` there or \`kill ${pid}\` retires it; ${ifItStays([pid])}`,
    );
  const isLive = candidate.facts.recorded_singleton === 'yes' && candidate.facts.responder === family;
  if (isLive)
    return refused(
      `${detail}, and it answers`,
      `${invocation} ${DAEMON_COMMANDS[family].stop}`,
      'stops it, and removes the file, if it is not needed',
    );
  const activity = processes.activity(pid);
  const suspension = activity.ok ? activity.value.suspension : null;
  if (suspension?.kind === 'stopped')
    return refused(`${detail}, and it is suspended`, `kill -CONT ${pid}`, 'resumes it');
  if (suspension)
    return refused(`${detail}, and it is suspended`, `${invocation} auth doctor`, 'says how to resume it');
  return refused(
    detail,
    `kill ${pid}`,
    `retires it; look at it first with \`ps -ww -o pid,user,lstart,command -p ${pid}\`: it may be in use; ${ifItStays([pid])}`,
  );
}

/** Refuses because the daemon has its lock, wherever it runs, or because the lock cannot be tried. */
async function mayHaveLock(
  observer: Observer,
  lock: string,
  root: RootEvidence,
  { family, invocation }: ForgetRequest,
): Promise<Refused | null> {
  const isLocked = await observer.files.isLocked(lock);
  if (!isLocked.ok)
    return refused(
      `the lock of the daemon cannot be tried (${isLocked.why})`,
      null,
      'repair that, and run it again',
    );
  return isLocked.value
    ? refused(
        `the daemon that it names lives: it has its lock (${placeOf(root)})`,
        null,
        `run \`${invocation} ${DAEMON_COMMANDS[family].stop}\` there, if it is not needed`,
      )
    : null;
}

/**
 * Refuses because of a socket that may be the daemon's, or pass on what it answers. The socket of another user is not;
 * that of the superuser may be.
 */
async function mayListenHere(
  observer: Observer,
  { scan, candidates }: IdentifiedScan,
): Promise<Refused | null> {
  const { root, context, listeners } = scan;
  const { stateFile } = root;
  if (!listeners.ok)
    return refused(`the ports cannot be read: ${listeners.why}`, null, 'run it where /proc can be read');
  if (stateFile.kind !== 'read') {
    const hidden = listeners.value.find(
      ({ socket, holder }) => holder.kind !== 'known' && (socket.uid === context.uid || socket.uid === 0),
    );
    return hidden ? showListener(hidden.socket.port) : null;
  }
  const { port } = stateFile;
  const sockets = await observer.sockets.listening((other) => other === port);
  if (!sockets.ok)
    return refused(`the ports cannot be read: ${sockets.why}`, null, 'run it where /proc can be read');
  if (isInRange(port, scan.family)) {
    const isListed = (address: string): boolean => sockets.value.some((socket) => socket.address === address);
    const lacks = await observer.sockets.lacksListener(port, isListed);
    if (!lacks.ok || lacks.value) return showListener(port);
  }
  // A process with the command line of a daemon passes on nothing, and is another daemon: the processes were searched.
  const isDaemon = (id: string): boolean =>
    candidates.some(({ evidence: { socket }, shape }) => socket.id === id && shape !== null);
  return sockets.value.some(({ uid, id }) => (uid === context.uid || uid === 0) && !isDaemon(id))
    ? showListener(port)
    : null;
}

function showListener(port: number): Refused {
  return refused(
    `a process that may be the daemon, or passes on its answers, listens on port ${port}`,
    `sudo ss -ltnp 'sport = :${port}'`,
    'shows which process listens there: end it if it is not in use, then run it again',
  );
}

/** Refuses while a released dashboard may be about to write the file: it is started without the lock. */
function mayBeStarting(observer: Observer, { candidates }: IdentifiedScan): Refused | null {
  const young = candidates.find(
    ({ shape, facts, evidence: { holder } }) =>
      shape?.generation === 'dashboard' &&
      facts.root_marker !== 'other' &&
      holder.kind === 'known' &&
      !(observer.processes.minimumAgeSeconds(holder.process) >= LONGEST_START_SECONDS),
  );
  return young
    ? refused(
        `PID ${String(young.identity.pid)} started less than ${LONGEST_START_SECONDS} s ago, and may be about to write the file`,
        null,
        'run it again in half a minute',
      )
    : null;
}

const WHERE: Readonly<Record<Unseen, string>> = {
  another_machine: 'on that machine',
  other_processes: 'on the machine outside this container, and in every other container with this root',
  hidden_processes:
    'among the processes that /proc hides from this user (mount option hidepid), which the superuser sees',
  superuser: 'as a process of the superuser, who wrote the file',
};

/** Refuses because the daemon may run where this command cannot look, with what the operator has to check there. */
function mayRunUnseen(root: RootEvidence, unseen: Unseen, { family, invocation }: ForgetRequest): Refused {
  const id = recordNamed(root)?.id;
  const search = id === undefined ? SEARCH[family] : `pgrep -fa ${id}`;
  return refused(
    `whether the daemon has ended cannot be seen from here: it may run ${WHERE[unseen]} (${placeOf(root)})`,
    `${invocation} ${DAEMON_COMMANDS[family].forget} --ended-elsewhere`,
    `only after \`${search}\` has shown no such daemon ${WHERE[unseen]}: if it still runs, a second one is started beside it, and a reset retires the first as an orphan`,
  );
}

const SEARCH: Readonly<Record<Family, string>> = {
  sync: "pgrep -fa 'run_sync_daemon|sync-daemon.cjs'",
  dashboard: "pgrep -fa 'run_dashboard_server|dashboard-server.cjs'",
};

/** Describes where the recorded daemon ran, as far as its record says. */
function placeOf(root: RootEvidence): string {
  const record = recordNamed(root);
  const { stateFile } = root;
  if (stateFile.kind !== 'read') return 'the file does not say where';
  if (!record) return `port ${stateFile.port}, PID ${String(stateFile.pid ?? 'unknown')} there`;
  const { pid, port, networkNamespace, machineId } = record;
  return `PID ${pid} there, port ${port}, network namespace ${networkNamespace ?? 'unknown'}, machine-id ${machineId ?? 'unknown'}`;
}

export function pathOfStateFile({ family, root }: ForgetRequest): string {
  return join(root, DAEMON_FILES[family].stateFile);
}
