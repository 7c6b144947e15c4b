import type { Observer } from '../machine/machine.js';
import { fileProblem, type PolicyProblem } from './finding.js';
import { checkSchema, type FileKind } from './schema.js';
import { type FileName, readPolicyFile } from './source-file.js';
import { parseYaml, type YamlDocument } from './yaml.js';

type ReadYaml<T, Problem> =
  | { readonly ok: true; readonly source: T; readonly document: YamlDocument }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Parses a text as YAML and checks it against the schema of its kind. */
export function readYaml<T>(text: string, kind: FileKind): ReadYaml<T, Omit<PolicyProblem, 'file'>> {
  const yaml = parseYaml(text);
  if (!yaml.ok) return yaml;
  const checked = checkSchema<T>(yaml.document, kind);
  return checked.ok ? { ...checked, document: yaml.document } : checked;
}

/**
 * Reads a YAML file and checks it against the schema of its kind. Does not check who could have written the file,
 * because no daemon is ended because of its content.
 */
export function readYamlFile<T>(
  observer: Observer,
  { path, shown: file }: FileName,
  kind: FileKind,
): ReadYaml<T, PolicyProblem> {
  const read = readPolicyFile(observer, path);
  if (!read.ok) return { ok: false, problems: [fileProblem(file, read)] };
  const yaml = readYaml<T>(read.text, kind);
  return yaml.ok ? yaml : { ok: false, problems: yaml.problems.map((problem) => ({ file, ...problem })) };
}
