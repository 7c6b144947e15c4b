import { readFileSync } from 'node:fs';
import type { LoopbackAnswer } from '../system/serve/loopback-server.js';
import { packagePath } from '../system/observe/package-path.js';

/** The files of the page, by the path that they are asked for. Read once: an upgrade exchanges them all, or none. */
export function pageFiles(): ReadonlyMap<string, LoopbackAnswer> {
  return new Map([
    ['/', fileAnswer('index.html', 'text/html; charset=utf-8')],
    ['/page.css', fileAnswer('page.css', 'text/css; charset=utf-8')],
    ['/page.js', fileAnswer('page.js', 'text/javascript; charset=utf-8')],
  ]);
}

/** Nothing but its own two files and its own data; nothing may frame it, and it can send nothing anywhere. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

function fileAnswer(name: string, type: string): LoopbackAnswer {
  return {
    status: 200,
    text: readFileSync(packagePath(`dist/page/${name}`), 'utf8'),
    headers: {
      'Content-Type': type,
      'Content-Security-Policy': CONTENT_SECURITY_POLICY,
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Referrer-Policy': 'no-referrer',
      'X-Frame-Options': 'DENY',
    },
  };
}
