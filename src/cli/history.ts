import { Command, Option } from 'commander';
import { explainPath } from '../enforcement/root-problem.js';
import { journalOf } from '../examine.js';
import type { Machine, Observer } from '../machine/machine.js';
import type { HistoryAct } from '../model/journal.js';
import { remedyText } from '../model/root-problem.js';
import { withoutConfirmations } from '../report/acts.js';
import { actWords, reasonWords } from '../report/words.js';
import { runtimeRoot } from '../sync/runtime-root.js';
import { formatJson } from '../text/json.js';
import { hangingTable } from '../text/layout.js';
import { escapeForTerminal, inertName } from '../text/terminal.js';
import { addHelpSections } from './help.js';
import { EXIT, type ExitCode, nextStep, reportFailure, screenOf, textOf } from './output.js';

/** `spec-kitty history`: what was done to the daemons of the runtime root. */
export function historyCommand(machine: Machine, exitWith: (code: ExitCode) => void): Command {
  const command = new Command('history')
    .description('show the journal of this runtime root: when who did what to which daemon, and why')
    .addOption(new Option('--json', 'print one JSON document (schemas/history-report.schema.json)'))
    .allowExcessArguments(false)
    .action(({ json = false }: { readonly json?: boolean }) => {
      exitWith(history(machine, json));
    });
  return addHelpSections(command, machine.observer, {
    notes:
      'Newest first, at most the last thousand entries. Times are local; --json has them in UTC. An act without a result was begun by a command that was killed.',
    examples: [
      ['spec-kitty history', 'who stopped which daemon, when, and why'],
      ['spec-kitty history --json', 'for a program'],
    ],
    exitCodes: `${EXIT.done} shown, also where nothing was done yet, ${EXIT.couldNot} the journal could not be read, or a part of it`,
  });
}

/** The document of `history --json`, described by `schemas/history-report.schema.json`. It contains no secret. */
export interface HistoryReport {
  readonly schema_version: 1;
  readonly command: 'history';
  readonly root: string;
  /** The journal. An older part of it is beside it, in a file whose name has `.1` at its end. */
  readonly journal: string;
  /** Newest first. */
  readonly acts: readonly HistoryAct[];
  /** The files of the journal that could not be read. */
  readonly unreadable: readonly UnreadableFile[];
}

interface UnreadableFile {
  readonly path: string;
  readonly why: string;
  readonly next_step: string;
}

const MOST_ACTS = 1000;

function history(machine: Machine, json: boolean): ExitCode {
  const { observer, actor } = machine;
  const root = runtimeRoot(observer, observer.self.environment);
  if (!root.ok) return reportFailure(machine, root, json);
  const { path, acts, unreadable } = journalOf(observer, 'sync', root.path);
  const report: HistoryReport = {
    schema_version: 1,
    command: 'history',
    root: root.path,
    journal: path,
    acts: acts.slice(0, MOST_ACTS),
    unreadable: unreadable.map((file) => ({ ...file, next_step: stepFor(observer, file.path) })),
  };
  if (json) actor.terminal.print(formatJson(report));
  else {
    actor.terminal.print(reportText(report, screenOf(machine).columns));
    for (const { path: file, why, next_step: step } of report.unreadable)
      actor.terminal.writeError(
        textOf([`spec-kitty: cannot read ${inertName(file)}: ${why}`, ...nextStep(step)]),
      );
  }
  return report.unreadable.length === 0 ? EXIT.done : EXIT.couldNot;
}

function stepFor(observer: Observer, path: string): string {
  const found = explainPath(observer, path, 'read');
  return found ? remedyText(found.remedy) : 'let this user read the file, or put it aside';
}

function reportText({ acts, journal, unreadable }: HistoryReport, columns: number): string {
  const place = `Journal: ${inertName(journal)}`;
  const rows = withoutConfirmations(acts).map(rowOf);
  if (rows.length > 0) return `${place}\n\n${hangingTable([HEAD, ...rows], columns).join('\n')}\n`;
  return unreadable.length > 0 ? `${place}\n` : `Nothing was done yet.\n${place}\n`;
}

const HEAD = ['WHEN', 'PORT', 'PID', 'WHAT, WHY, AND BY WHICH COMMAND'];

function rowOf({
  at,
  asked_by: askedBy,
  port,
  pid,
  result,
  reason,
  event,
  detail,
}: HistoryAct): readonly string[] {
  // A retirement says its reason as its result, and a forget has no reason but its detail.
  const why = event === 'intent' ? [reasonWords(reason ?? 'proven_orphan')] : [];
  const what = result === null ? 'begun, and never finished' : actWords(result);
  return [
    localTime(new Date(at)),
    port === 0 ? '-' : String(port),
    pid === 0 ? '-' : String(pid),
    `${[what, ...why, ...(detail === null ? [] : [detail])].join(': ')} (${askedBy})`,
  ].map(escapeForTerminal);
}

/** Formats a time in the time zone of the user. */
function localTime(time: Date): string {
  const two = (number: number): string => String(number).padStart(2, '0');
  const day = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join('-');
  return `${day} ${[time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':')}`;
}
