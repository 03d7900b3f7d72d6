import { createStore } from './store.ts';

/**
 * Whose page this is, once it knows. It is said with every request: the cookie is all tabs' one, and may be somebody else's
 * before this one hears of it.
 */
export const pageUser = createStore<string | null>(null);
