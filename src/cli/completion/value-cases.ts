import type { CommandNode, Values } from '../command-tree.js';

/** For shells that share the syntax of `case`: what to offer after an option that takes a value. */
export function valueCases(
  { path, options }: CommandNode,
  offer: (values: Values) => string,
): readonly string[] {
  return options.flatMap(({ name, values }) =>
    values ? [`    '${path}:${name}') ${offer(values)}; return ;;`] : [],
  );
}
