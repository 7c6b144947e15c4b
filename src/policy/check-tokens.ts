import { type CST, Parser } from 'yaml';

/** Trouble at an offset of the text. */
export interface TokenProblem {
  readonly offset: number;
  readonly message: string;
  readonly hint: string;
}

/** A policy needs seven levels; the composer, which recurses, is not asked how many it can bear. */
const DEEPEST = 16;

/**
 * What is refused before anything is built of the text: a nesting that would exhaust the stack, and directives, which
 * change what the words after them mean (`%YAML 1.1`, `%TAG`). The parser underneath is iterative.
 */
export function checkTokens(text: string): TokenProblem | null {
  let level: CST.Token[] = [...new Parser().parse(text)];
  const directive = level.find(({ type }) => type === 'directive');
  if (directive) {
    const hint = 'leave it out: the file is YAML 1.2 without directives';
    return { offset: directive.offset, message: 'directives are not allowed here', hint };
  }
  for (let depth = 0; depth <= DEEPEST; depth += 1) {
    for (const token of level) {
      const tooMany = tooManyIn(token);
      if (tooMany) return tooMany;
    }
    level = level.flatMap(children);
  }
  const [tooDeep] = level;
  if (!tooDeep) return null;
  const hint = 'it is a flat list: write it as the documentation shows';
  return { offset: tooDeep.offset, message: `nested deeper than ${DEEPEST} levels`, hint };
}

/** A vocabulary has thirteen facts, and a fact five values. To find what is there twice, all are compared with all. */
const MOST_KEYS = 100;
const MOST_WORDS = 100;

function tooManyIn(token: CST.Token): TokenProblem | null {
  if (!('items' in token)) return null;
  const isList =
    token.type === 'block-seq' || (token.type === 'flow-collection' && token.start.source === '[');
  // A list of rules or cases may be long; one of words may not.
  const counted = isList ? token.items.filter(({ value }) => value && !('items' in value)) : token.items;
  const most = isList ? MOST_WORDS : MOST_KEYS;
  if (counted.length <= most) return null;
  const hint = 'it is no file of this kind: name the right one, or write it as the documentation shows';
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
