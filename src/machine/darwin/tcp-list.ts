import { err, ok, type Result } from '../../model/result.js';
import { decodeAddress, LISTENING, socketId } from './endpoint.js';

/** A listening TCP socket. */
export interface TcpListener {
  readonly id: string;
  readonly address: string;
  readonly port: number;
  readonly uid: number;
}

/** The kernel changed its list while it was copied, so the list must be read again. */
export const LIST_CHANGED = 'changed';

/**
 * Decodes the list of TCP sockets, `net.inet.tcp.pcblist_n`: a header, then several records for each socket, then the
 * header again. Records have other lengths in other releases of macOS, so they are walked by their lengths. The fields
 * that are read have one place in all of them.
 * @param wanted which local ports are of interest; other sockets are only checked for their form
 * @returns the listening sockets, or `LIST_CHANGED`; an error if anything in the list has an unknown form
 */
export function decodeTcpList(
  bytes: Buffer,
  wanted: (port: number) => boolean,
): Result<readonly TcpListener[] | typeof LIST_CHANGED> {
  if (bytes.length < 2 * HEADER_LENGTH || bytes.readUInt32LE(0) !== HEADER_LENGTH)
    return err('the list of TCP sockets has no header');
  const sockets = new Map<string, TcpListener>();
  let records: Records = {};
  for (let at = HEADER_LENGTH; at + HEADER_LENGTH <= bytes.length;) {
    const length = bytes.readUInt32LE(at);
    const kind = bytes.readUInt32LE(at + 4);
    const isEnd = length === HEADER_LENGTH;
    if (isEnd || kind === KIND.internet) {
      const found = listenerOf(records, wanted);
      if (!found.ok) return found;
      for (const socket of found.value) sockets.set(socket.id, socket);
      records = {};
    }
    if (isEnd)
      return ok(generationAt(bytes, at) === generationAt(bytes, 0) ? [...sockets.values()] : LIST_CHANGED);
    if (length < SHORTEST_RECORD || at + length > bytes.length) return err(ODD_RECORD);
    const name = NAME_OF.get(kind);
    if (name !== undefined) {
      if (records[name] || length < LEAST[name]) return err(ODD_RECORD);
      records[name] = bytes.subarray(at, at + length);
    }
    at += Math.ceil(length / RECORD_ALIGNMENT) * RECORD_ALIGNMENT;
  }
  return err('the list of TCP sockets has no end');
}

const HEADER_LENGTH = 24;
const RECORD_ALIGNMENT = 8;
/** Length and kind. */
const SHORTEST_RECORD = 8;
const ODD_RECORD = 'a record in the list of TCP sockets has an unknown form';

/** The kinds of records that are read. The first record of each socket is `internet`. */
const KIND = { internet: 0x10, socket: 0x1, tcp: 0x20 } as const;
type Kind = keyof typeof KIND;
const NAME_OF: ReadonlyMap<number, Kind> = new Map([
  [KIND.internet, 'internet'],
  [KIND.socket, 'socket'],
  [KIND.tcp, 'tcp'],
]);
/** The shortest record of each kind that has all the fields which are read. */
const LEAST: Readonly<Record<Kind, number>> = { internet: 80, socket: 68, tcp: 40 };

type Records = Partial<Record<Kind, Buffer>>;

function generationAt(bytes: Buffer, at: number): bigint {
  return bytes.readBigUInt64LE(at + 8);
}

/** @returns the socket in an array; an empty array if it does not listen, or not on a port of interest */
function listenerOf(
  { internet, socket, tcp }: Records,
  wanted: (port: number) => boolean,
): Result<readonly TcpListener[]> {
  if (!internet && !socket && !tcp) return ok([]);
  if (!internet || !socket || !tcp) return err('the list of TCP sockets lacks a record of a socket');
  const port = internet.readUInt16BE(18);
  if (tcp.readInt32LE(36) !== LISTENING || !wanted(port)) return ok([]);
  const address = decodeAddress(internet.subarray(64, 80), internet.readUInt8(44));
  const handle = socket.readBigUInt64LE(8);
  if (address === null || handle === 0n) return err('a listening TCP socket has an unknown form');
  const id = socketId(handle, internet.readBigUInt64LE(28));
  return ok([{ address, port, uid: socket.readUInt32LE(64), id }]);
}
