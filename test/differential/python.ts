import fc from 'fast-check';
import { spawnSync } from 'node:child_process';
import { python } from '../support/requirements.js';

/** Random inputs from a fixed seed, so that every run has the same. */
export function inputs<T>(arbitrary: fc.Arbitrary<T>, numRuns = 2000): readonly T[] {
  return fc.sample(arbitrary, { numRuns, seed: 2026 });
}

/** Random texts joined from at most `maxLength` of these pieces. */
export function textsOf(pieces: readonly string[], maxLength: number): fc.Arbitrary<string> {
  return fc.array(fc.constantFrom(...pieces), { maxLength }).map((parts) => parts.join(''));
}

/** The bytes of a text, with a byte that is not UTF-8 in place of each `÷`. */
export function bytesOf(text: string): Buffer {
  return Buffer.concat(
    text.split('÷').flatMap((part, at) => [...(at > 0 ? [NOT_UTF8] : []), Buffer.from(part)]),
  );
}

const NOT_UTF8 = Buffer.from([0xff]);

/**
 * Runs a Python function on every input, in one process because starting one for each would take minutes.
 * @param program defines `reading(input)`; its result must be JSON, and an exception becomes null
 */
export function readByPython(program: string, all: readonly unknown[], folder?: string): readonly unknown[] {
  const { status, stdout, stderr } = spawnSync(python, ['-I', '-c', program + EACH], {
    input: JSON.stringify(all),
    encoding: 'utf8',
    maxBuffer: 1e8,
    cwd: folder,
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as unknown[];
}

const EACH = `
import json, sys

def or_none(value):
    try:
        return reading(value)
    except (Exception, SystemExit):
        return None

json.dump([or_none(value) for value in json.load(sys.stdin)], sys.stdout, default=repr)
`;
