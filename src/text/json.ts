/**
 * A document as the one JSON text on stdout. What JSON does not escape by itself and a terminal might obey (DEL, C1
 * controls, bidirectional overrides) is escaped too: it can only stand inside strings.
 */
export function formatJson(document: object): string {
  return `${JSON.stringify(document, null, 2).replace(UNSAFE_IN_JSON, escapeUnits)}\n`;
}

/** Everything that `escapeForTerminal` escapes, but for the ASCII control characters, which JSON handles. */
const UNSAFE_IN_JSON = /[\u007f\u0080-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu;

function escapeUnits(character: string): string {
  return Array.from({ length: character.length }, (_, index) => {
    return `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`;
  }).join('');
}
