import { en } from './en.ts';

export type Texts = typeof en;

/** Every string that a person sees. */
export const text: Texts = en;
