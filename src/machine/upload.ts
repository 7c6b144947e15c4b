import * as http from 'node:http';
import * as https from 'node:https';
import type { LookupFunction } from 'node:net';
import { urlToHttpOptions } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { errorCode } from '../model/system-error.js';

export interface Upload {
  /** The full URL, without credentials. */
  readonly url: URL;
  readonly token: string;
  readonly team: string;
  /** The batch as JSON, not yet compressed. */
  readonly body: string;
  /** Deadline for the whole exchange (connecting, sending and reading), in milliseconds. */
  readonly deadlineMs: number;
  /** A signal that aborts the request at once. */
  readonly abort: AbortSignal;
}

export type UploadAnswer =
  /** A complete answer of any status. Redirects are never followed. */
  | { readonly kind: 'answered'; readonly status: number; readonly text: string }
  | { readonly kind: 'no_answer'; readonly why: string }
  | { readonly kind: 'abandoned' };

/**
 * Limit for an answer, in bytes. The answer for the largest batch, a thousand results each with an error text, is well
 * below this limit.
 */
const LONGEST_ANSWER = 4 * 1024 * 1024;

/**
 * Posts a batch of events. Never rejects; ends by the deadline. It uses an agent of its own, which ignores proxies of
 * the environment and always checks certificates. It uses `node:http` and not `fetch`, which cannot be pinned to one
 * address.
 */
export async function postBatch(upload: Upload): Promise<UploadAnswer> {
  const { url, token, team, deadlineMs, abort } = upload;
  const body = await promisify(gzip)(upload.body);
  if (abort.aborted) return { kind: 'abandoned' };
  return new Promise((resolve) => {
    const request = http.request({
      ...urlToHttpOptions(url),
      method: 'POST',
      agent: agentFor(url),
      headers: {
        Authorization: `Bearer ${token}`,
        'X-Team-Slug': team,
        'Content-Type': 'application/json',
        'Content-Encoding': 'gzip',
        'Content-Length': body.length,
        Accept: 'application/json',
        Connection: 'close',
      },
    });
    const settle = (answer: UploadAnswer): void => {
      clearTimeout(deadline);
      abort.removeEventListener('abort', onAbandon);
      request.destroy();
      resolve(answer);
    };
    const onAbandon = (): void => {
      settle({ kind: 'abandoned' });
    };
    const deadline = setTimeout(() => {
      settle({ kind: 'no_answer', why: `no complete answer within ${deadlineMs} ms` });
    }, deadlineMs);
    abort.addEventListener('abort', onAbandon);

    request.on('error', (error) => {
      settle({ kind: 'no_answer', why: `no answer (${errorCode(error)})` });
    });
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      let length = 0;
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        length += chunk.length;
        if (length > LONGEST_ANSWER)
          settle({ kind: 'no_answer', why: `answered with more than ${LONGEST_ANSWER} bytes` });
      });
      response.on('error', (error) => {
        const why = `closed the connection before the answer was complete (${errorCode(error)})`;
        settle({ kind: 'no_answer', why });
      });
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        settle({ kind: 'answered', status: response.statusCode ?? 0, text });
      });
    });
    request.end(body);
  });
}

function agentFor({ protocol, hostname }: URL): http.Agent {
  if (protocol === 'https:') return new https.Agent({ keepAlive: false, rejectUnauthorized: true });
  // Plain HTTP is for this machine only, so `localhost` is mapped to loopback addresses here and never looked up by the
  // resolver.
  return new http.Agent({
    keepAlive: false,
    ...(hostname === 'localhost' ? { lookup: lookUpLoopback } : {}),
  });
}

const LOOPBACK = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
] as const;

const lookUpLoopback: LookupFunction = (_name, { all }, callback) => {
  if (all) callback(null, [...LOOPBACK]);
  else callback(null, LOOPBACK[0].address, LOOPBACK[0].family);
};
