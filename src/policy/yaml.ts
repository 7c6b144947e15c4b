import {
  type CST,
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  LineCounter,
  parseDocument,
  Parser,
  visit,
  type YAMLError,
} from 'yaml';
import type { Place } from '../model/verdict.js';
import { type PolicyProblem } from './finding.js';

/** A parsed YAML file: its value, and the place of each part. */
export interface YamlDocument {
  readonly value: unknown;
  /** Returns the place of the value at a path, or of the key `key` in that value. */
  place(path: readonly (string | number)[], key?: string): Place;
}

type Problem = Omit<PolicyProblem, 'file'>;

type Parsed =
  | { readonly ok: true; readonly document: YamlDocument }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Parses YAML 1.2 (core schema: `yes` and `no` are strings, not booleans). Refuses what can make a file mean something
 * other than it appears to: duplicate keys, anchors, aliases, tags and directives. A merge key (`<<`) is not merged, so
 * the schema check refuses it as an unknown key.
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

/** Returns the place of an offset in a text that has not been parsed. */
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
      hint: 'remove one of the two: only one would count',
    };
  }
  if (code === 'MULTIPLE_DOCS') {
    return {
      ...place,
      check: 'yaml',
      message: 'a second document',
      hint: 'remove the `---`: the file must be one document',
    };
  }
  const words = message.charAt(0).toLowerCase() + message.slice(1);
  return {
    ...place,
    check: 'yaml',
    message: `not valid YAML: ${words}`,
    hint: 'correct the YAML at this place',
  };
}

/**
 * Finds the first alias, anchor or tag. Aliases are never resolved, so the size to which they would expand does not
 * matter.
 */
function indirections(document: Document, placeAt: (offset: number) => Place): Problem[] {
  const problems: Problem[] = [];
  const hint = 'write the value itself at each place';
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

/** A problem at an offset of the text. */
interface TokenProblem {
  readonly offset: number;
  readonly message: string;
  readonly hint: string;
}

/**
 * The deepest nesting that is accepted. A policy needs seven levels. Very deep nesting could exhaust the stack of the
 * composer, which is recursive.
 */
const MAX_LEVELS = 16;

/**
 * Checks the tokens before the document is composed. Refuses directives (`%YAML 1.1`, `%TAG`), because they change the
 * meaning of what follows, deep nesting, because it would exhaust the stack of the composer, and too many keys or
 * words. The token parser itself is iterative.
 */
function checkTokens(text: string): TokenProblem | null {
  let level: CST.Token[] = [...new Parser().parse(text)];
  const directive = level.find(({ type }) => type === 'directive');
  if (directive) {
    const hint = 'remove it: the file must be YAML 1.2 without directives';
    return { offset: directive.offset, message: 'directives are not allowed here', hint };
  }
  for (let depth = 0; depth <= MAX_LEVELS; depth += 1) {
    for (const token of level) {
      const tooMany = tooManyIn(token);
      if (tooMany) return tooMany;
    }
    level = level.flatMap(children);
  }
  const [tooDeep] = level;
  if (!tooDeep) return null;
  const hint = 'write it as docs/policy.md shows';
  return { offset: tooDeep.offset, message: `nested deeper than ${MAX_LEVELS} levels`, hint };
}

/**
 * The most keys in a mapping and words in a list, because the library compares all keys of a mapping with each other. A
 * policy needs far fewer: the vocabulary has 13 facts of at most 5 values.
 */
const MAX_KEYS = 100;
const MAX_WORDS = 100;

function tooManyIn(token: CST.Token): TokenProblem | null {
  if (!('items' in token)) return null;
  const isList =
    token.type === 'block-seq' || (token.type === 'flow-collection' && token.start.source === '[');
  // In a list, count only words: a list of rules or cases may be long.
  const counted = isList ? token.items.filter(({ value }) => value && !('items' in value)) : token.items;
  const most = isList ? MAX_WORDS : MAX_KEYS;
  if (counted.length <= most) return null;
  const hint = 'check the file name, or write it as docs/policy.md shows';
  return {
    offset: token.offset,
    message: `more than ${most} ${isList ? 'words in a list' : 'keys in a mapping'}`,
    hint,
  };
}

function children(token: CST.Token): CST.Token[] {
  if (token.type === 'document') return token.value ? [token.value] : [];
  if (!('items' in token)) return [];
  return token.items.flatMap(({ key, value }) => [key, value].filter((child) => child != null));
}
