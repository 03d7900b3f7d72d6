/** What another language has to have. */
export type Texts = typeof import('./en.ts');

/** Every string that a person sees. */
export * as text from './en.ts';
