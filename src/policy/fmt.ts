import { parseDocument, visit, type YAMLMap, type YAMLSeq } from 'yaml';

const WIDTH = 120;

/**
 * Formats a policy: indents of two, `{ fact: value }`, `[one, other]`, lines of at most 120 characters. Comments and
 * meaning stay.
 */
export function canonical(text: string): string {
  // Twice, because the library moves an empty comment after a comma to its own line only in a second pass.
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

/** Sets the padding inside the brackets of one collection, because the library's own option pads either all or none. */
function pad(collection: YAMLMap | YAMLSeq, padding: string): void {
  const write = collection.toString.bind(collection);
  collection.toString = (context, ...callbacks) =>
    write(context && { ...context, flowCollectionPadding: padding }, ...callbacks);
}
