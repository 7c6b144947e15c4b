/** What a JSON document is made of. */
export type Json =
  null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

/** Numbers and texts that no two runs have in common. */
const MEASURED = new Set([
  ...['at', 'oldest_at', 'generated_at', 'started_at', 'startedAt', 'resident_bytes', 'cpu_seconds'],
  ...['residentBytes', 'cpuSeconds', 'start_ticks', 'startTicks', 'inode', 'lineage', 'boot_id', 'bootId'],
  ...['machine_id', 'machineId', 'act', 'nonce', 'proof', 'expectedProof', 'challenge', 'device'],
  // A policy of another wording has another hash, and its rules other lines; what it decides is compared by itself.
  ...['sha256', 'policy_sha256', 'line'],
]);
/** What was done at once is written down in the order of the ends. */
const UNORDERED = new Set(['recent', 'recentActs']);

/** A reset that doctor prints was limited on purpose, to the orphans or to certain processes. */
const PRINTED_LIMITS = /(?<= --reset)(?: --only safe_auto|(?: pid:\d+@\d+)+)$/;

/** A printed command begins with the path of this program, where the reference has `npx`; sudo gets our PATH, too. */
const PRINTED_PROGRAM = /[^\s`]*\/dist\/bin\.cjs(?= (?:auth|sync|dashboard|policy|--)\b)/g;
const PRINTED_PATH = /(sudo -H -u \S+) env PATH="\$PATH"(?= npx)/g;
/** A state file in doubt is not put aside by hand any more: the possible daemons are ended, or it is forgotten. */
const DOUBTFUL_FILE = /^(?:mv -- \S+sync-daemon \S+|kill(?: \d+)+|npx spec-kitty sync forget)$/;

/** What a scenario names beyond it is nobody. */
const LARGEST_PID = 3_000_000;

/** A process id that could be taken for a port, a status or a small number. */
export function isConfusing(pid: number): boolean {
  return pid < 1000 || (pid >= 9000 && pid < 10_000);
}

/** Gives what differs between any two worlds the same name in both, and replaces what is measured. */
export class Names {
  readonly #texts = new Map<string, string>();
  readonly #pids = new Map<string, string>();

  add(text: string, name: string): void {
    if (text !== '') this.#texts.set(text, `<${name}>`);
  }

  addPid(pid: number, name: string): void {
    this.#pids.set(String(pid), `<pid ${name}>`);
  }

  hasPid(pid: number): boolean {
    return this.#pids.has(String(pid));
  }

  /** The process that `<pid …>` stands for. */
  pidOf(name: string): number | undefined {
    const [pid] = [...this.#pids].find(([, given]) => given === name) ?? [];
    return pid === undefined ? undefined : Number(pid);
  }

  text(text: string): string {
    let named = text
      .replaceAll(PRINTED_PROGRAM, 'npx spec-kitty')
      .replaceAll(PRINTED_PATH, '$1')
      .replaceAll('-u root ', "-u '#0' ");
    const longestFirst = [...this.#texts].sort(([a], [b]) => b.length - a.length);
    for (const [value, name] of longestFirst) named = named.replaceAll(value, name);
    return named
      .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)/g, '<time>')
      .replaceAll(/\.\d+\.\d{13}\.tmp/g, '.<temporary>')
      .replaceAll(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, '<uuid>')
      .replaceAll(/\b[0-9a-f]{12,}\b/g, '<hex>')
      .replaceAll(/\b\d{3,7}\b/g, (digits) => this.#pids.get(digits) ?? digits)
      .replaceAll(/(127\.0\.0\.\d+):(?:3[3-9]\d{3}|[45]\d{4}|6[0-5]\d{3})/g, '$1:<ephemeral>')
      .replaceAll(/net:\[\d+\]/g, 'net:[<inode>]')
      .replaceAll(/^(\w+_(?:seconds|bytes)(?:\{.*\})?) \S+$/gm, '$1 <measured>')
      .replaceAll(/\b\d+(?:\.\d+)? ([kMG]B|ms|s|min|h)\b/g, '<n> $1')
      .replaceAll(/ {2,}/g, '  ');
  }

  json(value: unknown, key = ''): Json {
    if (value === null || typeof value === 'boolean') return value;
    if (MEASURED.has(key)) return '<measured>';
    if (typeof value === 'string') {
      if (key !== 'command') return this.text(value);
      const command = value.replaceAll(PRINTED_PROGRAM, 'npx spec-kitty');
      return DOUBTFUL_FILE.test(command) ? '<state file>' : this.text(command.replace(PRINTED_LIMITS, ''));
    }
    if (typeof value === 'number') return this.#number(value, key);
    if (Array.isArray(value)) {
      const list = value
        .filter((each) => !isAddedRule(each) && !isAddedFinding(each))
        .map((each) => this.json(each, key));
      return UNORDERED.has(key) ? sorted(list) : list;
    }
    if (typeof value !== 'object') return null;
    return Object.fromEntries(
      Object.entries(value)
        .filter(([name, each]) => !isAddedField(value, name, each))
        .map(([name, each]) => [this.text(name), this.json(each, name)]),
    );
  }

  #number(value: number, key: string): Json {
    if (!/pid$/i.test(key) || value <= 1 || value > LARGEST_PID) return value;
    return this.#pids.get(String(value)) ?? '<pid>';
  }
}

/** Whether a value is the trace of the rule that was added on purpose. It held for no listener of the scenarios. */
function isAddedRule(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    'rule' in value &&
    value.rule === ADDED_RULE &&
    'held' in value
  );
}
const ADDED_RULE = 'unknown-command-line';

/** Whether a finding was added on purpose: a daemon that may run where it cannot be looked for. */
function isAddedFinding(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'id' in value && value.id === 'recorded_elsewhere';
}

/** Fields of a saved scan that the reference neither writes nor reads. None of them changes a verdict. */
export const NEW_SCAN_FIELDS: readonly string[] = [
  'visibleProcesses',
  'isOnLocalFileSystem',
  'recordedDaemonPid',
  'script',
  'holdsLock',
  'lockFileSystem',
];
const ADDED_FIELDS = [
  'program',
  'after',
  'headline',
  'interrupted',
  'capabilities',
  'root_exists',
  'other_daemons',
  ...NEW_SCAN_FIELDS,
];

/**
 * Whether a field was added on purpose, such as the counts of a doctor report, or the next step where nothing is
 * uploaded. In a doctor report, `daemon` after a reset is that of a scan made after it, and the finding about the live
 * daemon of another root has no step: its summary says that nothing is to be done, and the candidate has the command.
 */
function isAddedField(of: object, name: string, value: unknown): boolean {
  return (
    ADDED_FIELDS.includes(name) ||
    (name === 'summary' && typeof value === 'object') ||
    (name === 'next_step' && 'why' in of) ||
    (name === 'daemon' && 'swept' in of && 'candidates' in of) ||
    (name === 'remediation' && 'id' in of && of.id === 'live_in_other_root')
  );
}

export function sorted(list: readonly Json[]): readonly Json[] {
  return list.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}
