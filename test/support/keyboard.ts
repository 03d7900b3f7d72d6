import type { Page } from 'playwright-core';

/** More than there are places on any screen. */
const STEPS_MAX = 120;

/** What has the focus, as a screen reader would say it, and whether it is seen that it has. */
export interface Focused {
  name: string;
  isVisible: boolean;
}

/** Somebody without a mouse. */
export interface Keyboard {
  press: (key: string) => Promise<void>;
  type: (text: string) => Promise<void>;
  focused: () => Promise<Focused>;
  /** Goes on with Tab until something has the focus whose name begins so. @throws where none has */
  tabTo: (name: string) => Promise<void>;
  /** The places passed so far whose focus is not seen. */
  unseen: Set<string>;
}

export function keyboardOf(page: Page): Keyboard {
  const unseen = new Set<string>();
  const focused = () => page.evaluate<Focused>(READ_FOCUS);
  return {
    unseen,
    focused,
    press: (key) => page.keyboard.press(key),
    type: (text) => page.keyboard.type(text),
    async tabTo(name) {
      const passed: string[] = [];
      for (let step = 0; step < STEPS_MAX; step += 1) {
        const found = await focused();
        if (found.name.startsWith(name)) return;
        await page.keyboard.press('Tab');
        const next = await focused();
        passed.push(next.name);
        if (!next.isVisible) unseen.add(next.name);
      }
      throw new Error(`Tab does not reach ${name}, but ${[...new Set(passed)].join(' | ')}`);
    },
  };
}

/**
 * Runs in the page. The focus is seen by an outline, of the element or of the label that is drawn for it, in the window and
 * under nothing else.
 */
const READ_FOCUS = `(() => {
  const element = document.activeElement;
  if (element === null || element === document.body) return { name: '', isVisible: true };
  const label = element.labels?.[0];
  const named = element.getAttribute('aria-label') ?? (label ?? element).innerText;
  const isSeen = (place) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(place);
    const { left, top, right, bottom } = place.getBoundingClientRect();
    const over = document.elementFromPoint((left + right) / 2, (Math.max(top, 0) + Math.min(bottom, innerHeight)) / 2);
    return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2 &&
      over !== null && (place.contains(over) || over.contains(place));
  };
  return { name: named.trim(), isVisible: [element, ...(label ? [label] : [])].some(isSeen) };
})()`;
