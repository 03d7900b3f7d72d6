import type { Stage } from './console-stage.ts';
import { clientStates } from './console-states/client.ts';
import { createStates, listStates } from './console-states/clients.ts';
import { entryStates } from './console-states/entry.ts';
import { accountStates, organizationStates } from './console-states/organization.ts';
import { makeScene } from './console-states/state.ts';
import type { State } from './console-states/state.ts';

/** Every screen and dialog of the console, in every state it can be in. */
export async function statesOf(stage: Stage): Promise<State[]> {
  const scene = await makeScene(stage);
  return [
    ...(await entryStates(scene)),
    ...listStates(scene),
    ...createStates(scene),
    ...clientStates(scene),
    ...(await organizationStates(scene)),
    ...accountStates(scene),
  ];
}
