import { expect, test } from '@jest/globals';
import { identifyListener } from '../../src/identity/identify.js';
import { formatTarget, isNamedBy, parseTarget, processTarget } from '../../src/model/target.js';
import { decimalOf } from '../../src/model/opaque-id.js';
import { aListener, aProcess, aScan } from '../builders/evidence.js';

test.each([
  ['pid:4001@123456', '123456'],
  ['pid:4001@1844674407260', '1844674407260'],
  // An incarnation of macOS: a unique id of 64 bits and a version of 32 bits. A number would lose digits.
  ['pid:4001@18446744073709551615.4294967295', '18446744073709551615.4294967295'],
  ['pid:4001@9007199254740993.1', '9007199254740993.1'],
])('%s is a process that no later one with its PID is', (text, incarnation) => {
  const target = parseTarget(text);
  expect(target).toEqual({ kind: 'process', pid: 4001, incarnation });
  expect(target && formatTarget(target)).toBe(text);
  const candidateOf = (other: string): ReturnType<typeof identifyListener> => {
    const evidence = aListener({
      holder: { kind: 'known', process: aProcess({ incarnation: other }) },
    });
    return identifyListener(evidence, aScan([evidence]));
  };
  expect(processTarget(candidateOf(incarnation))).toEqual(target);
  expect(target && isNamedBy(target, candidateOf(incarnation))).toBe(true);
  for (const other of ['1', `${incarnation}0`, '9007199254740992.1', incarnation.replace('.', '')])
    expect(target && other !== incarnation && isNamedBy(target, candidateOf(other))).toBe(false);
});

test.each(['pid:1@', 'pid:1@x', 'pid:1@1.', 'pid:1@.1', 'pid:1@1.2.3', 'pid:1@-1', 'pid:1@so:1', 'pid:01@1'])(
  '%s is no target',
  (text) => {
    expect(parseTarget(text)).toBeNull();
  },
);

test.each([
  ['0', 0],
  ['4518404', 4_518_404],
  // A start before the time namespace of a container.
  ['1844674407260', 1_844_674_407_260],
  ['9007199254740992', null],
  ['9007199254740993', null],
  ['12.1', null],
  ['12.0', null],
  ['-1', null],
  ['007', null],
  ['1e3', null],
  ['', null],
  ['NaN', null],
  ['so:0.1', null],
])('the id %j is the number %j in a document', (id, number) => {
  expect(decimalOf(id)).toBe(number);
});
