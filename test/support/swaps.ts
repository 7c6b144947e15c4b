import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Place } from './place.js';
import { python } from './machine.js';
import { parseCalls, type SentSignal, signalsIn } from './strace.js';

const SWAP = fileURLToPath(new URL('../fixtures/python/swap.py', import.meta.url));

/** Where a process's number changes hands: on entering this call, for the nth time, while the call is held back. */
export interface Placement {
  readonly calls: string;
  /** Of each process's folder; other files are not held back, or the product would take minutes. */
  readonly file?: string;
  /** Its only group is the number; a pidfd shows whom it stands for. */
  readonly pattern: RegExp;
  readonly nth: number;
}

export const BEFORE_HOLD: Placement = { calls: 'pidfd_open', pattern: /pidfd_open\((\d+),/, nth: 1 };

export function onSignal(signal: 'SIGTERM' | 'SIGKILL'): Placement {
  const pattern = new RegExp(String.raw`(?:pidfd_send_signal\(\d+<pid:|kill\()(\d+)>?, ${signal}`);
  return { calls: 'pidfd_send_signal,kill', pattern, nth: 1 };
}

/** @param nth counted from the scan on, which reads each process once */
export function onReading(file: 'stat' | 'cmdline', nth: number): Placement {
  return { calls: 'openat', file, pattern: new RegExp(`openat\\([^"]*"/proc/(\\d+)/${file}"`), nth };
}

/** Several times what a swap takes; `in_time` tells where it was too little. */
const HELD_BACK_MS = 60;

export interface Swap {
  readonly pid: number;
  /** The call was still held back when the successor was there. */
  readonly in_time: boolean;
  /** The number of the signal that ended the successor; null while it lives. */
  readonly ended_by: number | null;
}

interface PreparedSwaps {
  /** The words to run the product with. */
  readonly under: readonly string[];
  /** Ends the successors, and tells how they fared. */
  finish(): Promise<{ readonly swaps: readonly Swap[]; readonly signals: readonly SentSignal[] }>;
}

/** Stands ready to replace each of the processes, in a world with process ids of its own, by an innocent successor. */
export async function prepareSwaps(
  { folder, processes }: Place,
  { calls, file, pattern, nth }: Placement,
  pids: readonly number[],
): Promise<PreparedSwaps> {
  const log = join(folder, 'calls');
  const argv = [python, SWAP, log, pattern.source, ...[nth, ...pids].map(String)];
  const { stdin, stdout, stderr } = processes.spawn(argv, {
    env: { PYTHONDONTWRITEBYTECODE: '1' },
    cwd: folder,
  });
  if (!stdin || !stdout || !stderr) throw new Error('no pipes');
  const errors = text(stderr);
  await once(stdout, 'data');
  // What comes before is not held back: under the lock of starts there is a second for all of it.
  const first = pids.length * (nth - 1) + 1;
  const paths = file === undefined ? [] : pids.map((pid) => `/proc/${pid}/${file}`);
  return {
    under: [
      ...['strace', '-f', '-yy', '--seccomp-bpf', '-o', log, '-e', `trace=${calls}`],
      ...[
        '-e',
        `inject=${calls}:delay_enter=${HELD_BACK_MS}ms:when=${first}+`,
        ...paths.flatMap((path) => ['-P', path]),
      ],
    ],
    async finish() {
      stdin.end();
      const report = await text(stdout);
      if (report === '') throw new Error(`no swaps: ${await errors}`);
      const signals = signalsIn(parseCalls(readFileSync(`${log}.txt`, 'utf8')));
      return { swaps: JSON.parse(report) as Swap[], signals };
    },
  };
}
