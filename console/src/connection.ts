import { createStore } from './store.ts';

/** Whether the last request got an answer. What the browser believes about its network is not asked. */
export const connection = createStore<'up' | 'down'>('up');
