import { join } from 'node:path';
import type { Machine, Observer } from '../machine/machine.js';
import { type RequestAnswer } from '../machine/request.js';
import type { IdentifiedCandidate } from '../model/candidate.js';
import type { ProcessEvidence } from '../model/evidence.js';
import { fileNameOf, readIdentityRecord } from '../model/identity-record.js';
import { type DaemonAction, proveRequest } from '../model/own-proof.js';
import { DAEMON_FILES } from '../model/root.js';
import type { SpawnShape } from '../model/spawn-command.js';

/** Deadline of a request. A daemon answers before it carries out the request, so this does not include its exit. */
export const REQUEST_MS = 1000;

/**
 * Sends a request to a daemon. The token comes from the daemon's argv, or the proof from its own record, never from an
 * answer: a relayed answer carries the token of another daemon, which the request would then stop (pitfall 15).
 * @returns null if no request can be sent: the process, the address of its socket, or the token is unknown; the daemon
 *   did not answer as its family; or it listens on another port than the one in its argv
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
    uid: socket.uid,
    action,
    body,
    deadlineMs: REQUEST_MS,
  });
}

function tokenOf({ token }: Exclude<SpawnShape, { generation: 'own' }>): object | null {
  return token === null ? null : { token };
}

/**
 * Makes the body of a request to a daemon of ours that proved that it knows the secret in its record. The secret is
 * read here and not kept.
 * @returns null if the daemon did not prove this, or its record cannot be read
 */
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
  const file = readIdentityRecord(
    join(root, DAEMON_FILES[family].identityFolder, name),
    name,
    tree,
    observer.self.uid,
  );
  return file.kind === 'read'
    ? proveRequest(file.record.secret, action, id, port, {
        nonce: observer.randomBytes(16).toString('hex'),
        at: observer.clock.now().getTime(),
      })
    : null;
}
