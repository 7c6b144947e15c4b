import { checkSchema } from './check-schema.js';
import type { FileKind } from './file-kind.js';
import { parseYaml, type YamlDocument } from './parse-yaml.js';
import type { PolicyProblem } from './problem.js';

export type ReadYaml<T> =
  | { readonly ok: true; readonly source: T; readonly document: YamlDocument }
  | { readonly ok: false; readonly problems: readonly Omit<PolicyProblem, 'file'>[] };

/** Makes of a text what its kind of file says, or says where it errs. */
export function readYaml<T>(text: string, kind: FileKind): ReadYaml<T> {
  const yaml = parseYaml(text);
  if (!yaml.ok) return yaml;
  const checked = checkSchema<T>(yaml.document, kind);
  return checked.ok ? { ...checked, document: yaml.document } : checked;
}
