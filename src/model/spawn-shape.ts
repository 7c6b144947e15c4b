import type { Argv } from './evidence.js';

/** The exact command lines that released Spec Kitty releases, and ours, start a sync daemon with. */
export type SpawnShape =
  /** Python 3.1.x and 3.2.0 release candidates: no markers. */
  | { readonly generation: 'pre-marker'; readonly port: number; readonly token: string | null }
  /** Python 3.2.0 and later. */
  | {
      readonly generation: 'marked';
      readonly port: number;
      readonly token: string | null;
      readonly root: string;
      readonly executable: string;
    }
  /** Ours: an id instead of a token, so that nothing in argv is a secret. */
  | { readonly generation: 'own'; readonly port: number; readonly id: string; readonly root: string };

/**
 * Reads a command line element by element; anything but an exact match is null (design: "spawn_shape is exact").
 * A mention of a daemon somewhere in the arguments of an editor or a grep is therefore nothing (pitfall 10).
 */
export function parseSpawnShape(argv: Argv): SpawnShape | null {
  if (!argv.exact) return null;
  return parsePython(argv.elements) ?? parseOwn(argv.elements);
}

const CALL = String.raw`run_sync_daemon\((\d{1,5}), (?:None|'([^'\\\n]*)')\)`;
const IMPORT = String.raw`from specify_cli\.sync\.daemon import run_sync_daemon\n`;
const MARKED_SCRIPT = new RegExp(
  String.raw`^import os\nos\.environ\["SPEC_KITTY_SYNC_MINIMAL_IMPORT"\] = "1"\n${IMPORT}${CALL}\n$`,
);
// The observations give its two lines, not whether the last one ends in a newline.
const PRE_MARKER_SCRIPT = new RegExp(String.raw`^${IMPORT}${CALL}\n?$`);
const PYTHON = /^(?:python|pypy)[\w.-]*$/i;

function parsePython(elements: readonly string[]): SpawnShape | null {
  const [interpreter, flag, script, rootMarker, execMarker] = elements;
  if (interpreter === undefined || !PYTHON.test(baseName(interpreter))) return null;
  if (flag !== '-c' || script === undefined) return null;

  if (elements.length === 3) {
    const call = PRE_MARKER_SCRIPT.exec(script);
    return call && { generation: 'pre-marker', port: Number(call[1]), token: call[2] ?? null };
  }
  const call = MARKED_SCRIPT.exec(script);
  const root = valueOf(rootMarker, '--spec-kitty-daemon-root=');
  const executable = valueOf(execMarker, '--spec-kitty-daemon-exec=');
  if (elements.length !== 5 || !call || root === null || executable === null) return null;
  return { generation: 'marked', port: Number(call[1]), token: call[2] ?? null, root, executable };
}

function parseOwn(elements: readonly string[]): SpawnShape | null {
  const [interpreter, script, rootMarker, portMarker, idMarker] = elements;
  if (elements.length !== 5 || interpreter === undefined || script === undefined) return null;
  if (!/^node[\w.-]*$/.test(baseName(interpreter)) || !/^\/(?:.*\/)?sync-daemon\.cjs$/.test(script))
    return null;

  const root = valueOf(rootMarker, '--spec-kitty-daemon-root=');
  const port = valueOf(portMarker, '--spec-kitty-daemon-port=');
  const id = valueOf(idMarker, '--spec-kitty-daemon-id=');
  if (root === null || port === null || !/^\d{1,5}$/.test(port) || id === null || !DAEMON_ID.test(id))
    return null;
  return { generation: 'own', port: Number(port), id, root };
}

/** 128 random bits in hex. Names one daemon of ours for its life; not a secret. */
export const DAEMON_ID = /^[0-9a-f]{32}$/;

function valueOf(element: string | undefined, marker: string): string | null {
  return element !== undefined && element.startsWith(marker) && element.length > marker.length
    ? element.slice(marker.length)
    : null;
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
