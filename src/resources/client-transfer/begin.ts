/**
 * Has a generator run to its first `yield`, where it says that it has begun. One that has not is given up without its
 * `finally`, and with everything that this would have ended.
 * @throws what the generator throws before
 */
export async function begin<T>(generator: AsyncGenerator<T, void, undefined>): Promise<AsyncIterable<T>> {
  await generator.next();
  return generator;
}
