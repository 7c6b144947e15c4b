import { setImmediate as nextTurn } from 'node:timers/promises';
import { CHALLENGE_HEADER, type HealthAnswer } from '../../model/health-answer.js';
import { errorCode } from './system-error.js';

/** No released daemon answers with more than 2 KB; what goes on beyond this is somebody else. */
const LONGEST_BODY = 64 * 1024;
const LONGEST_HEAD = 8 * 1024;

/** What came back, before anybody looked at what the text says. */
export type RawAnswer =
  Exclude<HealthAnswer, { kind: 'answered' }> | { readonly kind: 'text'; readonly text: string };

export interface HealthQuestion {
  /** An address of this machine, never a host name: no resolver and no second address comes into play. */
  readonly address: string;
  readonly port: number;
  /** For everything together: connecting, waiting, reading. */
  readonly deadlineMs: number;
  readonly challenge: string;
}

/**
 * Asks one listener for its health. Never rejects, whatever answers (pitfall 33), and ends by the deadline.
 * The agent is our own, so no proxy setting of the environment applies (pitfall 32); redirects are not followed.
 */
export async function askHealth(question: HealthQuestion): Promise<RawAnswer> {
  // Loaded when there is somebody to ask; a program that we run in gets its turn after.
  const { Agent, request } = await import('node:http');
  await nextTurn();
  return new Promise((resolve) => {
    const asked = request({
      host: question.address,
      port: question.port,
      path: '/api/health',
      agent: new Agent({ keepAlive: false }),
      maxHeaderSize: LONGEST_HEAD,
      headers: { Accept: 'application/json', Connection: 'close', [CHALLENGE_HEADER]: question.challenge },
    });
    const deadline = setTimeout(() => {
      settle({ kind: 'silent', why: `no complete answer within ${question.deadlineMs} ms` });
    }, question.deadlineMs);
    const settle = (answer: RawAnswer): void => {
      clearTimeout(deadline);
      asked.destroy();
      resolve(answer);
    };

    asked.on('error', (error) => {
      settle(whyNoAnswer(errorCode(error)));
    });
    asked.on('response', (response) => {
      if (response.statusCode !== 200) {
        settle({ kind: 'foreign', why: `answered with HTTP status ${String(response.statusCode)}` });
        return;
      }
      const chunks: Buffer[] = [];
      let length = 0;
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        length += chunk.length;
        if (length > LONGEST_BODY)
          settle({ kind: 'foreign', why: `answered with more than ${LONGEST_BODY} bytes` });
      });
      response.on('error', (error) => {
        settle({ kind: 'silent', why: `broke off in mid-answer (${errorCode(error)})` });
      });
      response.on('end', () => {
        settle({ kind: 'text', text: Buffer.concat(chunks).toString('utf8') });
      });
    });
    asked.end();
  });
}

/** No descriptor or no memory for a connection: then the question never left. */
const OUR_OWN_LIMITS = ['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM'];

/** A parser error means that bytes came and were no HTTP; everything else means that none came. */
function whyNoAnswer(code: string): RawAnswer {
  if (OUR_OWN_LIMITS.includes(code)) {
    return { kind: 'not_asked', why: `we could not open a connection (${code})`, shortOf: code };
  }
  return code.startsWith('HPE_')
    ? { kind: 'foreign', why: `answered with something that is not HTTP (${code})` }
    : { kind: 'silent', why: `no answer (${code})` };
}
