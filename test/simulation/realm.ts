import * as crypto from 'node:crypto';
import { createRequire } from 'node:module';
import { createContext, Script } from 'node:vm';
import type { Machine } from '../../src/machine/machine.js';
import type { Programs } from './product.js';

/**
 * Where one simulated process of ours runs: a JavaScript context with its own copy of the product and its own queue of
 * microtasks. `drain` runs that queue alone, so the scheduler decides when a process continues after an `await`, also
 * in the middle of a synchronous port call of another process.
 */
export interface Realm {
  /** Makes a promise whose reactions run in this realm's queue. */
  promise<T>(executor: (resolve: (value: T) => void) => void): Promise<T>;
  /** Continues the process until it waits for the port; later, if it is in the middle of a call. */
  drain(): void;
  /** Calls code of the process that is no reaction of a promise: a timer, a handler. */
  run(act: () => void): void;
  /** Whether it is in the middle of something: it has one thread, and does nothing else meanwhile. */
  isBusy(): boolean;
  /** Starts a program. `done` is called at its end, with the error if it threw one. */
  start(
    program: keyof Programs,
    machine: Machine,
    root: string,
    done: (result: unknown, error: string | null) => void,
  ): void;
}

/** Makes realms for one build of the product, and keeps those that are free. */
export interface RealmPool {
  take(): Realm;
  /** Returns realms whose processes will never continue. */
  putBack(realms: readonly Realm[]): void;
}

export function poolOf(code: string): RealmPool {
  const script = new Script(wrapped(code), { filename: 'product.cjs' });
  const free: Realm[] = [];
  return {
    take: () => free.pop() ?? newRealm(script),
    putBack(realms) {
      free.push(...realms);
    },
  };
}

function nothing(): void {
  // Only the queue of microtasks runs.
}

type Evaluate = (
  require: (name: string) => unknown,
  globals: object,
) => Omit<Realm, 'drain' | 'run' | 'isBusy'>;

const drainScript = new Script('0');

function newRealm(script: Script): Realm {
  const context = createContext({}, { microtaskMode: 'afterEvaluate' });
  const evaluate = script.runInContext(context) as Evaluate;
  const { promise, start } = evaluate(requirePure, { Buffer, URL, AbortController, TextDecoder, console });
  let isRunning = false;
  const run = (act: () => void): void => {
    const wasRunning = isRunning;
    isRunning = true;
    try {
      act();
      // A process has one thread: what it waits for is continued when it waits again.
      if (!wasRunning) drainScript.runInContext(context);
    } finally {
      isRunning = wasRunning;
    }
  };
  return {
    promise,
    run,
    isBusy: () => isRunning,
    drain: () => {
      run(nothing);
    },
    start: (...given) => {
      run(() => {
        start(...given);
      });
    },
  };
}

/** Names that the product looks up often. As local names they cost less than as properties of a context's global. */
const GLOBALS =
  'Array Boolean Date Error JSON Map Math Number Object Promise Proxy Reflect RegExp Set String Symbol WeakMap WeakSet parseInt';

function wrapped(code: string): string {
  const locals = GLOBALS.split(' ').map((name) => `${name} = globalThis.${name}`);
  return `(function (require, given) {
  'use strict';
  const { Buffer, URL, AbortController, TextDecoder, console } = given;
  const ${locals.join(', ')};
  const module = { exports: {} }, exports = module.exports;
  const process = { env: {} };
  // No real time and no real randomness: what the product does must follow from the seed.
  const setTimeout = () => { throw new Error('the product waits outside of its port'); };
  Date.now = Math.random = setTimeout;
  (function () { ${code}
  })();
  const { programs } = module.exports;
  return {
    promise: (executor) => new Promise(executor),
    start: (program, machine, root, done) => {
      new Promise((resolve) => { resolve(programs[program](machine, root)); }).then(
        (value) => { done(value, null); },
        (error) => { done(null, String(error)); },
      );
    },
  };
})`;
}

const require = createRequire(import.meta.url);
const PURE_MODULES = ['path', 'crypto', 'util', 'url', 'buffer', 'events', 'assert'];

function requirePure(name: string): unknown {
  const bare = name.replace(/^node:/, '');
  // The parser of YAML wants it for warnings.
  if (bare === 'process') return { env: {} };
  if (!PURE_MODULES.includes(bare)) throw new Error(`the simulated product may not load ${name}`);
  return bare === 'crypto' ? CRYPTO : require(name);
}

/** As `createHmac` and `createHash`, computed once for each text: runs repeat the same few. */
const CRYPTO: object = {
  ...crypto,
  createHmac: (algorithm: string, key: string) =>
    remembered(`${algorithm} ${key}`, (text) => crypto.createHmac(algorithm, key).update(text)),
  createHash: (algorithm: string) =>
    remembered(algorithm, (text) => crypto.createHash(algorithm).update(text)),
};

function remembered(name: string, compute: (text: string) => { digest(encoding: 'hex'): string }): object {
  const texts: string[] = [];
  const hash = {
    update(text: string) {
      texts.push(text);
      return hash;
    },
    digest(encoding: 'hex') {
      const text = texts.join('');
      const id = `${name}\n${text}`;
      const known = digests.get(id);
      if (known !== undefined) return known;
      if (digests.size > MOST_DIGESTS) digests.clear();
      const digest = compute(text).digest(encoding);
      digests.set(id, digest);
      return digest;
    },
  };
  return hash;
}

const digests = new Map<string, string>();
const MOST_DIGESTS = 20_000;
