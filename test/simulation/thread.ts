import * as crypto from 'node:crypto';
import { createRequire } from 'node:module';
import { runInNewContext, runInThisContext } from 'node:vm';
import type { Machine } from '../../src/machine/machine.js';
import type { Programs } from './product.js';
import { Queue, runAsync, SimulatedPromise } from './promise.js';

/** One simulated process of ours: it has one thread, with its own queue of promise reactions. */
export interface Thread {
  /** Makes a promise that the port settles. */
  promise<T>(executor: (resolve: (value: T) => void) => void): Promise<T>;
  /** Continues the process until it waits for the port; later, if it is in the middle of a call. */
  drain(): void;
  /** Calls code of the process that is no reaction of a promise: a timer, a handler. */
  run(act: () => void): void;
  /** Whether it is in the middle of something, and does nothing else meanwhile. */
  isBusy(): boolean;
  /** Starts a program. `done` is called at its end, with the error if it threw one. */
  start(
    program: keyof Programs,
    machine: Machine,
    root: string,
    done: (result: unknown, error: string | null) => void,
  ): void;
}

/** One build of the product, which any number of simulated processes run. */
export interface Product {
  /** @param onUnhandled called with the reason of a rejection that nothing handles, which ends a real process */
  newThread(onUnhandled: (reason: unknown) => void): Thread;
}

/**
 * Evaluates a bundle once for all simulated processes. This is much faster than a JavaScript context for each, and the
 * product has no module-level variable that tells one process of another (ADR 16).
 */
export function productFrom(code: string): Product {
  const evaluate = runInThisContext(wrapped(code), { filename: 'product.cjs' }) as Evaluate;
  const programs = evaluate(requirePure, SimulatedPromise, runAsync, {
    Buffer,
    URL,
    AbortController,
    TextDecoder,
    console,
  });
  return { newThread: (onUnhandled) => newThread(programs, onUnhandled) };
}

type Evaluate = (
  require: (name: string) => unknown,
  promises: typeof SimulatedPromise,
  async: typeof runAsync,
  globals: object,
) => Programs;

function newThread(programs: Programs, onUnhandled: (reason: unknown) => void): Thread {
  const queue = new Queue();
  let isRunning = false;
  const run = (act: () => void): void => {
    const wasRunning = isRunning;
    isRunning = true;
    try {
      queue.run(act);
      // A process has one thread: what it waits for is continued when it waits again.
      if (!wasRunning) queue.drain().forEach(onUnhandled);
    } finally {
      isRunning = wasRunning;
    }
  };
  return {
    promise: <T>(executor: (resolve: (value: T) => void) => void) =>
      new SimulatedPromise<T>(executor) as unknown as Promise<T>,
    run,
    isBusy: () => isRunning,
    drain: () => {
      run(nothing);
    },
    start: (program, machine, root, done) => {
      run(() => {
        const started = new SimulatedPromise<unknown>((resolve) => {
          resolve(programs[program](machine, root));
        });
        started.then(
          (value) => {
            done(value, null);
          },
          (error) => {
            done(null, String(error));
          },
        );
      });
    },
  };
}

function nothing(): void {
  // Only the queue runs.
}

/** What the product may use of Node besides the language. */
const GIVEN = ['Buffer', 'URL', 'AbortController', 'TextDecoder', 'console'];

function wrapped(code: string): string {
  // The rest of what Node adds to the language: timers, network, real randomness.
  const ofLanguage = new Set(runInNewContext('Object.getOwnPropertyNames(globalThis)') as string[]);
  const missing = Object.getOwnPropertyNames(globalThis).filter(
    (name) => !ofLanguage.has(name) && !GIVEN.includes(name) && /^[A-Za-z]\w*$/.test(name),
  );
  return `(function (require, Promise, runAsync, given) {
  'use strict';
  const { ${GIVEN.join(', ')} } = given;
  const ${missing
    .filter((name) => name !== 'process')
    .map((name) => `${name} = undefined`)
    .join(', ')};
  const module = { exports: {} }, exports = module.exports;
  const process = { env: {} };
  // No real time and no real randomness: what the product does must follow from the seed.
  const refuse = () => { throw new Error('the product reads time or randomness outside of its port'); };
  const Date = class extends globalThis.Date {
    constructor(...given) { super(...(given.length > 0 ? given : [refuse()])); }
    static now() { refuse(); }
  };
  const Math = Object.defineProperties({}, Object.getOwnPropertyDescriptors(globalThis.Math));
  Math.random = refuse;
  (function () { ${code}
    __async = runAsync;
  })();
  return module.exports.programs;
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
