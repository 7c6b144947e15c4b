import type { Argv } from './evidence.js';
import type { Family } from './family.js';

/**
 * The parsed command line of a daemon, in one of the forms that released versions of Spec Kitty and this program use.
 */
export type SpawnShape =
  /** A sync daemon of Python 3.1.x and 3.2.0 release candidates: no markers. */
  | { readonly generation: 'pre-marker'; readonly port: number; readonly token: string | null }
  /** A sync daemon of the Python CLI, release 3.2.0 or later. */
  | {
      readonly generation: 'marked';
      readonly port: number;
      readonly token: string | null;
      readonly root: string;
      readonly executable: string;
    }
  /** A dashboard of a Python release. `root` is its project. */
  | {
      readonly generation: 'dashboard';
      readonly port: number;
      readonly token: string | null;
      readonly root: string;
    }
  | OwnShape;

/** A daemon of this program, of either family. It has an id and no token: every user can read argv (pitfall 31). */
export interface OwnShape {
  readonly generation: 'own';
  readonly port: number;
  readonly id: string;
  readonly root: string;
}

/**
 * Parses the command line of a daemon of this family, element by element. Anything but an exact match is null: an
 * editor or a grep with a daemon's name among its arguments is no daemon (pitfall 10), and neither is a daemon of the
 * other family (C-001).
 */
export function parseSpawnShape(family: Family, argv: Argv): SpawnShape | null {
  if (!argv.exact) return null;
  return parsePython(family, argv.elements) ?? parseOwn(family, argv.elements);
}

/** Returns what the third line of a state file holds for a daemon with this command line: its id or its token. */
export function keyOf(shape: SpawnShape): string | null {
  return shape.generation === 'own' ? shape.id : shape.token;
}

/**
 * What a command line says about the daemon that it starts, also if it is not exactly that of a release: a debugger adds
 * arguments, and a launcher carries those of the daemon. A part that it does not say is null.
 */
export interface Claim {
  readonly port: number | null;
  /** What the third line of the daemon's state file holds. */
  readonly key: string | null;
  readonly root: string | null;
}

/**
 * Returns what a command line claims; null if no argument is one of a daemon of this family. A text that only contains
 * such an argument, as in an editor or a shell, is no claim (pitfall 10).
 * @param named the third line of a state file: a command line that contains it has a claim, whatever else it is
 */
export function claimOf(family: Family, argv: Argv, named: string | null): Claim | null {
  const { elements } = argv;
  const script = elements.map((element) => parseScript(family, element)).find((found) => found !== null);
  const { rootMarker, portMarker, idMarker } = OWN[family];
  const [root = null, port = null, id = null] = [rootMarker, portMarker, idMarker].map(
    (marker) => elements.map((element) => valueOf(element, marker)).find((value) => value !== null) ?? null,
  );
  const hasNamed =
    named !== null && named.length >= SHORTEST_KEY && elements.some((element) => element.includes(named));
  if (!script && root === null && port === null && id === null && !hasNamed) return null;
  return {
    port: script?.port ?? (port === null ? null : Number(port)),
    key: hasNamed ? named : (script?.token ?? id),
    root: root ?? script?.root ?? null,
  };
}

/** Parses the script of a released daemon of a family. */
function parseScript(
  family: Family,
  text: string,
): { readonly port: number; readonly token: string | null; readonly root: string | null } | null {
  if (family === 'dashboard') {
    const call = DASHBOARD_SCRIPT.exec(text);
    return call && { port: Number(call[5]), token: call[6] ?? null, root: call[3] ?? call[4] ?? null };
  }
  const call = MARKED_SCRIPT.exec(text) ?? PRE_MARKER_SCRIPT.exec(text);
  return call && { port: Number(call[1]), token: call[2] ?? null, root: null };
}

/** A shorter text may occur in any command line. Released programs and ours make keys of 32 characters. */
const SHORTEST_KEY = 16;

/** Returns the command line that starts a daemon of ours. `parseSpawnShape` parses this command line. */
export function ownCommandLine(
  family: Family,
  program: readonly [interpreter: string, script: string],
  { root, port, id }: Omit<OwnShape, 'generation'>,
): readonly string[] {
  const { rootMarker, portMarker, idMarker } = OWN[family];
  return [...program, `${rootMarker}${root}`, `${portMarker}${port}`, `${idMarker}${id}`];
}

const OWN = {
  sync: {
    script: /^\/(?:.*\/)?sync-daemon\.cjs$/,
    rootMarker: '--spec-kitty-daemon-root=',
    portMarker: '--spec-kitty-daemon-port=',
    idMarker: '--spec-kitty-daemon-id=',
  },
  dashboard: {
    script: /^\/(?:.*\/)?dashboard-server\.cjs$/,
    rootMarker: '--spec-kitty-dashboard-project=',
    portMarker: '--spec-kitty-dashboard-port=',
    idMarker: '--spec-kitty-dashboard-id=',
  },
} as const;

/**
 * Patterns of Python literals: an integer must not begin with 0, and a string must not contain a line end (\r or \n).
 */
const PORT = String.raw`(0|[1-9]\d{0,4})`;
const TEXT = String.raw`'([^'\\\n\r]*)'`;
const CALL = String.raw`run_sync_daemon\(${PORT}, (?:None|${TEXT})\)`;
const IMPORT = String.raw`from specify_cli\.sync\.daemon import run_sync_daemon\n`;
const MARKED_SCRIPT = new RegExp(
  String.raw`^import os\nos\.environ\["SPEC_KITTY_SYNC_MINIMAL_IMPORT"\] = "1"\n${IMPORT}${CALL}\n$`,
);
// The observed scripts have two lines; whether the last one ends in a newline was not recorded.
const PRE_MARKER_SCRIPT = new RegExp(String.raw`^${IMPORT}${CALL}\n?$`);
const PYTHON = /^(?:python|pypy)[\w.-]*$/i;

/** Pattern of a path as Python prints it. A path with an escape does not match: none was observed. */
const PYTHON_PATH = String.raw`Path\((?:${TEXT}|"([^"\\\n\r]*)")\)`;
/**
 * The script of a released dashboard. Some released versions put their own checkout first on the module path, with or
 * without a comment above that line. Later versions pass a fourth argument: the number of a pipe on which to report the
 * port.
 */
const DASHBOARD_SCRIPT = new RegExp(
  String.raw`^\n?(?:import sys\n)?from pathlib import Path\n(?:repo_root = ${PYTHON_PATH}\n(?:#[^\n\r]*\n)*sys\.path\.insert\(0, str\(repo_root\)\)\n)?` +
    String.raw`from specify_cli\.dashboard\.server import run_dashboard_server\n` +
    String.raw`run_dashboard_server\(${PYTHON_PATH}, ${PORT}, (?:None|${TEXT})(?:, (?:None|0|[1-9]\d*))?\)\n?$`,
);

function parsePython(family: Family, elements: readonly string[]): SpawnShape | null {
  const [interpreter, flag, script] = elements;
  if (interpreter === undefined || !PYTHON.test(baseName(interpreter))) return null;
  if (flag !== '-c' || script === undefined) return null;
  return family === 'sync' ? parsePythonSync(elements, script) : parsePythonDashboard(elements, script);
}

/** The argument that names the root of a sync daemon, and the one that names the program of a released one. */
const ROOT_MARKER = '--spec-kitty-daemon-root=';
const EXEC_MARKER = '--spec-kitty-daemon-exec=';

/** The elements of a released sync daemon (3.2.0 or later) that were found in another command line. */
export interface ReleasedElements {
  /** The port and token in the script; null without a script. */
  readonly call: { readonly port: number; readonly token: string | null } | null;
  /** Null without a root marker. */
  readonly root: string | null;
  /** The positions of all other elements; 0 is the program. */
  readonly others: readonly number[];
}

/**
 * Finds the elements of a released sync daemon in a command line, each where it comes first. The command line may have
 * further elements, lack some, or have them in another order: whether it is exactly that of a release is decided by
 * `parseSpawnShape` alone.
 */
export function findReleasedElements(elements: readonly string[]): ReleasedElements {
  const found = RELEASED_ELEMENTS.map((isReleased) => elements.findIndex(isReleased)).filter(
    (index) => index >= 0,
  );
  const released = found.map((index) => elements[index]);
  const call = released.map((element) => MARKED_SCRIPT.exec(element ?? '')).find((match) => match !== null);
  return {
    call: call ? { port: Number(call[1]), token: call[2] ?? null } : null,
    root: released.map((element) => valueOf(element, ROOT_MARKER)).find((root) => root !== null) ?? null,
    others: [...elements.keys()].filter((index) => !found.includes(index)),
  };
}

/** Each recognises one element of a released sync daemon. */
const RELEASED_ELEMENTS: readonly ((element: string) => boolean)[] = [
  (element) => PYTHON.test(baseName(element)),
  (element) => element === '-c',
  (element) => MARKED_SCRIPT.test(element),
  (element) => valueOf(element, ROOT_MARKER) !== null,
  (element) => valueOf(element, EXEC_MARKER) !== null,
];

function parsePythonSync(elements: readonly string[], script: string): SpawnShape | null {
  const [, , , rootMarker, execMarker] = elements;
  if (elements.length === 3) {
    const call = PRE_MARKER_SCRIPT.exec(script);
    return call && { generation: 'pre-marker', port: Number(call[1]), token: call[2] ?? null };
  }
  const call = MARKED_SCRIPT.exec(script);
  const root = valueOf(rootMarker, ROOT_MARKER);
  const executable = valueOf(execMarker, EXEC_MARKER);
  if (elements.length !== 5 || !call || root === null || executable === null) return null;
  return { generation: 'marked', port: Number(call[1]), token: call[2] ?? null, root, executable };
}

function parsePythonDashboard(elements: readonly string[], script: string): SpawnShape | null {
  const call = DASHBOARD_SCRIPT.exec(script);
  const root = call?.[3] ?? call?.[4];
  if (elements.length !== 3 || !call || !root) return null;
  return { generation: 'dashboard', port: Number(call[5]), token: call[6] ?? null, root };
}

function parseOwn(family: Family, elements: readonly string[]): SpawnShape | null {
  const [interpreter, script, ...markers] = elements;
  if (elements.length !== 5 || interpreter === undefined || script === undefined) return null;
  const own = OWN[family];
  if (!/^node[\w.-]*$/.test(baseName(interpreter)) || !own.script.test(script)) return null;

  const root = valueOf(markers[0], own.rootMarker);
  const port = valueOf(markers[1], own.portMarker);
  const id = valueOf(markers[2], own.idMarker);
  if (root === null || port === null || !/^\d{1,5}$/.test(port) || id === null || !DAEMON_ID.test(id))
    return null;
  return { generation: 'own', port: Number(port), id, root };
}

/** Pattern of a daemon id: 128 random bits in hex, which identify one daemon of ours. Not a secret. */
export const DAEMON_ID = /^[0-9a-f]{32}$/;

function valueOf(element: string | undefined, marker: string): string | null {
  return element !== undefined && element.startsWith(marker) && element.length > marker.length
    ? element.slice(marker.length)
    : null;
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
