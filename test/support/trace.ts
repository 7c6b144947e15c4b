import { readFileSync } from 'node:fs';
import { type Call, parseCalls, signalsIn } from './strace.js';

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
    ports: calls.filter(({ name }) => name === 'connect').flatMap(portConnectedTo),
    requests: calls.filter(({ args }) => args.includes('POST /api/shutdown')).map(portWrittenTo),
    programs: calls.filter(({ name }) => name === 'execve').map(({ args }) => args),
  };
}

function portConnectedTo({ args }: Call): readonly number[] {
  const port = /sin6?_port=htons\((\d+)\)/.exec(args)?.[1];
  return port === undefined ? [] : [Number(port)];
}

/** From `write(21<TCP:[127.0.0.1:40000->127.0.0.1:9401]>, …`; NaN for a write to anything but a TCP connection. */
function portWrittenTo({ args }: Call): number {
  return Number(/^\d+<TCP(?:v6)?:\[.*?->.*?:(\d+)\]>/.exec(args)?.[1]);
}
