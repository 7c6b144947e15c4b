import { join } from 'node:path';
import type { IdentifiedCandidate } from '../model/candidate.js';
import type { ProcessEvidence } from '../model/evidence.js';
import { DAEMON_FILES } from '../model/daemon-files.js';
import type { SpawnShape } from '../model/spawn-shape.js';
import { askDaemon, type RequestAnswer } from '../system/change/daemon-request.js';
import { fileNameOf, readIdentityRecord } from '../system/observe/identity-record-file.js';
import { type DaemonAction, proveRequest } from '../system/observe/own-proof.js';
import { ourTree, treeOf } from '../system/observe/tree.js';

/** A request that is answered at all is answered at once; what it leads to is waited for apart. */
const REQUEST_MS = 1000;

/**
 * Asks a daemon for something, with what only its own command line or its own record can give. Null where nothing can
 * be asked: no such authority, no answer of its family, or a port that is not the one it was started for.
 */
export async function requestOf(
  candidate: IdentifiedCandidate,
  action: DaemonAction,
): Promise<RequestAnswer | null> {
  const { family, evidence, facts, shape } = candidate;
  const { socket, reachedAt, holder } = evidence;
  if (!shape || holder.kind !== 'known' || reachedAt === null) return null;
  if (shape.port !== socket.port || facts.responder !== family) return null;
  const body =
    shape.generation === 'own' ? proofFor(candidate, shape, holder.process, action) : tokenOf(shape);
  if (!body) return null;
  return askDaemon({ address: reachedAt, port: socket.port, action, body, deadlineMs: REQUEST_MS });
}

function tokenOf({ token }: Exclude<SpawnShape, { generation: 'own' }>): object | null {
  return token === null ? null : { token };
}

/** Only for a process that has already proven that it knows the secret; it is read anew, and never kept. */
function proofFor(
  { family, facts }: IdentifiedCandidate,
  { id, root, port }: Extract<SpawnShape, { generation: 'own' }>,
  { pid, sharesOurFiles }: ProcessEvidence,
  action: DaemonAction,
): object | null {
  if (facts.self_report !== 'matches' || !sharesOurFiles.ok) return null;
  const tree = sharesOurFiles.value ? ourTree : treeOf(pid);
  const name = fileNameOf(id);
  const reading = readIdentityRecord(join(root, DAEMON_FILES[family].identityFolder, name), name, tree);
  return reading.kind === 'read' ? proveRequest(reading.record.secret, action, id, port) : null;
}
