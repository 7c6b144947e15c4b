import * as http from 'node:http';
import * as https from 'node:https';
import type { LookupFunction } from 'node:net';
import { urlToHttpOptions } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { errorCode } from '../model/system-error.js';

export interface Upload {
  /** Whole, without credentials in it. */
  readonly url: URL;
  readonly token: string;
  readonly team: string;
  /** JSON. */
  readonly body: string;
  /** For everything together: connecting, sending, waiting, reading. */
  readonly deadlineMs: number;
  /** Gives the request up at once. */
  readonly abort: AbortSignal;
}

export type UploadAnswer =
  /** A whole answer, whatever it says. Redirects are answers too: they are never followed. */
  | { readonly kind: 'answered'; readonly status: number; readonly text: string }
  | { readonly kind: 'no_answer'; readonly why: string }
  | { readonly kind: 'abandoned' };

/** A thousand results with an error text each stay well below. */
const LONGEST_ANSWER = 4 * 1024 * 1024;

const compress = promisify(gzip);

/**
 * Posts a batch of events. Never rejects; ends by the deadline. The agent is our own: no proxy of the environment comes
 * between, and a certificate is always checked. Node's own client is used below `fetch`, which would follow redirects
 * with a will of its own and cannot be held to one address.
 */
export async function postBatch(upload: Upload): Promise<UploadAnswer> {
  const { url, token, team, deadlineMs, abort } = upload;
  const body = await compress(upload.body);
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
        settle({ kind: 'no_answer', why: `broke off in mid-answer (${errorCode(error)})` });
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
  // In clear only to this machine: what its resolver says of the name does not count.
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
