/** One entry of the permission catalogue. */
export interface CatalogueEntry {
  name: string;
  description: string;
}

/** What is wrong with a permission that nobody can be given. */
export const NOT_IN_CATALOGUE = 'must be a permission of the catalogue';
