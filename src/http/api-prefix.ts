/** Where the API begins. What stands beside it, such as health and the published keys, is at the origin. */
export const API_PREFIX = '/auth/v2';
