/**
 * Formats a document as indented JSON with a final newline. Also escapes the characters that JSON leaves as they are
 * and a terminal may obey: DEL, C1 controls and bidirectional overrides (pitfall 33). In JSON these occur only in
 * strings, so the escapes are valid.
 */
export function formatJson(document: object): string {
  return `${JSON.stringify(document, null, 2).replace(UNSAFE_IN_JSON, escapeUnits)}\n`;
}

/** Characters that `escapeForTerminal` escapes, without C0 controls and lone surrogates, which JSON escapes itself. */
const UNSAFE_IN_JSON = /[\u007f\u0080-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu;

function escapeUnits(character: string): string {
  return Array.from({ length: character.length }, (_, index) => {
    return `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`;
  }).join('');
}
