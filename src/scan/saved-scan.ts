import { Ajv } from 'ajv';
import { createHmac } from 'node:crypto';
import schema from '../../schemas/facts.schema.json' with { type: 'json' };
import type { Observer } from '../machine/machine.js';
import type { Argv, MachineIdentity, ProcessDescription } from '../model/evidence.js';
import type { Family } from '../model/family.js';
import { scriptOf } from '../model/program.js';
import { err, type Result } from '../model/result.js';
import type { RecordFile } from '../model/root.js';
import type { ListenerEvidence, RootEvidence, Scan, SocketOwner } from '../model/scan.js';
import { selfNamedBy } from '../model/self-named.js';
import { keyOf, parseSpawnShape } from '../model/spawn-command.js';
import { fromSavedScan, type SavedScan, toSavedScan } from './saved-form.js';

/**
 * Returns the text of a saved scan that can be shown to others: every secret, every machine id and every argument of a
 * process that is not a daemon is replaced by a keyed hash. The key is discarded, so guessed secrets cannot be tested.
 * Equal values have equal hashes, so the saved scan is judged like the original. Paths, ports, PIDs, user and server
 * names stay readable.
 */
export function savedScanText(observer: Observer, scan: Scan): string {
  return `${JSON.stringify(toSavedScan(redact(observer, scan)), null, 2)}\n`;
}

function redact(observer: Observer, scan: Scan): Scan {
  const key = observer.randomBytes(32);
  const hide: Hide = (text) =>
    text === null || text === ''
      ? text
      : createHmac('sha256', key).update(text).digest('hex').slice(0, HASH_LENGTH);
  return {
    ...scan,
    context: { ...scan.context, machine: redactMachine(scan.context.machine, hide) },
    root: redactRoot(scan.root, hide),
    listeners: scan.listeners.ok
      ? {
          ok: true,
          value: scan.listeners.value.map((listener) => redactListener(listener, scan.family, hide)),
        }
      : scan.listeners,
  };
}

/**
 * A function that replaces a text by its hash. Null and the empty text are kept, because a missing secret is evidence
 * too.
 */
type Hide = <T extends string | null>(text: T) => T | string;

/** Length of a hash: that of a token or id, so that a command line with hashes is still recognized. */
const HASH_LENGTH = 32;

function redactListener(listener: ListenerEvidence, family: Family, hide: Hide): ListenerEvidence {
  const { health, roots } = listener;
  return {
    ...listener,
    holder: redactOwner(listener.holder, argvRedactor(listener, family, hide)),
    health:
      health.kind === 'answered'
        ? {
            ...health,
            body: { ...health.body, token: hide(health.body.token), proof: hide(health.body.proof) },
          }
        : health,
    roots: roots.ok ? { ok: true, value: roots.value.map((root) => redactRoot(root, hide)) } : roots,
  };
}

function redactOwner(owner: SocketOwner, redact: RedactArgv): SocketOwner {
  switch (owner.kind) {
    case 'known':
      return { ...owner, process: redactProcess(owner.process, redact) };
    case 'described':
      return { ...owner, process: redactProcess(owner.process, redact) };
    case 'ambiguous':
    case 'unknown':
      return owner;
  }
}

function redactProcess<P extends ProcessDescription>(process: P, redact: RedactArgv): P {
  const { argv } = process;
  return argv.ok ? { ...process, argv: { ok: true, value: redact(argv.value, process) } } : process;
}

type RedactArgv = (argv: Argv, process: ProcessDescription) => Argv;

/**
 * Returns a function that hides the secret in the command line of a daemon, and every argument in any other, except the
 * base name of an interpreter's script. Of a daemon that names itself with a command line of no release, the arguments
 * that a release has are treated as a daemon's.
 */
function argvRedactor(listener: ListenerEvidence, family: Family, hide: Hide): RedactArgv {
  return (argv, process) => {
    const shape = parseSpawnShape(family, argv);
    const selfNamed = shape || family !== 'sync' ? null : selfNamedBy(listener);
    // The id of a daemon of ours is no secret. It is hidden too, because the state file has the id where others have a
    // token, and both hashes must match.
    const secret = shape ? keyOf(shape) : (selfNamed?.elements.call?.token ?? null);
    const isHidden = (index: number): boolean =>
      shape === null && (selfNamed === null || selfNamed.elements.others.includes(index));
    const redact = (element: string, index: number): string => {
      if (isHidden(index)) return hide(element);
      return secret ? element.replaceAll(secret, hide(secret)) : element;
    };
    const script = shape || selfNamed ? null : scriptOf(process);
    return { ...argv, elements: argv.elements.map(redact), ...(script !== null && { script }) };
  };
}

function redactRoot(root: RootEvidence, hide: Hide): RootEvidence {
  const { stateFile } = root;
  return {
    ...root,
    stateFile: stateFile.kind === 'read' ? { ...stateFile, key: hide(stateFile.key) } : stateFile,
    records: root.records.map((file) => redactRecord(file, hide)),
  };
}

function redactRecord(file: RecordFile, hide: Hide): RecordFile {
  if (file.kind !== 'read') return file;
  const { record } = file;
  const id = hide(record.id);
  const path = file.file.replaceAll(record.id, id);
  const hidden = { id, expectedProof: hide(record.expectedProof), ...redactMachine(record, hide) };
  return { ...file, file: path, record: { ...record, ...hidden } };
}

/**
 * Hides the machine id and the boot id. The machine id must not be shown to others, because other programs derive ids
 * from it (machine-id(5)).
 */
function redactMachine(
  { machineId, bootId, networkNamespace }: MachineIdentity,
  hide: Hide,
): MachineIdentity {
  return { machineId: hide(machineId), bootId: hide(bootId), networkNamespace };
}

/** Limit for a saved scan, in bytes. A scan of fifty listeners has about 200 kB. */
const LONGEST_SAVED_SCAN = 16 * 1024 * 1024;

/**
 * Reads a saved scan, which may come from another machine. The scan is judged like a fresh scan, but never leads to a
 * signal or a request.
 */
export function readSavedScan(observer: Observer, path: string): Result<Scan> {
  const file = observer.files.ours.readFile(path, LONGEST_SAVED_SCAN);
  switch (file.kind) {
    case 'absent':
      return err('there is no such file');
    case 'unreadable':
      return err(file.why);
    case 'too_big':
      return err(`it is longer than ${file.limit} bytes`);
    case 'read':
      return parseSavedScan(file.text);
  }
}

function parseSavedScan(text: string): Result<Scan> {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return err('it is not JSON');
  }
  const validate = new Ajv({ allowUnionTypes: true }).compile<SavedScan>(schema);
  if (validate(document)) {
    return document.family === 'sync'
      ? fromSavedScan(document)
      : err('it is a scan of dashboards, not of sync daemons');
  }
  const [error] = validate.errors ?? [];
  return err(`at \`${error?.instancePath ?? ''}\`: ${error?.message ?? 'it does not fit the schema'}`);
}
