import { Type } from 'typebox';

export const PermissionCatalogue = Type.Object(
  {
    results: Type.Array(Type.Object({ name: Type.String(), description: Type.String() }), {
      maxItems: 100,
    }),
  },
  {
    $id: 'PermissionCatalogue',
    description: 'Everything an API client of this deployment may be allowed.',
    examples: [{ results: [{ name: 'api.read', description: 'Read data through the API' }] }],
  },
);
