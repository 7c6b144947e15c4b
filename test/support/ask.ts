import { fileURLToPath } from 'node:url';
import { runCommand } from './command.js';
import type { Place } from './place.js';
import { python } from './machine.js';

const EXCHANGE = fileURLToPath(new URL('../fixtures/python/exchange.py', import.meta.url));

export interface Question {
  readonly method?: 'GET' | 'POST';
  readonly path?: string;
  /** Added to, or in place of, those that the question has by itself. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON, or as it stands. */
  readonly body?: object | string;
  readonly address?: string;
  /** How long to listen to the answer. */
  readonly seconds?: number;
}

/** What came back, as it came. Both are empty when nothing did. */
export interface Answer {
  /** 0 where no status came back. */
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** Asks a listener of the namespace from inside it; without a question, for its health. */
export async function ask(place: Place, port: number, question: Question = {}): Promise<Answer> {
  const { method = 'GET', path = '/api/health', body, address = '127.0.0.1', seconds = 5 } = question;
  const text = typeof body === 'string' ? body : body ? JSON.stringify(body) : '';
  const headers = {
    Host: `${address}:${port}`,
    'Content-Length': String(Buffer.byteLength(text)),
    ...question.headers,
  };
  const head = [
    `${method} ${path} HTTP/1.1`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  const request = `${head.join('\r\n')}\r\nConnection: close\r\n\r\n${text}`;
  const argv = [python, EXCHANGE, address, String(port), String(seconds)];
  const { code, stdout, stderr } = await runCommand(
    place.processes,
    argv,
    { env: {}, cwd: place.folder },
    request,
  );
  if (code !== 0) throw new Error(`could not ask port ${port}: ${stderr}`);
  const [answerHead = '', ...rest] = stdout.split('\r\n\r\n');
  const status = Number(/^HTTP\/1\.\d (\d{3})/.exec(answerHead)?.[1] ?? 0);
  return { status, head: answerHead, body: rest.join('\r\n\r\n') };
}
