import type { DoctorReport } from '../../src/report/report.js';
import type { Outcome, RunOptions } from '../support/product.js';
import type { World } from '../support/world.js';
import type { Act, Member } from './cast.js';

/** Which program is tortured; a weakened one shows that the rig can see. */
export interface Subject {
  readonly bin?: string;
}

const WORDS: Readonly<Record<Act, readonly string[]>> = {
  doctor: ['auth', 'doctor', '--json'],
  'reset only safe_auto': ['auth', 'doctor', '--reset', '--only', 'safe_auto', '--json'],
  reset: ['auth', 'doctor', '--reset', '--json'],
  'sync now': ['sync', 'now', '--json'],
  'sync stop': ['sync', 'stop', '--json'],
  dashboard: ['dashboard', '--json'],
  'dashboard --stop': ['dashboard', '--stop', '--json'],
};
export const ACTS = Object.keys(WORDS) as [Act, ...Act[]];
const ENVIRONMENT = { SPEC_KITTY_ENABLE_SAAS_SYNC: '1' };

/** Runs one of them, in the project of the world. */
export function act(world: World, name: Act, { bin }: Subject, options: RunOptions = {}): Promise<Outcome> {
  return world.run(WORDS[name], {
    env: ENVIRONMENT,
    cwd: world.project,
    ...(bin === undefined ? {} : { bin }),
    ...options,
  });
}

export interface Chaos {
  readonly runs: readonly { readonly act: Act; readonly outcome: Outcome; readonly wasKilled: boolean }[];
  /** Numbers that passed to innocent processes. */
  readonly recycled: readonly { readonly pid: number; readonly ended_by: number | null }[];
}

/**
 * Who ended, or was asked to, without one of the commands being allowed to.
 * @param isInDoubt nobody can tell which daemon of the root is recorded
 */
export function fatesOf(
  members: readonly Member[],
  { runs, recycled }: Chaos,
  isInDoubt = false,
): readonly string[] {
  const innocents = recycled.flatMap(({ pid, ended_by: signal }) =>
    signal === null ? [] : [`the innocent new owner of PID ${pid} was ended by signal ${signal}`],
  );
  return [
    ...innocents,
    ...members.flatMap(({ kind, port, pid, alive, asked, mayGo, mayBeRecorded }) => {
      if (!(isInDoubt && mayBeRecorded) && runs.some(({ act }) => mayGo.includes(act))) return [];
      const who = `${kind} on ${port} (PID ${pid})`;
      const wasEnded = !alive() && !recycled.some((number) => number.pid === pid);
      return [
        ...(wasEnded ? [`${who} was ended`] : []),
        ...(asked() > 0 ? [`${who} was asked to leave`] : []),
      ];
    }),
  ];
}

/** A command that was not killed ends properly, and its report adds up. */
export function runTrouble(act: Act, { code, signal, stdout, stderr }: Outcome): readonly string[] {
  const report = parse(stdout) as Partial<DoctorReport> | null;
  if (code === null || !report) return [`${act} ended with ${String(code ?? signal)}: ${stdout} ${stderr}`];
  if (/internal[ _]error/.test(stdout + stderr)) return [`${act} had an internal error: ${stdout} ${stderr}`];
  const { candidates, swept, skipped, failed } = report;
  if (!candidates || !swept || !skipped || !failed) return [];
  const key = ({ port, pid }: { port: number; pid: number | null }): string => `${port} ${String(pid)}`;
  const entries = [...swept, ...skipped, ...failed].map(key).sort();
  return JSON.stringify(entries) === JSON.stringify(candidates.map(key).sort())
    ? []
    : [`the ledger of ${act} does not add up: ${entries.join(', ')}`];
}

export function parse(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return null;
  }
}
