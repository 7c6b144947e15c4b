import { DEFAULT_COLLECTOR } from '../model/evidence.js';
import { beginLook } from '../pipeline/begin-look.js';
import type { ExitCode } from './exit-codes.js';
import { asksForJson, reportFailure } from './failure.js';

/**
 * Runs the command line.
 * @param words the arguments after the program's name
 * @returns the exit code; never rejects
 */
export async function main(words: readonly string[]): Promise<ExitCode> {
  try {
    const plain = words.length <= 2 ? PLAIN.get(words.join(' ')) : undefined;
    if (plain) return await plain();
    const { runCommandLine } = await import('./command-line.js');
    return await runCommandLine(words);
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return reportFailure({ message: `internal error: ${text}`, nextStep: REPORT_BUG }, asksForJson(words));
  }
}

/**
 * The commands that stand in front of others: without options there is nothing to parse, and the parser takes 5 ms.
 * Those that look begin with it, and are loaded meanwhile.
 */
const PLAIN: ReadonlyMap<string, () => Promise<ExitCode>> = new Map([
  [
    'auth doctor',
    async () => {
      const begun = beginLook(DEFAULT_COLLECTOR);
      const { authDoctor } = await import('./commands/auth-doctor.js');
      return authDoctor({ collector: DEFAULT_COLLECTOR, format: 'text' }, begun);
    },
  ],
  ...['--version --json', '--json --version'].map((words): readonly [string, () => Promise<ExitCode>] => [
    words,
    async () => (await import('./commands/version-report.js')).versionReport(),
  ]),
  ['sync now', async () => (await import('./commands/sync/sync-start.js')).syncStart('sync now', false)],
  [
    'sync status',
    async () => {
      const begun = beginLook('procfs');
      return (await import('./commands/sync/sync-status.js')).syncStatus(false, begun);
    },
  ],
]);

const REPORT_BUG = 'please report this as a bug';
