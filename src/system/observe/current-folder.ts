/** The folder that we run in; null where it was deleted meanwhile, as worktrees are. */
export function currentFolder(): string | null {
  try {
    return process.cwd();
  } catch {
    return null;
  }
}
