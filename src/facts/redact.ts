import type {
  Argv,
  Facts,
  Holder,
  ListenerEvidence,
  MachineIdentity,
  ProcessDescription,
  RootEvidence,
} from '../model/evidence.js';
import type { Family } from '../model/family.js';
import type { RecordFile } from '../model/files.js';
import { parseSpawnShape, type SpawnShape } from '../model/spawn-shape.js';
import { crypto } from '../system/observe/crypto.js';

/**
 * Makes facts fit to be shown to others: every secret, what names the machine, and every argument of a process that is no
 * daemon, becomes a keyed hash. The key is thrown away, so nobody can try secrets against it, and equal stays equal, so the facts are
 * judged as before. Paths, ports, PIDs, user and server names stay readable.
 */
export function redactFacts(facts: Facts): Facts {
  const key = crypto().randomBytes(32);
  const hide: Hide = (text) =>
    text === null || text === ''
      ? text
      : crypto().createHmac('sha256', key).update(text).digest('hex').slice(0, HASH_LENGTH);
  return {
    ...facts,
    observer: { ...facts.observer, machine: redactMachine(facts.observer.machine, hide) },
    root: redactRoot(facts.root, hide),
    listeners: facts.listeners.ok
      ? {
          ok: true,
          value: facts.listeners.value.map((listener) => redactListener(listener, facts.family, hide)),
        }
      : facts.listeners,
  };
}

/** Null and empty stay what they are: a missing secret is evidence too. */
type Hide = <T extends string | null>(text: T) => T | string;

/** As long as a token or an id, so that a command line keeps its shape. */
const HASH_LENGTH = 32;

function redactListener(listener: ListenerEvidence, family: Family, hide: Hide): ListenerEvidence {
  const { health, roots } = listener;
  return {
    ...listener,
    holder: redactHolder(listener.holder, family, hide),
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

function redactHolder(holder: Holder, family: Family, hide: Hide): Holder {
  switch (holder.kind) {
    case 'known':
      return { ...holder, process: redactProcess(holder.process, family, hide) };
    case 'described':
      return { ...holder, process: redactProcess(holder.process, family, hide) };
    case 'ambiguous':
    case 'unknown':
      return holder;
  }
}

function redactProcess<P extends ProcessDescription>(process: P, family: Family, hide: Hide): P {
  const { argv } = process;
  return argv.ok ? { ...process, argv: { ok: true, value: redactArgv(argv.value, family, hide) } } : process;
}

function redactArgv(argv: Argv, family: Family, hide: Hide): Argv {
  const shape = parseSpawnShape(family, argv);
  const secret = shape && secretOf(shape);
  const redact = (element: string): string => {
    if (!shape) return hide(element);
    return secret ? element.replaceAll(secret, hide(secret)) : element;
  };
  return { ...argv, elements: argv.elements.map(redact) };
}

/** The id of one of ours is no secret, but it stands in the state file where others have their token. */
function secretOf(shape: SpawnShape): string | null {
  return shape.generation === 'own' ? shape.id : shape.token;
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

/** machine-id(5) asks not to be shown to others: what is derived from it elsewhere could be told by it. */
function redactMachine(
  { machineId, bootId, networkNamespace }: MachineIdentity,
  hide: Hide,
): MachineIdentity {
  return { machineId: hide(machineId), bootId: hide(bootId), networkNamespace };
}
