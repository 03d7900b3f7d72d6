import { createKeptStore } from './store.ts';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

/** Of this browser. */
export const theme = createKeptStore<Theme>('theme', themes);

export function showTheme(): void {
  document.documentElement.dataset.theme = theme.get();
}

theme.subscribe(showTheme);
