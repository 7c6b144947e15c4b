import { clearInterval, setInterval } from 'node:timers';

/** Jest itself shows progress on a terminal only. */
const BETWEEN_LINES_MS = 10_000;

/** Says how many test files run and how long that takes, and without a terminal, as in CI, how far the run is. */
export default class Progress {
  #total = 0;
  #done = 0;
  #running = 0;
  #timer = null;

  onRunStart({ numTotalTestSuites: total }, { estimatedTime }) {
    this.#total = total;
    console.error(`${filesOf(total)}, about ${spell(estimatedTime)} on two cores, longer on a busy machine`);
    if (process.stderr.isTTY) return;
    const start = performance.now();
    const print = () => {
      const elapsed = Math.round((performance.now() - start) / 1000);
      console.error(
        `${this.#done} of ${filesOf(this.#total)} done, ${this.#running} running, after ${elapsed} s`,
      );
    };
    print();
    this.#timer = setInterval(print, BETWEEN_LINES_MS);
  }

  onTestFileStart() {
    this.#running += 1;
  }

  onTestFileResult() {
    this.#running -= 1;
    this.#done += 1;
  }

  onRunComplete() {
    clearInterval(this.#timer);
  }
}

function filesOf(number) {
  return `${number} test file${number === 1 ? '' : 's'}`;
}

function spell(seconds) {
  return seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} minutes`;
}
