import { isInRange } from '../model/family.js';
import { mayBeNamed } from '../model/named-daemon.js';
import { platformNamed } from '../model/platform.js';
import {
  isRecordedElsewhere,
  isSameDirectory,
  recordNamed,
  trustIssueOf,
  unseenPlaceOf,
} from '../model/root-checks.js';
import { DAEMON_FILES } from '../model/root.js';
import type { RootEvidence, Scan } from '../model/scan.js';
import { ifItStays, inertName, shellQuote, sudoAs } from '../text/terminal.js';
import type { PrintedCommands } from './report-input.js';
import type { Remediation } from './report.js';

/**
 * Returns the step if a root's state file leaves open whether a healthy daemon is the live daemon of the root. No step
 * moves or removes the file by hand, because without it the daemon would look like an orphan: `sync forget` proves that
 * the daemon has ended before it clears the file. It is not printed where it would certainly refuse: for a file that
 * this user cannot read, and while a process is seen that may be the daemon.
 */
export function stateFileRemedy(
  root: RootEvidence,
  scan: Scan,
  { invocation, accountName }: PrintedCommands,
): Remediation {
  const { uid, machine } = scan.context;
  const { stateFile } = root;
  const shown = inertName(`${root.path}/${DAEMON_FILES.sync.stateFile}`);
  if (!root.inOurTree) return inWords(`run doctor inside its container: ${shown} is another file here`);
  const issue = trustIssueOf('sync', root, uid);
  if (issue?.kind === 'others_can_write') {
    return {
      command: `chmod go-w -- ${shellQuote(issue.path)}`,
      effect: 'takes the right to write it from others; look first at what they may have written',
    };
  }
  if (issue?.path === root.path) {
    return {
      command: `${sudoAs(accountName(issue.owner), `SPEC_KITTY_HOME=${shellQuote(root.path)}`)} ${invocation} auth doctor`,
      effect:
        'runs doctor as the user whose root this is; with a root of your own, set SPEC_KITTY_HOME to it',
    };
  }
  if (issue)
    return inWords(
      `${inertName(issue.path)} ${issue.detail}: its daemon may be one of that user, who has to end it and to remove the file`,
    );
  if (stateFile.kind === 'unreadable')
    return inWords(`${shown}: ${remedyForError(stateFile.why)}, then look again`);
  if (stateFile.kind === 'read' && !isRecordedElsewhere(root, machine) && listensOn(stateFile.port, scan)) {
    const pid = recordNamed(root)?.pid ?? stateFile.pid;
    const who = pid === null ? '' : `PID ${pid} and `;
    return inWords(
      `${shown} names ${who}port ${stateFile.port}, where a process listens that may be the daemon of this root: see what it is, and retire the daemons that are not in use, each by its PID`,
    );
  }
  const running = runningDaemon(root);
  if (running !== null && stateFile.kind === 'malformed')
    return inWords(
      `${shown} cannot be parsed, and PID ${running} may be the daemon that it names, although it listens on no port here: see what it is with \`ps -ww -fp ${running}\`; if it is not in use, end it there`,
    );
  if (running !== null)
    return inWords(
      `${shown} names the daemon with PID ${running}, which listens on no port here: it runs in another network namespace, such as a container; if it is not needed, run \`${invocation} sync stop\` there`,
    );
  if (stateFile.kind !== 'read') {
    const possible = possibleDaemons(root, scan);
    if (possible.length > 0)
      return {
        command: `kill ${possible.join(' ')}`,
        effect: `retires ${possible.length === 1 ? 'the daemon' : 'the daemons'} that ${shown} may mean, also when in use: the file cannot be parsed; the next command starts one; ${ifItStays(possible)}`,
      };
  }
  if (!platformNamed(scan.context.platform).runsDaemons) return inWords(replacedByRelease(shown));
  const elsewhere = root.path === scan.root.path ? '' : `SPEC_KITTY_HOME=${shellQuote(root.path)} `;
  return {
    command: `${elsewhere}${invocation} sync forget`,
    effect:
      unseenPlaceOf(root, scan.context) === null
        ? 'clears the state file, after it has proven again that the daemon that it may name has ended'
        : 'clears the state file if its daemon is proven to have ended, and else says where to look first; if the daemon runs, `sync stop` there retires it',
  };
}

/** The step on a system where `sync forget` refuses, because nothing there proves that a daemon has ended. */
function replacedByRelease(stateFile: string): string {
  return `look whether the daemon that ${stateFile} names still runs; the release that wrote the file replaces it when it starts the next daemon`;
}

/** Returns the PID of the recorded daemon if it certainly runs and listens on no port here; else null. */
function runningDaemon({ recordedDaemonPid, recordedProcess }: RootEvidence): number | null {
  if (recordedDaemonPid !== undefined) return recordedDaemonPid;
  return recordedProcess.kind === 'alive' && recordedProcess.isDaemon === true ? recordedProcess.pid : null;
}

/** Returns the PIDs of the listeners that a state file which cannot be parsed may mean. */
function possibleDaemons(root: RootEvidence, { family, listeners }: Scan): readonly number[] {
  if (!listeners.ok) return [];
  const pids = listeners.value.flatMap(({ holder, roots }) => {
    if (holder.kind !== 'known') return [];
    const isOfOtherRoot = (): boolean =>
      roots.ok &&
      roots.value.length > 0 &&
      roots.value.every(
        ({ directory }) =>
          directory.kind === 'directory' &&
          root.directory.kind === 'directory' &&
          !isSameDirectory(directory, root.directory),
      );
    return mayBeNamed(family, root, holder.process, isOfOtherRoot) ? [holder.process.pid] : [];
  });
  return [...new Set(pids)];
}

/** Whether a process listens on a port, or may: the ports outside the range are not scanned. */
export function listensOn(port: number, { listeners }: Scan): boolean {
  if (!listeners.ok || !isInRange(port, 'sync')) return true;
  return listeners.value.some(({ socket }) => socket.port === port);
}

/**
 * Returns what to do about a file or folder that could not be read, in words.
 * @param code the error code of the failed read
 */
export function remedyForError(code: string): string {
  switch (code) {
    case 'EMFILE':
    case 'ENFILE':
      return `raise the limit of open files (${code})`;
    case 'EACCES':
    case 'EPERM':
      return `give your user read permission (${code})`;
    default:
      return `repair what keeps it from being read (${code})`;
  }
}

/** Returns a step that no single command on this machine does. */
export function inWords(effect: string): Remediation {
  return { command: null, effect };
}
