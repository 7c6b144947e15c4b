import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';

/** Each takes most of a minute, nearly all of it waiting: started last, a whole run would wait for it alone. */
const SLOWEST = [
  'browser/dashboard-looks',
  'matrix/matrix',
  'live/pasted',
  'torture/torture',
  'live/container-uptime',
  'live/startup-failures',
  'live/unusable-root',
  'live/hidden-listener',
  'live/unreadable-process',
  'live/queue-unusable',
  'live/silent-singleton',
  'live/daemon-retirement',
  'live/recycled-pid',
  'live/startup-races',
  'live/silent-singleton-load',
].map((name) => resolve(import.meta.dirname, `../${name}.test.ts`));

/**
 * The mean duration of a test file, by project: measured on 2026-11-30 in a whole run with three workers on two cores,
 * 74 unit files and 134 live files in 623 s.
 */
const MEAN_MS = { unit: 1300, live: 13_200 };

/**
 * The slowest files first, then the largest. Jest orders by durations that it remembers, and a fresh
 * clone has none. It also estimates the time of a run by durations; here they are the mean of each project.
 */
export default class SlowestFirst {
  constructor() {
    const missing = SLOWEST.filter((path) => !existsSync(path));
    if (missing.length > 0)
      throw new Error(`the list of the slowest tests names none: ${missing.join(', ')}`);
  }

  sort(tests) {
    const place = ({ path }) => (SLOWEST.includes(path) ? SLOWEST.indexOf(path) : SLOWEST.length);
    const size = ({ path }) => statSync(path).size;
    for (const test of tests) test.duration = MEAN_MS[test.context.config.displayName.name];
    return [...tests].sort((one, other) => place(one) - place(other) || size(other) - size(one));
  }

  allFailedTests(tests) {
    return tests;
  }

  cacheResults() {
    // Nothing is remembered: the order is the same in each run.
  }
}
