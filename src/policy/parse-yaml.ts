import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  LineCounter,
  parseDocument,
  visit,
} from 'yaml';
import type { Place } from '../model/verdict.js';
import type { PolicyProblem } from './problem.js';

/** A parsed policy file: its plain value, and where each part of it stands. */
export interface YamlDocument {
  readonly value: unknown;
  /** Where the value at this path stands; with `key`, where its key stands. */
  place(path: readonly (string | number)[], key?: string): Place;
}

type Parsed =
  | { readonly ok: true; readonly document: YamlDocument }
  | { readonly ok: false; readonly problems: readonly Omit<PolicyProblem, 'file'>[] };

/**
 * Parses YAML 1.2 (core schema: `yes` and `no` are words, not booleans). What makes a file say other than it seems to
 * is refused: duplicate keys, anchors, aliases, merge keys and tags.
 */
export function parseYaml(text: string): Parsed {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    version: '1.2',
    schema: 'core',
    uniqueKeys: true,
    lineCounter: lines,
  });
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const problems: Omit<PolicyProblem, 'file'>[] = [...document.errors, ...document.warnings].map(
    ({ message, pos }) => ({
      ...placeAt(pos[0]),
      message: message.split('\n')[0] ?? message,
      hint: null,
    }),
  );
  problems.push(...indirections(document, placeAt));
  if (problems.length > 0) return { ok: false, problems };
  return {
    ok: true,
    document: { value: document.toJS(), place: (path, key) => placeAt(offsetOf(document, path, key)) },
  };
}

/** The first one is enough: it is not resolved, however much it would expand to. */
function indirections(document: Document, placeAt: (offset: number) => Place): Omit<PolicyProblem, 'file'>[] {
  const problems: Omit<PolicyProblem, 'file'>[] = [];
  const hint = 'write the value out where it is meant';
  visit(document, {
    Node(_key, node) {
      const offset = node.range?.[0] ?? 0;
      if (isAlias(node))
        problems.push({ ...placeAt(offset), message: 'aliases are not allowed in a policy', hint });
      else if (node.anchor)
        problems.push({ ...placeAt(offset), message: 'anchors are not allowed in a policy', hint });
      else if (node.tag !== undefined)
        problems.push({ ...placeAt(offset), message: 'tags are not allowed in a policy', hint });
      return problems.length > 0 ? visit.BREAK : undefined;
    },
  });
  return problems;
}

function offsetOf(document: Document, path: readonly (string | number)[], key?: string): number {
  const node = path.length > 0 ? document.getIn(path, true) : document.contents;
  if (key !== undefined && isMap(node)) {
    const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === key);
    if (isNode(pair?.key)) return pair.key.range?.[0] ?? 0;
  }
  return isNode(node) ? (node.range?.[0] ?? 0) : 0;
}
