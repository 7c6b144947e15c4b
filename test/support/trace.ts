import { readFileSync } from 'node:fs';
import { parseCalls, portConnectedTo, portWrittenTo, signalsIn } from './strace.js';

/** The external effects of a traced run. */
export interface Trace {
  /** Signals in the order sent, such as `SIGTERM 4711`. */
  readonly signals: readonly string[];
  /** PIDs that were checked for permission with signal 0. */
  readonly asked: readonly number[];
  /** Ports that were connected to. */
  readonly ports: readonly number[];
  /** Ports to which a shutdown request was sent. */
  readonly requests: readonly number[];
  /** Command line and environment of every started program, as strace prints them. */
  readonly programs: readonly string[];
}

/** Reads a log of `strace -f -yy -o`. */
export function readTrace(path: string): Trace {
  const calls = parseCalls(readFileSync(path, 'utf8'));
  const signals = signalsIn(calls);
  return {
    signals: signals.filter(({ signal }) => signal !== '0').map(({ signal, pid }) => `${signal} ${pid}`),
    asked: signals.filter(({ signal }) => signal === '0').map(({ pid }) => pid),
    ports: calls.filter(({ name }) => name === 'connect').flatMap((call) => portConnectedTo(call) ?? []),
    requests: calls
      .filter(({ args }) => args.includes('POST /api/shutdown'))
      .map((call) => portWrittenTo(call, calls) ?? Number.NaN),
    programs: calls.filter(({ name }) => name === 'execve').map(({ args }) => args),
  };
}
