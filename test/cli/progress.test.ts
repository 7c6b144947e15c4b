import { describe, expect, test } from '@jest/globals';
import { type StatusLine, statusLineOn } from '../../src/machine/status-line.js';

interface Terminal {
  readonly line: StatusLine;
  readonly written: string[];
  /** Lets the time pass in which a command may be silent. */
  readonly pass: () => void;
}

/** Stands in for a terminal, because a test run may have none: collects what is written. */
function terminal(isTTY = true, columns = 80): Terminal {
  const written: string[] = [];
  const due: (() => void)[] = [];
  const stream = { isTTY, columns, write: (text: string) => written.push(text) > 0 };
  return {
    line: statusLineOn(
      () => stream,
      (_ms, act) => due.push(act),
    ),
    written,
    pass: () => {
      for (const act of due.splice(0)) act();
    },
  };
}

const CLEARED = '\r\u001b[K';
const ASKING = { doing: 'asking', port: 9400, then: 'once more', atMostMs: 10_000 };
const ending = (port: number) => ({ doing: 'waiting for', port, then: 'to end', atMostMs: 3000 });

test('a terminal shows the progress of a reset on one line, and erases it at the end', () => {
  const { line, written } = terminal();
  line.showProgress(1, 2);
  line.showProgress(2, 2);
  expect(written).toEqual([`${CLEARED}retiring daemons: 1 of 2`, CLEARED]);
});

describe('a wait', () => {
  test('is shown once it lasts, with its port and its limit, and removed at its end', () => {
    const { line, written, pass } = terminal();
    const end = line.showWait(ASKING);
    expect(written).toEqual([]);
    pass();
    end();
    expect(written).toEqual([`${CLEARED}asking 9400 once more, up to 10 s`, CLEARED]);
  });
  test('has no limit in words if there is nothing to wait for', () => {
    const { line, written, pass } = terminal();
    line.showWait({ ...ASKING, atMostMs: 0 });
    pass();
    expect(written).toEqual([`${CLEARED}asking 9400 once more`]);
  });
  test('is not shown if it is over by then', () => {
    const { line, written, pass } = terminal();
    line.showWait(ASKING)();
    pass();
    expect(written).toEqual([]);
  });
  test('is shown at once after a first silence, so that many short ones are no long silence', () => {
    const { line, written, pass } = terminal();
    line.showWait(ASKING)();
    pass();
    line.showWait(ending(9401))();
    expect(written).toEqual([`${CLEARED}waiting for 9401 to end, up to 3 s`, CLEARED]);
  });
  test('is one with others that differ in the port only, and the longest is first', () => {
    const { line, written, pass } = terminal(true, 120);
    for (const port of [9403, 9401, 9402, 9406]) line.showWait(ending(port));
    line.showWait(ASKING);
    pass();
    expect(written).toEqual([
      `${CLEARED}asking 9400 once more, up to 10 s; waiting for 9401-9403, 9406 to end, up to 3 s`,
    ]);
  });
  test('is cut to the width of the terminal, so that it can be erased', () => {
    const { line, written, pass } = terminal(true, 20);
    line.showWait(ASKING);
    pass();
    expect(written).toEqual([`${CLEARED}asking 9400 once mo`]);
  });
});

test('without a terminal nothing is written', () => {
  const { line, written, pass } = terminal(false);
  line.showProgress(1, 2);
  line.showWait(ASKING);
  pass();
  line.showProgress(2, 2);
  line.clear();
  expect(written).toEqual([]);
});
