/** What says where the focus is: controls and headings. Moments can have it as well, and lead nowhere. */
const PLACES = 'a[href], button, input, select, textarea, summary, h1, h2';

/** Where something stood that is gone. */
interface Gap {
  parent: Element;
  before: Node | null;
  /** What came in the same moment into what stands before, such as the last rows that a list showed more of. */
  fresh: Node | undefined;
}

/**
 * Keeps the focus on the page: where what had it is taken away, such as the button of a row that was deleted, it goes to what
 * came for it, what stands there now, else to what comes before. A browser would give it to the whole document, and the next
 * Tab would begin at its start.
 */
export function watchFocus(): void {
  let held: Element | null = null;
  document.addEventListener('focusin', ({ target }) => {
    held = target instanceof Element ? target : null;
  });
  new MutationObserver((records) => {
    if (held === null || held.isConnected || document.activeElement !== document.body) return;
    const gap = gapOf(records, held);
    held = null;
    if (gap !== null) placeAt(gap)?.focus();
  }).observe(document.body, { childList: true, subtree: true });
}

/** Null where a dialog went: it gives the focus back itself. */
function gapOf(records: MutationRecord[], held: Element): Gap | null {
  let gone = held;
  for (const { target, previousSibling, removedNodes } of records) {
    const root = [...removedNodes].find((node) => node.contains(gone));
    if (root === undefined || !(target instanceof Element)) continue;
    gone = target;
    if (!target.isConnected) continue;
    const isDialog = root instanceof Element && (root.matches('dialog') || root.querySelector('dialog') !== null);
    const fresh = records.flatMap(({ addedNodes }) => [...addedNodes]).find((node) => previousSibling?.contains(node));
    return isDialog ? null : { parent: target, before: previousSibling, fresh };
  }
  return null;
}

function placeAt({ parent, before, fresh }: Gap): HTMLElement | null {
  if (fresh instanceof Element) return placeIn(fresh);
  const isThere = before?.parentNode === parent;
  let here = isThere ? before.nextSibling : parent.firstChild;
  while (here !== null && !(here instanceof Element)) here = here.nextSibling;
  return (here && placeIn(here)) ?? lastPlaceBefore(parent, isThere ? before : null);
}

function placeIn(element: Element): HTMLElement | null {
  return [element, ...element.querySelectorAll(PLACES)].find(isPlace) ?? null;
}

/** Of the same dialog or screen. */
function lastPlaceBefore(parent: Element, before: Node | null): HTMLElement | null {
  const screen = parent.closest('dialog, main') ?? document.querySelector('main');
  const anchor = before ?? parent;
  const isBefore = (place: Element) =>
    before?.contains(place) === true ||
    (anchor.compareDocumentPosition(place) & Node.DOCUMENT_POSITION_PRECEDING) !== 0;
  const places = [...(screen?.querySelectorAll(PLACES) ?? [])].filter(isPlace);
  return places.findLast(isBefore) ?? places[0] ?? null;
}

function isPlace(element: Element): element is HTMLElement {
  if (!(element instanceof HTMLElement) || !element.matches(PLACES) || !element.checkVisibility()) return false;
  // A heading takes the focus only from here.
  if (/^H[12]$/.test(element.tagName)) element.tabIndex = -1;
  return true;
}
