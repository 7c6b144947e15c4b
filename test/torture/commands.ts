import type { DoctorReport } from '../../src/report/report.js';
import type { RunResult, RunOptions } from '../support/product.js';
import type { World } from '../support/world.js';
import type { CommandName, TestListener } from './listeners.js';

/** The build under test. A weakened one shows that the torture test finds errors. */
export interface Subject {
  readonly bin?: string;
}

const WORDS: Readonly<Record<CommandName, readonly string[]>> = {
  doctor: ['auth', 'doctor', '--json'],
  'reset only safe_auto': ['auth', 'doctor', '--reset', '--only', 'safe_auto', '--json'],
  reset: ['auth', 'doctor', '--reset', '--json'],
  'sync now': ['sync', 'now', '--json'],
  'sync stop': ['sync', 'stop', '--json'],
  dashboard: ['dashboard', '--json'],
  'dashboard --stop': ['dashboard', '--stop', '--json'],
};
export const COMMANDS = Object.keys(WORDS) as [CommandName, ...CommandName[]];
const ENVIRONMENT = { SPEC_KITTY_ENABLE_SAAS_SYNC: '1' };

/** Runs a command in the project of the world. */
export function runCommand(
  world: World,
  name: CommandName,
  { bin }: Subject,
  options: RunOptions = {},
): Promise<RunResult> {
  return world.run(WORDS[name], {
    env: ENVIRONMENT,
    cwd: world.project,
    ...(bin === undefined ? {} : { bin }),
    ...options,
  });
}

export interface CommandRuns {
  readonly runs: readonly {
    readonly act: CommandName;
    readonly outcome: RunResult;
    readonly wasKilled: boolean;
  }[];
  /** PIDs that were reused by unrelated processes. */
  readonly recycled: readonly { readonly pid: number; readonly ended_by: number | null }[];
}

/**
 * Lists the listeners that exited or received a shutdown request although no command may end them.
 * @param isInDoubt whether the state file is corrupt, so that it is unknown which daemon of the root is recorded
 */
export function wrongfulEndings(
  members: readonly TestListener[],
  { runs, recycled }: CommandRuns,
  isInDoubt = false,
): readonly string[] {
  const unrelated = recycled.flatMap(({ pid, ended_by: signal }) =>
    signal === null ? [] : [`the unrelated process with the reused PID ${pid} was ended by signal ${signal}`],
  );
  return [
    ...unrelated,
    ...members.flatMap(({ kind, port, pid, alive, shutdownRequests, mayBeEndedBy, mayBeRecorded }) => {
      if (!(isInDoubt && mayBeRecorded) && runs.some(({ act }) => mayBeEndedBy.includes(act))) return [];
      const who = `${kind} on ${port} (PID ${pid})`;
      const wasEnded = !alive() && !recycled.some((number) => number.pid === pid);
      return [
        ...(wasEnded ? [`${who} was ended`] : []),
        ...(shutdownRequests() > 0 ? [`${who} was asked to leave`] : []),
      ];
    }),
  ];
}

/**
 * Checks that a command that was not killed exited without an internal error, and that its arrays match its candidates.
 */
export function reportErrors(
  act: CommandName,
  { code, signal, stdout, stderr }: RunResult,
): readonly string[] {
  const report = parse(stdout) as Partial<DoctorReport> | null;
  if (code === null || !report) return [`${act} ended with ${String(code ?? signal)}: ${stdout} ${stderr}`];
  if (/internal[ _]error/.test(stdout + stderr)) return [`${act} had an internal error: ${stdout} ${stderr}`];
  const { candidates, swept, skipped, failed } = report;
  if (!candidates || !swept || !skipped || !failed) return [];
  const key = ({ port, pid }: { port: number; pid: number | null }): string => `${port} ${String(pid)}`;
  const entries = [...swept, ...skipped, ...failed].map(key).sort();
  return JSON.stringify(entries) === JSON.stringify(candidates.map(key).sort())
    ? []
    : [`the arrays of ${act} do not match its candidates: ${entries.join(', ')}`];
}

export function parse(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return null;
  }
}
