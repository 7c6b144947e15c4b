import { platformNamed } from '../model/platform.js';
import { NOT_A_DIRECTORY } from '../model/evidence.js';
import { isRecordedElsewhere, mayRunElsewhere, trustIssueOf } from '../model/root-checks.js';
import { inertName, shellQuote } from '../text/terminal.js';
import { isRecordedThirdParty, orphansRemedy, recordedThirdPartyRemedy } from './remedy.js';
import { remaining, type ReportInput, scanNow } from './report-input.js';
import type { Finding } from './report.js';
import { listensOn, remedyForError, stateFileRemedy } from './state-file-remedy.js';

/** Reports what is wrong with our own root, independent of the listeners. */
export function rootFindings(input: ReportInput): readonly Finding[] {
  const directory = aboutDirectory(input);
  // If the directory is unusable, its files are missing for the same reason.
  return directory.length > 0
    ? directory
    : [...aboutTrust(input), ...aboutStateFile(input), ...aboutThirdParty(input), ...aboutRecords(input)];
}

function aboutDirectory(input: ReportInput): Finding[] {
  const { path, directory } = scanNow(input).root;
  if (directory.kind !== 'unreadable') return [];
  const isFile = directory.why === NOT_A_DIRECTORY;
  const { rootProblem } = input;
  const why = isFile ? directory.why : (rootProblem?.detail ?? directory.why);
  const summary = `the runtime root ${inertName(path)} cannot be used: ${why}`;
  const remediation = rootProblem?.remedy ?? {
    command: null,
    effect: isFile ? 'set SPEC_KITTY_HOME to a folder' : remedyForError(directory.why),
  };
  return [{ id: 'own_root_unusable', severity: 'attention', summary, remediation }];
}

function aboutTrust(input: ReportInput): Finding[] {
  const scan = scanNow(input);
  const { root, context } = scan;
  const issue = trustIssueOf('sync', root, context.uid);
  if (!issue) return [];
  const summary = `${inertName(issue.path)} ${issue.detail}, who could make the live daemon look like an orphan`;
  const remediation = stateFileRemedy(root, scan, input);
  return [{ id: 'root_not_trusted', severity: 'attention', summary, remediation }];
}

function aboutStateFile(input: ReportInput): Finding[] {
  const { reset, invocation } = input;
  const scan = scanNow(input);
  const { root, context } = scan;
  const { stateFile, recordedProcess, path } = root;
  const mayListen = stateFile.kind !== 'read' || listensOn(stateFile.port, scan);
  if (reset?.cleared.kind === 'cleared') {
    const summary = `removed the state file, whose daemon (port ${reset.cleared.port}) was gone`;
    return [{ id: 'state_file_cleared', severity: 'info', summary, remediation: null }];
  }
  if (reset?.cleared.kind === 'failed') {
    const summary = `the state file names a daemon that is gone, and could not be removed: ${reset.cleared.why}`;
    const effect = 'removes it, if its daemon is proven again to have ended';
    const forgets = platformNamed(context.platform).runsDaemons
      ? { command: `${invocation} sync forget`, effect }
      : stateFileRemedy(root, scan, input);
    const remediation = input.rootProblem?.remedy ?? forgets;
    return [{ id: 'state_file_stale', severity: 'attention', summary, remediation }];
  }
  if (stateFile.kind === 'unreadable' || stateFile.kind === 'malformed') {
    const summary = `the state file ${inertName(path)}/sync-daemon cannot be used: ${stateFile.why}`;
    // The problem names the owner of an unreadable file. A malformed one can be read, and its text is in doubt.
    const problem = stateFile.kind === 'unreadable' ? input.rootProblem : null;
    const remediation = problem?.remedy ?? stateFileRemedy(root, scan, input);
    return [{ id: 'state_file_unusable', severity: 'attention', summary, remediation }];
  }
  if (isRecordedElsewhere(root, context.machine) || (!mayListen && mayRunElsewhere(root, context))) {
    const summary =
      'the daemon of this root runs, or may run, where this command cannot look: none is started here, and no daemon that may be it is retired';
    const remediation = stateFileRemedy(root, scan, input);
    return [{ id: 'recorded_elsewhere', severity: 'info', summary, remediation }];
  }
  if (stateFile.kind === 'read' && recordedProcess.kind === 'gone' && !mayListen) {
    const summary = `the state file names PID ${recordedProcess.pid}, which is gone`;
    const remediation = orphansRemedy(invocation, 'removes it');
    return [{ id: 'state_file_stale', severity: 'info', summary, remediation }];
  }
  return [];
}

/** Reports a third-party listener that the state file names: no daemon is started while it may be the recorded one. */
function aboutThirdParty(input: ReportInput): Finding[] {
  return remaining(input)
    .filter(isRecordedThirdParty)
    .map((candidate) => {
      const { pid, port } = candidate.identity;
      return {
        id: 'third_party_recorded',
        severity: 'attention',
        summary: `the state file names PID ${String(pid)} on port ${port}, which is another program: no daemon can be started`,
        remediation: recordedThirdPartyRemedy(candidate),
      };
    });
}

/** Reports unusable identity records, because a daemon whose record is unusable cannot prove its identity. */
function aboutRecords(input: ReportInput): Finding[] {
  const unusable = scanNow(input).root.records.filter((file) => file.kind === 'unusable');
  const [first] = unusable;
  if (!first) return [];
  const others = unusable.length > 1 ? `, and ${unusable.length - 1} more like it` : '';
  const summary = `the identity record ${inertName(first.file)} cannot be used: ${first.why}${others}`;
  const effect = 'puts it aside; a daemon that it belongs to then retires within 30 s';
  // A folder that this user may not use is the cause of what is wrong with its records.
  const problem = input.rootProblem?.remedy;
  const remediation =
    problem ??
    (first.file.endsWith('.json')
      ? { command: `mv -- ${shellQuote(first.file)} ${shellQuote(`${first.file}.unusable`)}`, effect }
      : { command: null, effect: remedyForError(first.why) });
  return [{ id: 'record_unusable', severity: 'attention', summary, remediation }];
}
