/** One system call from a log of `strace -f -o`. */
export interface Call {
  /** Id of the thread that made it. */
  readonly thread: number;
  readonly name: string;
  readonly args: string;
  /** The text after the equals sign: `0`, `-1 ESRCH (No such process)`, … */
  readonly result: string;
}

const WHOLE = /^(\d+)\s+(\w+)\((.*)\)\s+= (.*)$/;
const UNFINISHED = /^(\d+)\s+(\w+)\((.*) <unfinished \.\.\.>$/;
const RESUMED = /^(\d+)\s+<\.\.\. (\w+) resumed>(.*)\)\s+= (.*)$/;

/** Parses the calls, in the order in which they ended. Lines about signals and exits are left out. */
export function parseCalls(log: string): readonly Call[] {
  const calls: Call[] = [];
  const begun = new Map<string, string>();
  for (const line of log.split('\n')) {
    const unfinished = UNFINISHED.exec(line);
    if (unfinished) {
      const [, thread = '', name = '', args = ''] = unfinished;
      begun.set(`${thread} ${name}`, args);
      continue;
    }
    const resumed = RESUMED.exec(line);
    const [, thread = '', name = '', args = '', result = ''] = resumed ?? WHOLE.exec(line) ?? [];
    if (name === '') continue;
    const start = resumed ? (begun.get(`${thread} ${name}`) ?? '') : '';
    calls.push({ thread: Number(thread), name, args: start + args, result });
  }
  return calls;
}

/** A system call that sends a signal. */
export interface SentSignal {
  readonly pid: number;
  /** `SIGTERM`, or `0`, which only checks for permission. */
  readonly signal: string;
  readonly by: string;
  readonly result: string;
}

/** All system calls that send signals. strace must decode descriptors (`-yy`), so that a pidfd shows its PID. */
export const SIGNAL_CALLS = [
  'kill',
  'tkill',
  'tgkill',
  'pidfd_send_signal',
  'rt_sigqueueinfo',
  'rt_tgsigqueueinfo',
];

export function signalsIn(calls: readonly Call[]): readonly SentSignal[] {
  return calls
    .filter(({ name }) => SIGNAL_CALLS.includes(name))
    .map(({ name, args, result }) => {
      const words = args.split(', ');
      const toThread = name === 'tgkill' || name === 'rt_tgsigqueueinfo';
      const pid = /^\d+<pid:(-?\d+)>$/.exec(words[0] ?? '')?.[1] ?? words[0];
      return { pid: Number(pid), signal: words[toThread ? 2 : 1] ?? '', by: name, result };
    });
}

/** A command that runs a program in which the system refuses one system call, as a security module would. */
export const refusing = (call: string): readonly string[] => [
  ...['strace', '-f', '-qq', '-o', '/dev/null'],
  ...['-e', `trace=${call}`, '-e', `inject=${call}:error=EPERM`],
];

/** A command that runs a program whose signals the system refuses. The kernel permits signals within one user. */
export const REFUSING_SIGNALS = refusing('pidfd_send_signal');

/** The port of a call such as `connect(21<TCP:[…]>, {sa_family=AF_INET, sin_port=htons(9401), …`; null if it has none. */
export function portConnectedTo({ args }: Call): number | null {
  const port = /sin6?_port=htons\((\d+)\)/.exec(args)?.[1];
  return port === undefined ? null : Number(port);
}

/**
 * Finds the port of a write such as `write(21<TCP:[127.0.0.1:40000->127.0.0.1:9401]>, …`; null for a write to anything but
 * a TCP connection. strace shows a socket as it was when it saw it first: one that was bound before it was connected, as
 * `21<TCP:[127.9.8.7:40000]>`, so the call that connected it is looked up.
 */
export function portWrittenTo({ args }: Call, calls: readonly Call[]): number | null {
  const shown = /^\d+<TCP(?:v6)?:\[.*?\]>(?=,)/.exec(args)?.[0];
  if (shown === undefined) return null;
  const connected = /->.*?:(\d+)\]>$/.exec(shown)?.[1];
  if (connected !== undefined) return Number(connected);
  const call = calls.findLast(({ name, args: others }) => name === 'connect' && others.startsWith(shown));
  return call ? portConnectedTo(call) : null;
}
