// A hook of Node's loader: parts of tap that cost more than what they are used for here are replaced.
const REPLACED = { 'async-hook-domain': 'error-domains.js', tcompare: 'quick-compare.js' };

export function resolve(specifier, context, nextResolve) {
  const name = Object.hasOwn(REPLACED, specifier) ? REPLACED[specifier] : undefined;
  // The replacement may need what it replaces.
  if (name === undefined || context.parentURL?.endsWith(`/support/${name}`)) return nextResolve(specifier, context);
  return { url: new URL(name, import.meta.url).href, shortCircuit: true };
}
