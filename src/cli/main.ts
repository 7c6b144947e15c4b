import { DEFAULT_COLLECTOR } from '../model/evidence.js';
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

/** The commands that stand in front of others: without options there is nothing to parse, and the parser takes 5 ms. */
const PLAIN: ReadonlyMap<string, () => Promise<ExitCode>> = new Map([
  [
    'auth doctor',
    async () =>
      (await import('./commands/auth-doctor.js')).authDoctor({
        collector: DEFAULT_COLLECTOR,
        format: 'text',
      }),
  ],
  ...['--version --json', '--json --version'].map((words): readonly [string, () => Promise<ExitCode>] => [
    words,
    async () => (await import('./commands/version-report.js')).versionReport(),
  ]),
  ['sync now', async () => (await import('./commands/sync/sync-start.js')).syncStart('sync now', false)],
  ['sync status', async () => (await import('./commands/sync/sync-status.js')).syncStatus(false)],
]);

const REPORT_BUG = 'please report this as a bug';
