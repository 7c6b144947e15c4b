import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { postBatch, type UploadAnswer } from '../../src/machine/upload.js';

let server: Server;
let asked = 0;
let reply: (response: ServerResponse) => void;

beforeEach(async () => {
  asked = 0;
  server = createServer((request, response) => {
    asked++;
    request.resume().on('end', () => {
      reply(response);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

interface Some {
  readonly url?: string;
  readonly deadlineMs?: number;
  readonly abandon?: AbortSignal;
}

const post = ({
  url = 'http://127.0.0.1:PORT/',
  deadlineMs = 20_000,
  abandon,
}: Some): Promise<UploadAnswer> =>
  postBatch({
    url: new URL(url.replace('PORT', String((server.address() as AddressInfo).port))),
    token: 'token',
    team: 'team',
    body: '{"events":[]}',
    deadlineMs,
    abort: abandon ?? new AbortController().signal,
  });

test('reports no answer at the deadline if the server never answers', async () => {
  reply = () => undefined;
  expect(await post({ deadlineMs: 100 })).toEqual({
    kind: 'no_answer',
    why: 'no complete answer within 100 ms',
  });
});

test('applies the deadline to the whole answer, also if the server answers a byte at a time', async () => {
  reply = (response) => {
    response.writeHead(200);
    const drip = setInterval(() => response.write(' '), 20);
    response.once('close', () => {
      clearInterval(drip);
    });
  };
  expect(await post({ deadlineMs: 300 })).toMatchObject({ kind: 'no_answer' });
});

test('aborts at once, and sends nothing if aborted before the start', async () => {
  const abandon = new AbortController();
  reply = () => {
    abandon.abort();
  };
  expect(await post({ abandon: abandon.signal })).toEqual({ kind: 'abandoned' });
  expect(await post({ abandon: abandon.signal })).toEqual({ kind: 'abandoned' });
  expect(asked).toBe(1);
});

test('connects to a loopback address for localhost', async () => {
  reply = (response) => response.writeHead(200).end('here');
  expect(await post({ url: 'http://localhost:PORT/' })).toEqual({
    kind: 'answered',
    status: 200,
    text: 'here',
  });
});
