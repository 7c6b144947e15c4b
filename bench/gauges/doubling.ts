import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { answerReader } from '../../src/machine/http-answer.js';
import { createWorld, type World } from '../../test/support/world.js';
import { type Gauge, gauge, median } from './gauge.js';

const ROUNDS = 7;
/** For twice the input, linear work takes twice as long and quadratic work four times. */
const MOST_TIMES = 3;

const ANOTHER_USER = 4711;

/** Input whose length other users or programs decide. */
interface Input {
  readonly id: string;
  readonly what: string;
  readonly size: number;
  /** Creates input of this size. */
  readonly prepare: (world: World, size: number) => Promise<unknown>;
  /** Processes the input once. @returns milliseconds */
  readonly measure: (world: World, size: number) => Promise<number>;
}

const INPUTS: readonly Input[] = [
  {
    id: 'header_line',
    what: 'reading a thousand answers with blanks after their length',
    size: 4000,
    prepare: () => Promise.resolve(),
    measure: (_world, size) => Promise.resolve(timeToRead(size)),
  },
  {
    id: 'tcp_table',
    what: "auth doctor, beside another user's listeners on other ports",
    size: 20_000,
    prepare: (world, count) =>
      world.startManyListeners({ count, first: 20_000, last: 20_049, uid: ANOTHER_USER }),
    measure: (world) => timeOf(world, ['auth', 'doctor'], 0),
  },
  {
    id: 'foreign_listeners',
    what: "auth doctor, beside another user's listeners on the range",
    size: 10_000,
    prepare: (world, count) =>
      world.startManyListeners({ count, first: 9400, last: 9449, uid: ANOTHER_USER }),
    measure: (world) => timeOf(world, ['auth', 'doctor'], 1),
  },
  {
    id: 'root_marker',
    what: 'auth doctor, a daemon whose root marker has many folders',
    size: 10_000,
    prepare: (world, count) =>
      world.startDaemon({
        port: 9401,
        version: '3.2.4',
        root: '/a'.repeat(count),
        prefix: ['env', `SPEC_KITTY_HOME=${world.root}`],
      }),
    measure: (world) => timeOf(world, ['auth', 'doctor'], 1),
  },
  {
    id: 'policy_keys',
    what: 'policy check, a policy of wrong keys',
    size: 2000,
    prepare: writePolicy,
    measure: (world) => timeOf(world, ['policy', 'check', 'wrong.yaml'], 1),
  },
];

/** Measures how much longer the processing of each input takes at twice the size. */
export async function measureDoubling(): Promise<readonly Gauge[]> {
  const gauges: Gauge[] = [];
  for (const input of INPUTS) gauges.push(await measureInput(input));
  return gauges;
}

async function measureInput({ id, what, size, prepare, measure }: Input): Promise<Gauge> {
  const worlds = [await createWorld(), await createWorld()] as const;
  try {
    const sizes = [size, 2 * size] as const;
    for (const index of [0, 1] as const) await prepare(worlds[index], sizes[index]);
    const times: readonly [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round += 1)
      for (const index of [0, 1] as const) times[index].push(await measure(worlds[index], sizes[index]));
    const [once, twice] = [median(times[0]), median(times[1])];
    const words = `${what}: ${2 * size} beside ${size}, ${twice.toFixed(0)} ms beside ${once.toFixed(0)} ms`;
    return gauge(`doubling_${id}`, words, twice / once, 'x', MOST_TIMES);
  } finally {
    for (const world of worlds) await world.close();
  }
}

function timeToRead(blanks: number): number {
  const text = `HTTP/1.0 200 OK\r\nContent-Length: 5${' '.repeat(blanks)}5\r\n\r\nhello`;
  const from = performance.now();
  for (let time = 0; time < 1000; time += 1) answerReader('GET').add(text);
  return performance.now() - from;
}

async function timeOf(world: World, words: readonly string[], expected: number): Promise<number> {
  const { ms, code, stderr } = await world.run(words);
  if (code !== expected) throw new Error(`${words.join(' ')} ended with ${String(code)}: ${stderr}`);
  return ms;
}

function writePolicy({ folder }: World, count: number): Promise<void> {
  const rule = '- { id: a, wrong: 1, when: { worse: 1 }, then: { class: safe_auto }, why: x }\n';
  return writeFile(join(folder, 'wrong.yaml'), `rules:\n${rule.repeat(count / 2)}`);
}
