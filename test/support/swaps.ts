import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Sandbox } from './sandbox.js';
import { python } from './requirements.js';
import { parseCalls, type SentSignal, signalsIn } from './strace.js';

const SWAP = fileURLToPath(new URL('../fixtures/python/swap.py', import.meta.url));

/** When a PID is reused: while strace delays the nth of these system calls at its entry. */
export interface SwapPoint {
  readonly calls: string;
  /** Only calls on this file of `/proc/<pid>` are delayed; delaying all of them would take minutes. */
  readonly file?: string;
  /** Its only group is the PID. */
  readonly pattern: RegExp;
  readonly nth: number;
}

export const BEFORE_OPENING_HANDLE: SwapPoint = {
  calls: 'pidfd_open',
  pattern: /pidfd_open\((\d+),/,
  nth: 1,
};

export function onSignal(signal: 'SIGTERM' | 'SIGKILL'): SwapPoint {
  const pattern = new RegExp(String.raw`(?:pidfd_send_signal\(\d+<pid:|kill\()(\d+)>?, ${signal}`);
  return { calls: 'pidfd_send_signal,kill', pattern, nth: 1 };
}

/** @param nth counted from the scan, which reads each process once */
export function onReading(file: 'stat' | 'cmdline', nth: number): SwapPoint {
  return { calls: 'openat', file, pattern: new RegExp(`openat\\([^"]*"/proc/(\\d+)/${file}"`), nth };
}

/** Several times what a swap takes; `in_time` is false if it was too short. */
const DELAY_MS = 60;

export interface Swap {
  readonly pid: number;
  /** Whether the call was still delayed when the successor had started. */
  readonly in_time: boolean;
  /** The number of the signal that ended the successor; null if it was alive. */
  readonly ended_by: number | null;
}

interface PreparedSwaps {
  /** Words of a command that runs the product (`RunOptions.under`). */
  readonly under: readonly string[];
  /** Kills the successors and returns what happened to them. */
  finish(): Promise<{ readonly swaps: readonly Swap[]; readonly signals: readonly SentSignal[] }>;
}

/** Prepares to replace each of these processes in a PID namespace by an unrelated successor with the same PID. */
export async function prepareSwaps(
  { folder, processes }: Sandbox,
  { calls, file, pattern, nth }: SwapPoint,
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
  // Earlier calls are not delayed: the product waits only a second for the start lock.
  const first = pids.length * (nth - 1) + 1;
  const paths = file === undefined ? [] : pids.map((pid) => `/proc/${pid}/${file}`);
  return {
    under: [
      ...['strace', '-f', '-yy', '--seccomp-bpf', '-o', log, '-e', `trace=${calls}`],
      ...[
        '-e',
        `inject=${calls}:delay_enter=${DELAY_MS}ms:when=${first}+`,
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
