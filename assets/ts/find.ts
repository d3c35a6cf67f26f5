/** The first element below root that matches, or undefined. */
export function find<E extends Element = HTMLElement>(root: ParentNode, selector: string): E | undefined {
  return root.querySelector<E>(selector) ?? undefined;
}

/** The first element below root that matches. The server always renders it. */
export function need<E extends Element = HTMLElement>(root: ParentNode, selector: string): E {
  const found = root.querySelector<E>(selector);
  if (!found) throw new Error(`nothing matches ${selector}`);
  return found;
}
