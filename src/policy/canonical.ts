import { isSeq, parseDocument, visit } from 'yaml';

const WIDTH = 120;

/**
 * A policy in the one layout: indents of two, `{ fact: value }`, `[one, other]`, lines of 120. Comments stay, and so does
 * what it means.
 */
export function canonical(text: string): string {
  return withoutPaddedLists(
    parseDocument(text).toString({ lineWidth: WIDTH, flowCollectionPadding: true, indentSeq: true }),
  );
}

/** The library pads all brackets, or none. */
function withoutPaddedLists(text: string): string {
  const padding: number[] = [];
  visit(parseDocument(text), (_key, node) => {
    if (!isSeq(node) || !node.flow || !node.range) return;
    const [start, end] = node.range;
    for (const at of [start + 1, end - 2]) if (text[at] === ' ') padding.push(at);
  });
  const spaces = new Set(padding);
  // By units of UTF-16, as the parser counts.
  return text
    .split('')
    .filter((_, at) => !spaces.has(at))
    .join('');
}
