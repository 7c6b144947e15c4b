/** Writes the type declarations of the public module, and of the modules that they import, to a folder. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';

export function writeTypes(entry, folder) {
  const { config } = ts.readConfigFile('tsconfig.json', ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, '.');
  const program = ts.createProgram([entry], {
    ...options,
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    outDir: folder,
    rootDir: 'src',
  });
  const emitted = new Map();
  program.emit(undefined, (path, text) => emitted.set(resolve(path), text));
  const wanted = [resolve(folder, entry.replace(/^src\//, '').replace(/\.ts$/, '.d.ts'))];
  mkdirSync(folder, { recursive: true });
  // Declares that the types describe a CommonJS file, also for ES modules that import it.
  writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }\n');
  for (const path of wanted) {
    const text = emitted.get(path);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    for (const [, specifier] of text.matchAll(/from '(\.[^']+)\.js'/g)) {
      const next = join(dirname(path), `${specifier}.d.ts`);
      if (!wanted.includes(next)) wanted.push(next);
    }
  }
}
