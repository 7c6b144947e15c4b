import { once } from 'node:events';
import type { Launch, Processes } from './processes.js';

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command in the namespace until it has exited and no process has its output open. */
export async function runCommand(
  processes: Processes,
  argv: readonly string[],
  launch: Launch,
  stdin = '',
): Promise<Finished> {
  const child = processes.spawn(argv, launch);
  const output = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  // A command may exit without reading its stdin.
  child.stdin?.on('error', () => undefined).end(stdin);
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal, ...output };
}
