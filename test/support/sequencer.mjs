import { statSync } from 'node:fs';

/** Each takes most of a minute, nearly all of it waiting: begun last, a whole run would wait for it alone. */
const SLOWEST = [
  'matrix/matrix',
  'torture/torture',
  'live/container-uptime',
  'live/startup-trouble',
  'live/queue-unusable',
  'live/silence',
  'live/daemon-retirement',
  'live/recycled-pid',
  'live/startup-races',
  'live/silence-elsewhere',
];

/**
 * The slowest files first, then the largest. jest's own order goes by durations that it remembers, and a fresh clone has
 * none.
 */
export default class SlowestFirst {
  sort(tests) {
    const place = ({ path }) => {
      const index = SLOWEST.findIndex((name) => path.endsWith(`/test/${name}.test.ts`));
      return index === -1 ? SLOWEST.length : index;
    };
    const size = ({ path }) => statSync(path).size;
    return [...tests].sort((one, other) => place(one) - place(other) || size(other) - size(one));
  }

  allFailedTests(tests) {
    return tests;
  }

  cacheResults() {
    // Nothing is remembered: the order is the same in each run.
  }
}
