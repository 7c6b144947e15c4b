/** Short forms for people. Machines read the exact values in JSON. */

/** `412 MB`; SI units, as process monitors print them. */
export function formatBytes(bytes: number): string {
  if (bytes < 1e6) return `${Math.round(bytes / 1e3)} kB`;
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

/** `3 d`, `5 h`, `12 min`, `40 s`: the largest unit only. */
export function formatAge(startedAt: string, now: Date): string {
  const seconds = Math.max(0, Math.round((now.getTime() - new Date(startedAt).getTime()) / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} d`;
}
