/**
 * Builds what the kernel of macOS answers, byte by byte, from the layout of its structures. It shares nothing with the
 * decoders of `src/machine/darwin`, so that an offset which is wrong there is not wrong here too.
 */

/** Writes values into zeroed bytes, each at its offset. */
function layout(length: number, ...parts: readonly (readonly [number, Buffer])[]): Buffer {
  const bytes = Buffer.alloc(length);
  for (const [at, part] of parts) part.copy(bytes, at);
  return bytes;
}

const u8 = (value: number): Buffer => Buffer.from([value]);
const u16be = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);
const u32 = (value: number): Buffer => Buffer.from(new Uint32Array([value]).buffer);
const u64 = (value: bigint): Buffer => Buffer.from(new BigUint64Array([value]).buffer);

export interface BuiltSocket {
  readonly port: number;
  readonly uid: number;
  /** As `127.0.0.1` or as 16 bytes in hexadecimal digits. */
  readonly address: string;
  readonly handle: bigint;
  readonly generation: bigint;
  /** 1 is LISTEN; 4 is ESTABLISHED. */
  readonly state?: number;
}

const isIpv6 = ({ address }: BuiltSocket): boolean => /^[0-9a-f]{32}$/.test(address);

/** The address field: 16 bytes, of which IPv4 has the last four. */
function addressField(socket: BuiltSocket): Buffer {
  if (isIpv6(socket)) return Buffer.from(socket.address, 'hex');
  return Buffer.concat([Buffer.alloc(12), Buffer.from(socket.address.split('.').map(Number))]);
}

function record(kind: number, length: number, ...parts: readonly (readonly [number, Buffer])[]): Buffer {
  const padded = Math.ceil(length / 8) * 8;
  return layout(padded, [0, u32(length)], [4, u32(kind)], ...parts);
}

/** The lengths of the records of a socket: those of two releases of macOS. */
export const RECORD_LENGTHS = {
  long: { internet: 104, socket: 72, buffer: 32, statistics: 136, tcp: 212 },
  short: { internet: 104, socket: 72, buffer: 32, statistics: 136, tcp: 188 },
} as const;

export function socketRecords(
  socket: BuiltSocket,
  lengths: (typeof RECORD_LENGTHS)['long' | 'short'] = RECORD_LENGTHS.long,
): Buffer {
  return Buffer.concat([
    record(
      0x10,
      lengths.internet,
      [18, u16be(socket.port)],
      [28, u64(socket.generation)],
      [44, u8(isIpv6(socket) ? 2 : 1)],
      [64, addressField(socket)],
    ),
    record(0x1, lengths.socket, [8, u64(socket.handle)], [64, u32(socket.uid)]),
    record(0x2, lengths.buffer),
    record(0x4, lengths.buffer),
    record(0x8, lengths.statistics),
    record(0x20, lengths.tcp, [36, u32(socket.state ?? 1)]),
  ]);
}

/** The header and end of the list. */
export function listHeader(count: number, generation: bigint): Buffer {
  return layout(24, [0, u32(24)], [4, u32(count)], [8, u64(generation)], [16, u64(generation)]);
}

export function tcpList(
  sockets: readonly BuiltSocket[],
  lengths: (typeof RECORD_LENGTHS)['long' | 'short'] = RECORD_LENGTHS.long,
  endGeneration = 7n,
): Buffer {
  const records = sockets.map((socket) => socketRecords(socket, lengths));
  return Buffer.concat([
    listHeader(sockets.length, 7n),
    ...records,
    listHeader(sockets.length, endGeneration),
  ]);
}

/** @param kind 2 is TCP */
export function socketInfo(socket: BuiltSocket, kind = 2): Buffer {
  return layout(
    792,
    [160, u64(socket.handle)],
    [184, u32(isIpv6(socket) ? 30 : 2)],
    [256, u32(kind)],
    [268, u16be(socket.port)],
    [272, u64(socket.generation)],
    [288, u8(isIpv6(socket) ? 2 : 1)],
    [312, addressField(socket)],
    [344, u32(socket.state ?? 1)],
  );
}

/** @param kinds the kind of each descriptor; 2 is a socket */
export function descriptorList(kinds: readonly number[]): Buffer {
  return Buffer.concat(kinds.map((kind, descriptor) => layout(8, [0, u32(descriptor)], [4, u32(kind)])));
}

export interface BuiltProcess {
  readonly pid: number;
  readonly parentPid: number;
  readonly uid: number;
  readonly realUid?: number;
  /** 5 is a zombie. */
  readonly status?: number;
  readonly seconds: bigint;
  readonly microseconds: bigint;
  readonly uniqueId: bigint;
  readonly version: number;
}

export function processInfo(process: BuiltProcess): Buffer {
  return layout(
    192,
    [4, u32(process.status ?? 2)],
    [12, u32(process.pid)],
    [16, u32(process.parentPid)],
    [20, u32(process.uid)],
    [28, u32(process.realUid ?? process.uid)],
    [36, u32(process.uid)],
    [120, u64(process.seconds)],
    [128, u64(process.microseconds)],
    [136, incarnation(process)],
  );
}

export function incarnation({ uniqueId, version }: Pick<BuiltProcess, 'uniqueId' | 'version'>): Buffer {
  return layout(56, [16, u64(uniqueId)], [32, u32(version)]);
}

export function rootDirectory(device: number, inode: bigint): Buffer {
  return layout(2352, [1176, u32(device)], [1184, u64(inode)]);
}

/** The strings of a process, as execve(2) lays them out. */
export function processArguments(
  path: string,
  argv: readonly string[],
  variables: readonly string[] = [],
): Buffer {
  const nul = Buffer.from([0]);
  const program = Buffer.concat([Buffer.from(path), nul]);
  const padding = Buffer.alloc((8 - (program.length % 8)) % 8);
  const strings = [...argv, ...variables].flatMap((text) => [Buffer.from(text), nul]);
  return Buffer.concat([u32(argv.length), program, padding, ...strings]);
}
