export type Child = Node | string | null;
type Attributes = Readonly<Record<string, string | boolean>>;

/** Creates an element. Text is never parsed as HTML, because some of it comes from other processes. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes,
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] {
  const created = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== false) created.setAttribute(key, value === true ? '' : value);
  }
  created.append(
    ...children
      .filter((child) => child !== null)
      .map((child) => (typeof child === 'string' ? visible(child) : child)),
  );
  return created;
}

/** Replaces control characters, including those that change the text direction, by visible escapes. */
export function visible(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\u2028\u2029]/gu, (character) => {
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}

/** Returns a sentence whose parts in backticks, which are what to type, are code. */
export function sentence(text: string): readonly Child[] {
  return text.split('`').flatMap((part, index) => (index % 2 === 0 ? breakable(part) : [code(part)]));
}

/** Returns a path or a command as code, which may go on in the next line where a part of a name ends. */
export function code(text: string, attributes: Attributes = {}): HTMLElement {
  return element('code', attributes, ...breakable(text));
}

/** Returns text that may go on in the next line after a slash or an underscore. */
export function breakable(text: string): readonly Child[] {
  return text
    .split(/(?<=[/_])/)
    .flatMap((part) => [element('wbr', {}), part])
    .slice(1);
}

/** Returns the element of `index.html` with this id. */
export function elementById(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no element with the id ${id}`);
  return found;
}
