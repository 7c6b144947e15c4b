import { existsSync, lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Journal } from '../support/behaviour.js';
import type { DaemonOptions } from '../support/daemons.js';
import type { RunOptions } from '../support/product.js';
import { argvOf, isAlive } from '../support/process-table.js';
import { HOSTED } from '../support/hosted.js';
import { until } from '../support/until.js';
import { createWorld, type World } from '../support/world.js';
import { actsIn, isSignOfLife, isStartLock, tracer } from './acts.js';
import type { Build } from './builds.js';
import { isConfusing, type Json, Names, NEW_SCAN_FIELDS, sorted } from './names.js';

/** Which build plays which part. */
export interface Side {
  readonly name: string;
  /** Runs the commands. */
  readonly command: Build;
  /** Is the daemon that they find. */
  readonly daemon: Build;
  /** Both, which look at one world and must see the same; on one side of each scenario only. */
  readonly looks: readonly Build[];
}

export interface Step {
  readonly title: string;
  readonly value: Json;
}

/** What two builds said of the same world. */
export interface Look {
  readonly title: string;
  readonly was: Json;
  readonly is: Json;
}

export interface Recording {
  readonly steps: readonly Step[];
  readonly looks: readonly Look[];
}

/** The world has a process id that reads like a port: another one is made. */
export class Unlucky extends Error {}

interface Known {
  readonly pid: number;
  readonly startedPid?: number;
  readonly token?: string;
  readonly alive: () => boolean;
  readonly journal?: () => Journal;
}

/** What is used of an identity record. */
interface OwnRecord {
  readonly pid: number;
  readonly port: number;
  readonly id: string;
  readonly secret: string;
}

type Words = readonly string[];

export interface StageRun extends RunOptions {
  /** Run by the build that plays the daemon. */
  readonly asDaemon?: boolean;
  /** Another build than either. */
  readonly build?: Build;
  /** Whether what it does is written down too, as it is unless said otherwise. */
  readonly traced?: boolean;
}

/** None of them acts. */
const CLOSE_LOOKS: readonly Words[] = [
  ['auth', 'doctor', '--explain'],
  ['auth', 'doctor', '--reset', '--dry-run'],
  ['auth', 'doctor', '--reset', '--dry-run', '--only', 'safe_auto', '--json'],
  ['auth', 'doctor', '--format', 'openmetrics'],
  ['sync', 'status', '--json'],
  ['sync', 'status'],
];

/** A world in which one side plays a scenario, and what came of each step. */
export class Stage {
  readonly names = new Names();
  readonly #steps: Step[] = [];
  readonly #looks: Look[] = [];
  readonly #known = new Map<string, Known>();
  #traces = 0;

  private constructor(
    readonly world: World,
    readonly side: Side,
  ) {
    this.names.add(world.folder, 'world');
    for (const { folder, version } of [side.command, side.daemon, ...side.looks]) {
      this.names.add(join(folder, 'dist'), 'install/dist');
      this.names.add(join(folder, 'policy'), 'install/policy');
      this.names.add(version, 'own version');
    }
  }

  static async open(side: Side): Promise<Stage> {
    return new Stage(await createWorld(), side);
  }

  async close(): Promise<void> {
    await this.world.close();
  }

  /** Gives a process a name that both sides know it by. */
  known<Process extends Known>(name: string, process: Process): Process {
    for (const pid of [process.pid, process.startedPid ?? process.pid])
      if (isConfusing(pid)) throw new Unlucky(`${name} is process ${pid}`);
    if (process.startedPid !== undefined) this.names.addPid(process.startedPid, `launcher of ${name}`);
    this.names.addPid(process.pid, name);
    if (process.token !== undefined) this.names.add(process.token, `token of ${name}`);
    this.#known.set(name, process);
    return process;
  }

  /** The process that a report names, which it does by our name for it. */
  pidOf(name: string): number {
    const pid = this.names.pidOf(name);
    if (pid === undefined) throw new Error(`no process is called ${name}`);
    return pid;
  }

  /** Another install of a build, under another version. */
  nameInstall({ folder, version }: Build, name: string): void {
    this.names.add(join(folder, 'dist'), `${name} install`);
    this.names.add(version, `${name} version`);
  }

  /** A released daemon. */
  async daemon(name: string, options: DaemonOptions) {
    return this.known(name, await this.world.startDaemon(options));
  }

  /** Runs a command, traced, and writes down what it said and did. @returns its report, where it gave one */
  async run(words: Words, options: StageRun = {}): Promise<Json> {
    const build = options.build ?? (options.asDaemon ? this.side.daemon : this.side.command);
    const value = await this.#said(build, words, options);
    this.note(words.join(' '), value);
    return (value as { readonly stdout: Json }).stdout;
  }

  /** Has both builds look at this world as it is: each must say the same, and neither may act. */
  async look(): Promise<void> {
    await this.lookWith(['auth', 'doctor', '--json', '--explain'], { traced: true });
    await this.lookWith(['auth', 'doctor']);
    await this.lookWith(['auth', 'doctor', '--reset', '--dry-run', '--json']);
  }

  /** The same in every form there is, with the scans that each saves. */
  async lookClosely(): Promise<void> {
    await this.look();
    for (const words of CLOSE_LOOKS) await this.lookWith(words);
    await this.#exchangeScans();
  }

  /** One command that does not act, by both builds. */
  async lookWith(words: Words, options: StageRun = {}): Promise<void> {
    const [first, second] = this.side.looks;
    if (!first || !second) return;
    const was = await this.#said(first, words, { traced: false, ...options });
    const is = await this.#said(second, words, { traced: false, ...options });
    this.#looks.push({ title: words.join(' '), was, is });
  }

  /**
   * A scan that one build saved is judged by the other as by itself. The reference refuses fields that it does not know,
   * with an error that names them, so it is given the scan without those.
   */
  async #exchangeScans(): Promise<void> {
    const path = `${this.world.folder}/scan.json`;
    const written: Json[] = [];
    for (const writer of this.side.looks) {
      await this.world.run(['auth', 'doctor', '--save-facts', path], { bin: writer.bin, env: HOSTED });
      const scan = withoutNewFields(JSON.parse(readFileSync(path, 'utf8'))) as { observer: object };
      writeFileSync(path, JSON.stringify(scan));
      written.push(this.names.json({ ...scan, observer: { ...scan.observer, pid: null } }));
      await this.lookWith(['auth', 'doctor', '--json', '--explain', '--facts', path]);
    }
    const [was = null, is = null] = written;
    this.#looks.push({ title: 'saved scans', was, is });
  }

  note(title: string, value: unknown): void {
    const at = `${this.#steps.length + 1}. ${title}`;
    this.#steps.push({ title: this.names.text(at), value: this.names.json(value) });
  }

  /** What every process saw, who is alive, and what lies in the world's files. */
  finish(): Recording {
    this.#learnOwnDaemons();
    for (const [name, { alive, journal }] of this.#known) {
      const { requests = [], shutdownTokens = [], leaving = [] } = journal?.() ?? {};
      // How often it is asked for its health is a matter of time, and one side's world is looked at more often.
      const asked = requests.filter((request) => !request.startsWith('GET /api/health '));
      this.note(name, { alive: alive(), requests: asked, shutdownTokens, leaving });
    }
    this.note('files', this.#files());
    return { steps: this.#steps, looks: this.#looks };
  }

  async #said(build: Build, words: Words, { traced = true, ...options }: StageRun): Promise<Json> {
    const log = `${this.world.folder}/trace-${++this.#traces}`;
    const { code, signal, stdout, stderr } = await this.world.run(words, {
      cwd: this.world.project,
      ...options,
      env: { ...HOSTED, ...options.env },
      bin: build.bin,
      under: [...(traced ? tracer(log) : []), ...(options.under ?? [])],
    });
    this.#learnOwnDaemons();
    const report = reportIn(words, stdout);
    // Ids of processes are learnt from a report before they are looked for in texts and acts.
    const said = { code, signal, stdout: this.names.json(report), stderr: this.names.text(stderr) };
    return traced ? { ...said, acts: actsIn(readFileSync(log, 'utf8'), this.names) } : said;
  }

  /** Waits until the daemon of this root has drained once: it does so as it starts. */
  async drained(): Promise<void> {
    await until(() => existsSync(`${this.world.root}/sync/daemon/last-drain.json`));
  }

  /** Daemons of ours have an id and a secret that no other world has; the records say which. */
  #learnOwnDaemons(): void {
    const folders = [
      join(this.world.root, 'sync/daemon/identity'),
      join(this.world.project, '.kittify/.dashboard.d/identity'),
    ];
    const records = folders
      .filter(existsSync)
      .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
    for (const path of records.filter((name) => name.endsWith('.json'))) {
      const { pid, port, id, secret } = (readJson(path) ?? {}) as Partial<OwnRecord>;
      if (pid === undefined || port === undefined || !id || !secret) continue;
      if (isConfusing(pid)) throw new Unlucky(`a daemon is process ${pid}`);
      if (!this.names.hasPid(pid)) this.#learn(pid, port);
      this.names.add(id, `id of ${this.names.text(String(pid))}`);
      this.names.add(secret, `secret of ${this.names.text(String(pid))}`);
    }
  }

  #learn(pid: number, port: number): void {
    const name = `ours on ${port}${this.#known.has(`ours on ${port}`) ? ' again' : ''}`;
    this.names.addPid(pid, name);
    this.#known.set(name, { pid, alive: () => isAlive(pid) });
    this.note(`${name} is started`, { argv: argvOf(pid), environment: environmentOf(pid) });
  }

  #files(): Record<string, unknown> {
    const { folder } = this.world;
    const files: Record<string, unknown> = {};
    const walk = (path: string): void => {
      for (const name of readdirSync(path)) {
        const below = join(path, name);
        const where = relative(folder, below);
        if (isSignOfLife(below)) continue;
        if (/^(?:trace-|answer-|scan\.json|journals$|versions$)/.test(where)) continue;
        const status = lstatSync(below, { throwIfNoEntry: false });
        const mode = isStartLock(name) ? 'not compared' : (status?.mode ?? 0).toString(8);
        if (status?.isDirectory()) walk(below);
        files[this.names.text(where)] = status?.isFile()
          ? { mode, content: contentOf(below, this.names) }
          : { mode };
      }
    };
    walk(folder);
    return files;
  }
}

/** A report for programs, as they read it; other output is text for people. */
function reportIn(words: Words, stdout: string): unknown {
  if (words.includes('openmetrics')) return stdout.split('\n').filter((line) => !line.startsWith('# HELP'));
  return words.includes('--json') && /^[[{]/.test(stdout) ? JSON.parse(stdout) : stdout;
}

function contentOf(path: string, names: Names): Json {
  if (/\.db(?:-\w+)?$/.test(path)) return 'a database';
  const text = readFileSync(path, 'utf8');
  if (path.endsWith('.json')) return names.json(withoutSignOfLife(readJson(path)) ?? text);
  const lines = text.split('\n').filter((line) => line !== '');
  // Several targets are acted on at once, and a daemon looks at its queue as often as time permits.
  if (path.endsWith('.jsonl')) return sorted(lines.map((line) => names.json(JSON.parse(line))));
  if (path.endsWith('/uploads')) return [...new Set(lines.map((line) => names.text(line)))].sort();
  if (path.endsWith('.log')) return text === '' ? '' : 'a log';
  return [names.text(text)];
}

function withoutNewFields(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(withoutNewFields);
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(
    Object.entries(json).flatMap(([name, value]) =>
      NEW_SCAN_FIELDS.includes(name) ? [] : [[name, withoutNewFields(value)]],
    ),
  );
}

/** An identity record without the fields that the reference does not write. */
function withoutSignOfLife(json: unknown): unknown {
  if (typeof json !== 'object' || json === null || !('holds_lock' in json)) return json;
  return Object.fromEntries(
    Object.entries(json).filter(([name]) => !['holds_lock', 'lock_file_system'].includes(name)),
  );
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}

function environmentOf(pid: number): readonly string[] {
  return readFileSync(`/proc/${pid}/environ`, 'utf8')
    .split('\0')
    .filter((line) => line !== '')
    .sort();
}
