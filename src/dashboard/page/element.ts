type Child = Node | string | null;
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

/** Returns the element of `index.html` with this id. */
export function elementById(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no element with the id ${id}`);
  return found;
}
