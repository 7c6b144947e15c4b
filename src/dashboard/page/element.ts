type Child = Node | string | null;
type Attributes = Readonly<Record<string, string | boolean>>;

/** Makes an element. Text is set as text, never parsed: nothing that another process wrote becomes part of the page. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes,
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== false) made.setAttribute(key, value === true ? '' : value);
  }
  made.append(...children.filter((child) => child !== null).map(shown));
  return made;
}

/** Control characters, and those that turn the direction of what follows, are shown as what they are. */
export function visible(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\u2028\u2029]/gu, (character) => {
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}

function shown(child: Node | string): Node | string {
  return typeof child === 'string' ? visible(child) : child;
}

/** The part of the page with this id; the page is ours, so it is there. */
export function part(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no part ${id}`);
  return found;
}
