/** One entry of the permission catalogue. */
export interface CatalogueEntry {
  name: string;
  description: string;
}
