/** One system call, as `strace -f -o` wrote it down. */
export interface Call {
  /** The thread that made it. */
  readonly thread: number;
  readonly name: string;
  readonly args: string;
  /** What follows the equals sign: `0`, `-1 ESRCH (No such process)`, … */
  readonly result: string;
}

const WHOLE = /^(\d+)\s+(\w+)\((.*)\)\s+= (.*)$/;
const UNFINISHED = /^(\d+)\s+(\w+)\((.*) <unfinished \.\.\.>$/;
const RESUMED = /^(\d+)\s+<\.\.\. (\w+) resumed>(.*)\)\s+= (.*)$/;

/** Reads the calls in the order of their ends; lines about signals and exits are left out. */
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

/** A signal that was asked for. */
export interface SentSignal {
  readonly pid: number;
  /** `SIGTERM`, or `0`, which only asks whether one might. */
  readonly signal: string;
  readonly by: string;
  readonly result: string;
}

/** Every way to signal; strace must decode descriptors (`-yy`), so that a pidfd shows whom it stands for. */
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
      const whom = /^\d+<pid:(-?\d+)>$/.exec(words[0] ?? '')?.[1] ?? words[0];
      return { pid: Number(whom), signal: words[toThread ? 2 : 1] ?? '', by: name, result };
    });
}
