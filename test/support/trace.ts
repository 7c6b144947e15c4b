import { readFileSync } from 'node:fs';
import { type Call, parseCalls, signalsIn } from './strace.js';

/** What a traced run did to others. */
export interface Trace {
  /** `SIGTERM 4711`, in the order sent, whichever system call sent it. */
  readonly signals: readonly string[];
  /** PIDs that were only asked about, with signal 0. */
  readonly asked: readonly number[];
  /** Ports that were connected to. */
  readonly ports: readonly number[];
  /** Ports to which the bytes of a shutdown request went. */
  readonly requests: readonly number[];
  /** The command line and environment of every program that was run, as strace prints them. */
  readonly programs: readonly string[];
}

/** Reads what `strace -f -yy -o` wrote. */
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

/** `write(21<TCP:[127.0.0.1:40000->127.0.0.1:9401]>, …`; a request that went anywhere else shows as NaN. */
function portWrittenTo({ args }: Call): number {
  return Number(/^\d+<TCP(?:v6)?:\[.*?->.*?:(\d+)\]>/.exec(args)?.[1]);
}
