import { expect, test } from '@jest/globals';
import type { ClearedStateFile } from '../../src/model/outcome.js';
import { rootFindings } from '../../src/report/root-findings.js';
import { aScan, stateFile } from '../builders/evidence.js';
import { aReportInput } from '../builders/report-input.js';

const findingsAfter = (cleared: ClearedStateFile) => {
  const scan = aScan([], {
    stateFile: stateFile(9444, null, 77),
    recordedProcess: { kind: 'gone', pid: 77 },
  });
  return rootFindings({
    ...aReportInput({ scan, candidates: [] }),
    reset: { result: [], isInterrupted: false, cleared, after: { scan: aScan([]), candidates: [] } },
  });
};

test('a state file that could not be removed comes with the command that proves again that it may be', () => {
  expect(findingsAfter({ kind: 'failed', path: '/home/a b/sync-daemon', why: 'EACCES' })).toMatchObject([
    { id: 'state_file_stale', remediation: { command: 'spec-kitty sync forget' } },
  ]);
});

test('after a reset the findings describe the root as it is then: a stale state file is not reported again', () => {
  expect(findingsAfter({ kind: 'kept' })).toEqual([]);
});
