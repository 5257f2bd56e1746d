/** How far from the screen something is still near, in pixels. */
const MARGIN = 800;

const waiting = new Map<Element, () => void>();
let observer: IntersectionObserver | null = null;

/** Calls back once, when an element is on the screen or about to be. Returns the undo. */
export function whenNear(element: Element, callback: () => void): () => void {
  observer ??= new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) if (isIntersecting) fire(target);
    },
    { rootMargin: `${MARGIN}px` },
  );
  waiting.set(element, callback);
  observer.observe(element);
  return () => forget(element);
}

function fire(element: Element): void {
  const callback = waiting.get(element);
  forget(element);
  callback?.();
}

function forget(element: Element): void {
  waiting.delete(element);
  observer?.unobserve(element);
}
