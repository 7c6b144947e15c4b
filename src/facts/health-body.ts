import type { OwnerBlock } from '../model/files.js';
import type { HealthAnswer } from '../model/health-answer.js';
import { shownPath, shownScope, shownServer } from '../model/shown-address.js';
import { integerOf, objectOf, parsePythonJson, textOf } from '../system/observe/plain-json.js';

/** Takes from the text of a health answer the fields anyone reads; whatever else is in it is never looked at. */
export function parseHealthBody(text: string): HealthAnswer {
  // Where it was not UTF-8. Python programs write JSON in ASCII, and read none that is not UTF-8.
  if (text.includes('\uFFFD')) return { kind: 'foreign', why: 'answered with something that is not UTF-8' };
  let document: Record<string, unknown> | null;
  try {
    document = objectOf(parsePythonJson(text));
  } catch {
    return { kind: 'foreign', why: 'answered with something that is not JSON' };
  }
  if (document === null) return { kind: 'foreign', why: 'answered with JSON that is no object' };
  const sync = objectOf(document['sync']);
  const running = sync?.['running'];
  return {
    kind: 'answered',
    body: {
      status: textOf(document['status']),
      token: textOf(document['token']),
      protocolVersion: integerOf(document['protocol_version']),
      packageVersion: textOf(document['package_version']),
      daemonFamily: textOf(document['daemon_family']),
      singletonScopeId: textOf(document['singleton_scope_id']),
      hasProjectPath: 'project_path' in document,
      projectPath: textOf(document['project_path']),
      sync: sync && { running: typeof running === 'boolean' ? running : null },
      owner: parseOwnerBlock(document['owner']),
      proof: textOf(document['proof']),
    },
  };
}

/** The fields of an owner record, wherever it stands; null when it is no object. */
export function parseOwnerBlock(value: unknown): OwnerBlock | null {
  const owner = objectOf(value);
  return (
    owner && {
      pid: integerOf(owner['pid']),
      port: integerOf(owner['port']),
      packageVersion: textOf(owner['package_version']),
      queueDbPath: shownPath(textOf(owner['queue_db_path'])),
      authScope: shownScope(textOf(owner['auth_scope'])),
      serverUrl: shownServer(textOf(owner['server_url'])),
    }
  );
}
