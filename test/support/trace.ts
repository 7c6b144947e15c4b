import { readFileSync } from 'node:fs';

/** What a traced run did to others. */
export interface Trace {
  /** `SIGTERM 4711`, in the order sent, whichever system call sent it. */
  readonly signals: readonly string[];
  /** PIDs that were only asked about, with signal 0. */
  readonly asked: readonly number[];
  /** Ports that were connected to. */
  readonly ports: readonly number[];
}

/** Reads what `strace -f -o` wrote. A call that was interrupted stands in two lines; only the second has a result. */
export function readTrace(path: string): Trace {
  const signals: string[] = [];
  const asked: number[] = [];
  const ports: number[] = [];
  const pidOfDescriptor = new Map<number, number>();
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const opened = /pidfd_open\((\d+), 0\)\s+= (\d+)/.exec(line);
    if (opened) pidOfDescriptor.set(Number(opened[2]), Number(opened[1]));
    const held = /pidfd_send_signal\((\d+), (SIG\w+|0)/.exec(line);
    if (held) signals.push(`${held[2] ?? ''} ${String(pidOfDescriptor.get(Number(held[1])))}`);
    const byNumber = /\b(?:t?g?kill|rt_t?g?sigqueueinfo)\((-?\d+)(?:, \d+)?, (SIG\w+|0)/.exec(line);
    if (byNumber?.[2] === '0') asked.push(Number(byNumber[1]));
    else if (byNumber) signals.push(`${byNumber[2] ?? ''} ${byNumber[1] ?? ''}`);
    const connected = /connect\(\d+, \{sa_family=AF_INET6?, sin6?_port=htons\((\d+)\)/.exec(line);
    if (connected) ports.push(Number(connected[1]));
  }
  return { signals, asked, ports };
}
