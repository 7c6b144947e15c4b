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
  type YAMLError,
} from 'yaml';
import type { Place } from '../model/verdict.js';
import { checkTokens } from './check-tokens.js';
import type { PolicyProblem } from './problem.js';

/** A parsed YAML file: its plain value, and where each part of it stands. */
export interface YamlDocument {
  readonly value: unknown;
  /** Where the value at this path stands; with `key`, where its key stands. */
  place(path: readonly (string | number)[], key?: string): Place;
}

type Problem = Omit<PolicyProblem, 'file'>;

type Parsed =
  | { readonly ok: true; readonly document: YamlDocument }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Parses YAML 1.2 (core schema: `yes` and `no` are words, not booleans). What makes a file say other than it seems to
 * is refused: duplicate keys, anchors, aliases, merge keys, tags and directives.
 */
export function parseYaml(text: string): Parsed {
  const refused = checkTokens(text);
  if (refused) {
    const { offset, message, hint } = refused;
    return { ok: false, problems: [{ ...placeIn(text, offset), check: 'yaml', message, hint }] };
  }
  const lines = new LineCounter();
  const document = parseDocument(text, {
    version: '1.2',
    schema: 'core',
    uniqueKeys: true,
    prettyErrors: false,
    lineCounter: lines,
  });
  const placeAt = (offset: number): Place => placeOf(lines, offset);
  const problems = [...document.errors, ...document.warnings].map((error) => describe(error, placeAt));
  problems.push(...indirections(document, placeAt));
  if (problems.length > 0) return { ok: false, problems };
  return {
    ok: true,
    document: { value: document.toJS(), place: (path, key) => placeAt(offsetOf(document, path, key)) },
  };
}

/** For a text that is not going to be parsed. */
function placeIn(text: string, offset: number): Place {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

function placeOf(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}

function describe({ code, message, pos }: YAMLError, placeAt: (offset: number) => Place): Problem {
  const place = placeAt(pos[0]);
  if (code === 'DUPLICATE_KEY') {
    return {
      ...place,
      check: 'yaml',
      message: 'duplicate key',
      hint: 'say it once: one of the two would be ignored',
    };
  }
  if (code === 'MULTIPLE_DOCS') {
    return {
      ...place,
      check: 'yaml',
      message: 'a second document',
      hint: 'the file is one document: drop the `---`',
    };
  }
  const words = message.charAt(0).toLowerCase() + message.slice(1);
  return {
    ...place,
    check: 'yaml',
    message: `not valid YAML: ${words}`,
    hint: 'mend the YAML at this place',
  };
}

/** The first one is enough: it is not resolved, however much it would expand to. */
function indirections(document: Document, placeAt: (offset: number) => Place): Problem[] {
  const problems: Problem[] = [];
  const hint = 'write the value out where it is meant';
  visit(document, {
    Node(_key, node) {
      const offset = node.range?.[0] ?? 0;
      if (isAlias(node))
        problems.push({ ...placeAt(offset), check: 'yaml', message: 'aliases are not allowed here', hint });
      else if (node.anchor)
        problems.push({ ...placeAt(offset), check: 'yaml', message: 'anchors are not allowed here', hint });
      else if (node.tag !== undefined)
        problems.push({ ...placeAt(offset), check: 'yaml', message: 'tags are not allowed here', hint });
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
