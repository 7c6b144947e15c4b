import schema from '../../schemas/acknowledged.schema.json' with { type: 'json' };
import type { Observer } from '../machine/machine.js';
import type { Place } from '../model/verdict.js';
import type { PolicyProblem } from './finding.js';
import { readYamlFile } from './read-yaml.js';
import type { FileKind } from './schema.js';
import type { FileName } from './source-file.js';

/**
 * `acknowledged.yaml`: the loosened changes that were accepted, each with a reason. Null if the file has only comments.
 * @public the schema is made from it
 */
export type Acknowledged = readonly AcknowledgedChange[] | null;

interface AcknowledgedChange {
  /**
   * The content hash of the change, as `policy diff` prints it.
   * @pattern ^sha256:[0-9a-f]{64}$
   */
  readonly change: string;
  /**
   * Why this loosening is accepted, in one sentence.
   * @pattern \S
   */
  readonly why: string;
}

/** An entry of `acknowledged.yaml`, and its place in the file. */
export type Acknowledgement = AcknowledgedChange & Place;

export interface Acknowledgements {
  readonly file: string;
  readonly entries: readonly Acknowledgement[];
}

type ReadAcknowledgements =
  | { readonly ok: true; readonly acknowledgements: Acknowledgements }
  | { readonly ok: false; readonly problems: readonly PolicyProblem[] };

const KIND: FileKind = {
  schema,
  name: 'the list',
  page: 'docs/reviewing-policy-changes.md',
  wellFormed: 'copy the lines that `policy diff` prints, and add the reason',
};

/** Reads the acknowledged changes from a file; there are none if the file does not exist. */
export function readAcknowledged(observer: Observer, name: FileName): ReadAcknowledgements {
  const file = name.shown;
  if (!observer.files.exists(name.path)) return { ok: true, acknowledgements: { file, entries: [] } };
  const yaml = readYamlFile<Acknowledged>(observer, name, KIND);
  if (!yaml.ok) return yaml;
  const entries = (yaml.source ?? []).map((entry, index) => ({
    ...entry,
    ...yaml.document.place([index]),
  }));
  const seen = new Set<string>();
  const twice = entries.filter(({ change }) => seen.size === seen.add(change).size);
  if (twice.length === 0) return { ok: true, acknowledgements: { file, entries } };
  const hint = 'remove one of the two entries';
  return {
    ok: false,
    problems: twice.map(({ line, column }) => ({
      file,
      line,
      column,
      check: 'acknowledged',
      message: 'this change is acknowledged twice',
      hint,
    })),
  };
}
