import { join } from 'node:path';
import type { Machine, Observer } from '../machine/machine.js';
import { type RequestAnswer } from '../machine/request.js';
import type { IdentifiedCandidate } from '../model/candidate.js';
import type { ProcessEvidence } from '../model/evidence.js';
import { fileNameOf, readIdentityRecord } from '../model/identity-record.js';
import { type DaemonAction, proveRequest } from '../model/own-proof.js';
import { DAEMON_FILES } from '../model/root.js';
import type { SpawnShape } from '../model/spawn-command.js';

/** A request that is answered at all is answered at once; what it leads to is waited for apart. */
const REQUEST_MS = 1000;

/**
 * Asks a daemon for something, with what only its own command line or its own record can give. Null where nothing can
 * be asked: no such authority, no answer of its family, or a port that is not the one it was started for.
 */
export async function requestOf(
  machine: Machine,
  candidate: IdentifiedCandidate,
  action: DaemonAction,
): Promise<RequestAnswer | null> {
  const { family, evidence, facts, shape } = candidate;
  const { socket, reachedAt, holder } = evidence;
  if (!shape || holder.kind !== 'known' || reachedAt === null) return null;
  if (shape.port !== socket.port || facts.responder !== family) return null;
  const body =
    shape.generation === 'own'
      ? proofFor(machine.observer, candidate, shape, holder.process, action)
      : tokenOf(shape);
  if (!body) return null;
  return machine.actor.request({
    address: reachedAt,
    port: socket.port,
    action,
    body,
    deadlineMs: REQUEST_MS,
  });
}

function tokenOf({ token }: Exclude<SpawnShape, { generation: 'own' }>): object | null {
  return token === null ? null : { token };
}

/** Only for a process that has already proven that it knows the secret; it is read anew, and never kept. */
function proofFor(
  observer: Observer,
  { family, facts }: IdentifiedCandidate,
  { id, root, port }: Extract<SpawnShape, { generation: 'own' }>,
  { pid, sharesOurFiles }: ProcessEvidence,
  action: DaemonAction,
): object | null {
  if (facts.self_report !== 'matches' || !sharesOurFiles.ok) return null;
  const tree = sharesOurFiles.value ? observer.files.ours : observer.files.of(pid);
  const name = fileNameOf(id);
  const reading = readIdentityRecord(
    join(root, DAEMON_FILES[family].identityFolder, name),
    name,
    tree,
    observer.self.uid,
  );
  return reading.kind === 'read'
    ? proveRequest(reading.record.secret, action, id, port, {
        nonce: observer.randomBytes(16).toString('hex'),
        at: observer.clock.now().getTime(),
      })
    : null;
}
