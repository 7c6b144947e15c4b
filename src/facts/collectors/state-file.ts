import type { Access, StateFile } from '../../model/files.js';
import { NOT_A_FILE } from '../../system/observe/bounded-file.js';
import type { Tree } from '../../system/observe/tree.js';

/** Four short lines; a real one has under 200 bytes. */
const LONGEST_STATE_FILE = 4096;

/** Reads the file that names a root's recorded singleton. A file that cannot be used is never "no daemon" (pitfall 30). */
export function readStateFile(path: string, tree: Tree): StateFile {
  const reading = tree.readFile(path, LONGEST_STATE_FILE);
  switch (reading.kind) {
    case 'absent':
      return reading;
    case 'unreadable':
      // What is no file names nobody, whoever looks.
      return reading.why === NOT_A_FILE ? malformed('it is not a regular file') : reading;
    case 'too_big':
      return { kind: 'malformed', why: `it is longer than ${reading.limit} bytes` };
    case 'read': {
      const { text, owner, group, mode } = reading;
      return parseStateFile(text, { owner, group, mode });
    }
  }
}

/**
 * Reads up to four non-empty lines by position: URL, port, token or id, PID (observed-daemons: "Files under the
 * runtime root"). A file written without a token has the PID in the token's place.
 * What is read is what releases read, by `splitlines()`, `strip()` and `int()`. Python ends lines and takes away blanks
 * at more characters than JavaScript, and at others; no release writes any of them, so a file that has one is malformed.
 */
export function parseStateFile(text: string, access: Access): StateFile {
  if (!READ_ALIKE.test(text)) return malformed('it has characters that no release writes');
  const lines = text
    .split(/\r\n|[\r\n]/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const [url, portText, third, fourth] = lines;
  if (url === undefined || portText === undefined) return malformed('it has fewer than two lines');
  if (lines.length > 4) return malformed('it has more than four lines');
  const port = parseCount(portText, 65_535);
  if (port === null) return malformed('its second line is no port number');
  if (portOfUrl(url) !== port) return malformed('its first line is no URL with the port of its second line');
  if (fourth === undefined) {
    const pid = third === undefined ? null : parseCount(third, LARGEST_PID);
    return { kind: 'read', access, port, key: pid === null ? (third ?? null) : null, pid };
  }
  const pid = parseCount(fourth, LARGEST_PID);
  if (pid === null) return malformed('its fourth line is no PID');
  return { kind: 'read', access, port, key: third ?? null, pid };
}

/** What every reader of lines takes for the same: visible ASCII, blanks, and the ends of lines. */
const READ_ALIKE = /^[\t\n\r\x20-\x7e]*$/;

/** PID_MAX_LIMIT of 64-bit Linux. */
const LARGEST_PID = 4_194_304;

function parseCount(text: string, largest: number): number | null {
  const value = /^\d{1,7}$/.test(text) ? Number(text) : 0;
  return value >= 1 && value <= largest ? value : null;
}

/** Only where it is written so plainly that no two parsers of URLs differ. */
function portOfUrl(text: string): number | null {
  const port = /^https?:\/\/(?:[\w.-]+|\[[\da-f:.]+\]):(\d{1,5})(?:\/[\w./-]*)?$/i.exec(text)?.[1];
  return port === undefined ? null : Number(port);
}

function malformed(why: string): StateFile {
  return { kind: 'malformed', why };
}
