import type { Ending, Home } from './endings.ts';
import type { Asked, Use } from './uses.ts';

/** Something that checks accept until it has been taken away. */
export interface Credential {
  /** In words. */
  name: string;
  /** One of them at random is each check. */
  uses: readonly Use[];
  /** `ending`: what takes it away is under way; `ended`: that has been answered. */
  state: 'live' | 'ending' | 'ended';
}

/** A credential, and what takes it away. */
export interface Life {
  home: Home;
  ending: Ending;
  credential: Credential;
  end: Asked;
  number: number;
}
