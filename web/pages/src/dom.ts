/** The document. Texts enter it as text, never as markup. */

/** Return the element with an id, which must be of a class. */
export function find<T extends HTMLElement>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`no ${id}`);
  return found;
}

/** Return a new element with a text. */
export function element(name: string, text = ""): HTMLElement {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

/** Show texts as the items of a list. */
export function listOf(id: string, texts: readonly string[]): void {
  find(id, HTMLElement).replaceChildren(...texts.map((text) => element("li", text)));
}
