import { findProject } from '../../../dashboard/project.js';

type ProjectHere =
  | { readonly ok: true; readonly path: string }
  | { readonly ok: false; readonly message: string; readonly nextStep: string };

/** The project of the folder that the command is run in. */
export function projectHere(): ProjectHere {
  const path = findProject(process.cwd());
  if (path !== null) return { ok: true, path };
  return {
    ok: false,
    message: `neither \`${process.cwd()}\` nor a folder above it holds \`.kittify\``,
    nextStep: 'run it in the folder of a Spec Kitty project',
  };
}
