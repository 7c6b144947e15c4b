/**
 * A document as indented JSON with a final newline. Characters that JSON leaves as they are and a terminal may obey
 * (DEL, C1 controls, bidirectional overrides) are escaped too (pitfall 33): in JSON they stand only inside strings.
 */
export function formatJson(document: object): string {
  return `${JSON.stringify(document, null, 2).replace(UNSAFE_IN_JSON, escapeUnits)}\n`;
}

/** What `escapeForTerminal` escapes, without the ASCII control characters and lone surrogates: JSON escapes those. */
const UNSAFE_IN_JSON = /[\u007f\u0080-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu;

function escapeUnits(character: string): string {
  return Array.from({ length: character.length }, (_, index) => {
    return `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`;
  }).join('');
}
