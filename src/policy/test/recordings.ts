import type { PolicyFacts } from '../../model/policy-facts.js';
import type { Result } from '../../model/result.js';
import { beside, type FileName } from '../source-file.js';
import { type PolicyProblem, TOP } from '../finding.js';
import { stateOf } from './cases.js';
import type { Recording, TestCase } from './cases.js';

/** A candidate of a saved scan, with its policy facts. */
export interface Replayed {
  readonly port: number;
  readonly address: string;
  readonly facts: PolicyFacts;
}

/** Reads a saved scan and returns its candidates. */
export type Replay = (path: string) => Promise<Result<readonly Replayed[]>>;

/**
 * Makes a case of each candidate in the recordings. Every candidate must have exactly one expected verdict, so that a
 * recording is tested completely.
 */
export async function casesFromRecordings(
  recordings: readonly Recording[],
  casesFile: FileName,
  replay: Replay,
): Promise<{ readonly cases: readonly TestCase[]; readonly problems: readonly PolicyProblem[] }> {
  if (recordings.length > MAX_RECORDINGS)
    return { cases: [], problems: [tooMany(recordings, casesFile, `${MAX_RECORDINGS} recordings`)] };
  const made: RecordingCases[] = [];
  let candidates = 0;
  // Read one after the other, because each saved scan may be large.
  for (const recording of recordings) {
    const replayed = await replay(beside(casesFile, recording.facts).path);
    candidates += replayed.ok ? replayed.value.length : 0;
    if (candidates > MAX_CANDIDATES)
      return { cases: [], problems: [tooMany([recording], casesFile, `${MAX_CANDIDATES} candidates`)] };
    made.push(replayed.ok ? casesFrom(recording, replayed.value) : unusable(recording, replayed.why));
  }
  return {
    cases: made.flatMap(({ cases }) => cases),
    problems: made.flatMap(({ problems }) =>
      problems.map((problem) => ({ file: casesFile.shown, ...problem })),
    ),
  };
}

/** A limit is needed because a pull request chooses the number and the content of its recordings. */
const MAX_RECORDINGS = 50;
/** The most candidates in all recordings together. */
const MAX_CANDIDATES = 2000;

function tooMany([first]: readonly Recording[], { shown: file }: FileName, most: string): PolicyProblem {
  const { line, column } = first ?? TOP;
  return {
    file,
    line,
    column,
    check: 'cases',
    message: `more than ${most}`,
    hint: 'keep only recordings that test something new',
  };
}

interface RecordingCases {
  readonly cases: readonly TestCase[];
  readonly problems: readonly Omit<PolicyProblem, 'file'>[];
}

function unusable({ facts, line, column }: Recording, why: string): RecordingCases {
  const message = `cannot use the saved scan \`${facts}\`: ${why}`;
  return {
    cases: [],
    problems: [
      {
        line,
        column,
        check: 'cases',
        message,
        hint: 'save it with `spec-kitty auth doctor --save-facts FILE`',
      },
    ],
  };
}

function casesFrom(
  { facts, expected, line, column }: Recording,
  candidates: readonly Replayed[],
): RecordingCases {
  const isRowFor = (row: Recording['expected'][number], { port, address }: Replayed): boolean =>
    row.port === port && (row.address ?? address) === address;
  const cases: TestCase[] = [];
  const problems: Omit<PolicyProblem, 'file'>[] = [];
  for (const row of expected) {
    const matching = candidates.filter((candidate) => isRowFor(row, candidate));
    const states = matching.flatMap((candidate) => stateOf(candidate.facts) ?? []);
    const place = { line: row.line, column: row.column };
    if (states.length !== 1) {
      const message = `\`${facts}\` has ${matching.length} candidates on port ${row.port}`;
      problems.push({
        ...place,
        check: 'cases',
        message,
        hint: 'name exactly one by its port, and by its address if several have the port',
      });
    }
    cases.push({ name: `${facts}, port ${row.port}`, ...place, states, expected: row });
  }
  for (const candidate of candidates) {
    if (expected.some((row) => isRowFor(row, candidate))) continue;
    const message = `no verdict is expected for ${candidate.address} port ${candidate.port} in \`${facts}\``;
    problems.push({ line, column, check: 'cases', message, hint: 'add its expected verdict to `then`' });
  }
  return { cases, problems };
}
