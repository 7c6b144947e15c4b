import { join } from 'node:path';
import { explainPath } from '../enforcement/root-problem.js';
import type { Machine } from '../machine/machine.js';
import type { FileEnd } from '../model/evidence.js';
import { remedyText } from '../model/root-problem.js';
import { DAEMON_FILES } from '../model/root.js';
import { runtimeRoot } from '../sync/runtime-root.js';
import type { SyncLogsReport } from '../sync/status.js';
import { formatJson } from '../text/json.js';
import { inertName } from '../text/terminal.js';
import { EXIT, type ExitCode, reportFailure, textOf } from './output.js';

const MOST_LINES = 40;
/** Bytes read from the end of the log, which released daemons let grow without a limit. */
const LAST_BYTES = 64 * 1024;

/** `spec-kitty sync logs`: the last lines of the log of the sync daemons, and where the log is. */
export function syncLogs(machine: Machine, json: boolean): ExitCode {
  const { observer, actor } = machine;
  const root = runtimeRoot(observer, observer.self.environment);
  if (!root.ok) return reportFailure(machine, root, json);
  const path = join(root.path, DAEMON_FILES.sync.log);
  const log = observer.files.readEnd(path, LAST_BYTES);
  if (log.kind === 'unreadable') {
    const found = explainPath(observer, path, 'read');
    const remedy = found ? remedyText(found.remedy) : 'let this user read the file';
    return reportFailure(machine, { message: `cannot read ${inertName(path)}: ${log.why}`, remedy }, json);
  }
  const older = observer.files.readEnd(`${path}.1`, LAST_BYTES);
  const report: SyncLogsReport = {
    schema_version: 1,
    command: 'sync logs',
    path,
    // Just after a rotation, the last lines are in the older file.
    lines: [older, log].flatMap(linesOf).slice(-MOST_LINES),
  };
  const head = report.lines.length === 0 ? 'Nothing was logged yet' : 'Log';
  actor.terminal.print(json ? formatJson(report) : textOf([`${head}: ${inertName(path)}`, ...report.lines]));
  return EXIT.done;
}

function linesOf(file: FileEnd): readonly string[] {
  return file.kind === 'read' ? file.text.split('\n').filter((line) => line !== '') : [];
}
