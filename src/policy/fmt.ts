import { parseDocument, visit, type YAMLMap, type YAMLSeq } from 'yaml';

const WIDTH = 120;

/**
 * A policy in the one layout: indents of two, `{ fact: value }`, `[one, other]`, lines of 120. Comments stay, and so does
 * what it means.
 */
export function canonical(text: string): string {
  // A `#` without words, after a comma, gets a line of its own only when it is read again.
  return layOut(layOut(text));
}

function layOut(text: string): string {
  const document = parseDocument(text);
  visit(document, {
    Map: (_key, map) => {
      pad(map, ' ');
    },
    Seq: (_key, seq) => {
      pad(seq, '');
    },
  });
  return document.toString({ lineWidth: WIDTH, indentSeq: true });
}

/** Of its own accord the library pads all brackets, or none. */
function pad(collection: YAMLMap | YAMLSeq, padding: string): void {
  const write = collection.toString.bind(collection);
  collection.toString = (context, ...callbacks) =>
    write(context && { ...context, flowCollectionPadding: padding }, ...callbacks);
}
