/**
 * Makes the children of an element equal to `wanted`, and leaves alone what is equal already. Focus, selection and
 * scroll position stay, and a screen reader announces only what has changed.
 */
export function showIn(live: Element, wanted: readonly Node[]): void {
  const focused = document.activeElement?.id ?? '';
  patchChildren(live, wanted);
  // An element that had to move lost the focus.
  if (focused !== '' && document.activeElement?.id !== focused) document.getElementById(focused)?.focus();
}

function patchChildren(live: Element, wanted: readonly Node[]): void {
  const stays = new Set(wanted.map(idOf));
  for (const child of [...live.childNodes]) {
    const id = idOf(child);
    if (id !== null && !stays.has(id)) child.remove();
  }
  let next = live.firstChild;
  for (const child of wanted) {
    const id = idOf(child);
    const match = id === null ? next : document.getElementById(id);
    if (match?.parentNode === live && isSameKind(match, child)) {
      if (match === next) next = match.nextSibling;
      else live.insertBefore(match, next);
      patch(match, child);
    } else live.insertBefore(child, next);
  }
  while (next) {
    const following: ChildNode | null = next.nextSibling;
    next.remove();
    next = following;
  }
}

function patch(live: Node, wanted: Node): void {
  if (!(live instanceof Element) || !(wanted instanceof Element)) {
    if (live.nodeValue !== wanted.nodeValue) live.nodeValue = wanted.nodeValue;
    return;
  }
  for (const { name } of [...live.attributes]) if (!wanted.hasAttribute(name)) live.removeAttribute(name);
  for (const { name, value } of wanted.attributes)
    if (live.getAttribute(name) !== value) live.setAttribute(name, value);
  patchChildren(live, [...wanted.childNodes]);
}

/** Two elements with an id are the same one only if their ids are equal. */
function isSameKind(one: Node, other: Node): boolean {
  return one.nodeName === other.nodeName && idOf(one) === idOf(other);
}

function idOf(node: Node): string | null {
  return node instanceof Element && node.id !== '' ? node.id : null;
}
