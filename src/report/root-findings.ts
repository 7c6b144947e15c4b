import { isInRange } from '../model/family.js';
import { NOT_A_DIRECTORY } from '../model/evidence.js';
import type { Finding } from '../model/report.js';
import { distrustOf } from '../model/root-trust.js';
import { rootNow } from './remaining.js';
import type { ReportInput } from './report-input.js';
import { shellQuote } from './shell-quote.js';
import { cureOf, stateFileRemedy } from './state-file-remedy.js';

/** What is wrong with our own root, whoever listens. */
export function rootFindings(input: ReportInput): readonly Finding[] {
  const directory = aboutDirectory(input);
  // Where it is none, everything in it is missing for the same reason.
  return directory.length > 0
    ? directory
    : [...aboutTrust(input), ...aboutStateFile(input), ...aboutRecords(input)];
}

function aboutDirectory(input: ReportInput): Finding[] {
  const { path, directory } = rootNow(input);
  if (directory.kind !== 'unreadable') return [];
  const summary = `the runtime root ${path} cannot be looked into: ${directory.why}`;
  const effect =
    directory.why === NOT_A_DIRECTORY ? 'set SPEC_KITTY_HOME to a folder' : cureOf(directory.why);
  return [
    { id: 'own_root_unusable', severity: 'attention', summary, remediation: { command: null, effect } },
  ];
}

function aboutTrust(input: ReportInput): Finding[] {
  const root = rootNow(input);
  const { observer } = input.examination.facts;
  const distrust = distrustOf('sync', root, observer.uid);
  if (!distrust) return [];
  const summary = `${distrust.path} ${distrust.why}, who could make the live daemon look like an orphan`;
  const remediation = stateFileRemedy(root, observer);
  return [{ id: 'root_not_trusted', severity: 'attention', summary, remediation }];
}

function aboutStateFile(input: ReportInput): Finding[] {
  const { reset, invocation, examination } = input;
  const { facts } = examination;
  const root = rootNow(input);
  const { stateFile, recordedProcess, path } = root;
  if (reset?.cleared.kind === 'cleared') {
    const summary = `removed the state file, which named nobody any more (port ${reset.cleared.port})`;
    return [{ id: 'state_file_cleared', severity: 'info', summary, remediation: null }];
  }
  if (reset?.cleared.kind === 'failed') {
    const summary = `the state file names nobody and could not be removed: ${reset.cleared.why}`;
    const remediation = { command: `rm -- ${shellQuote(reset.cleared.path)}`, effect: 'removes it' };
    return [{ id: 'state_file_stale', severity: 'attention', summary, remediation }];
  }
  if (stateFile.kind === 'unreadable' || stateFile.kind === 'malformed') {
    const summary = `the state file ${path}/sync-daemon cannot be used: ${stateFile.why}`;
    const remediation = stateFileRemedy(root, facts.observer);
    return [{ id: 'state_file_unusable', severity: 'attention', summary, remediation }];
  }
  if (stateFile.kind === 'read' && recordedProcess.kind === 'gone' && !listensOn(stateFile.port, facts)) {
    const summary = `the state file names PID ${recordedProcess.pid}, which is gone`;
    const effect = 'removes it; from within a container it is left alone';
    const remediation = { command: `${invocation} auth doctor --reset`, effect };
    return [{ id: 'state_file_stale', severity: 'info', summary, remediation }];
  }
  return [];
}

/** A daemon cannot prove itself by a record that nobody can use, so its operator has to hear of it. */
function aboutRecords(input: ReportInput): Finding[] {
  const unusable = rootNow(input).records.filter((file) => file.kind === 'unusable');
  const [first] = unusable;
  if (!first) return [];
  const others = unusable.length > 1 ? `, and ${unusable.length - 1} more like it` : '';
  const summary = `the identity record ${first.file} cannot be used: ${first.why}${others}`;
  const effect = 'puts it aside; a daemon that it is the record of then leaves within 30 s';
  const remediation = first.file.endsWith('.json')
    ? { command: `mv -- ${shellQuote(first.file)} ${shellQuote(`${first.file}.unusable`)}`, effect }
    : { command: null, effect: cureOf(first.why) };
  return [{ id: 'record_unusable', severity: 'attention', summary, remediation }];
}

function listensOn(port: number, { listeners }: ReportInput['examination']['facts']): boolean {
  // Outside the range we did not look.
  if (!listeners.ok || !isInRange(port, 'sync')) return true;
  return listeners.value.some(({ socket }) => socket.port === port);
}
