export const organization = {
  title: 'Organization',
};
